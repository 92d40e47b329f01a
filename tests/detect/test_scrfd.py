import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bauta.detect.scrfd import CANVAS, Scrfd, letterbox, scrfd_2_5g, scrfd_500m
from bauta.errors import ModelError
from bauta.io.images import read_image

SIDES = {8: 80, 16: 40, 32: 20}


def save_graph(path, faces, *, widths=(1, 4, 10), side=CANVAS):
    """A graph with faces at fixed anchors: (stride, row, column, score, distances, offsets).

    Scores count only while the image has red in it: they are multiplied by the largest value of channel 0.
    """
    outputs, nodes, constants = [], [helper.make_node("Split", ["x"], ["r", "g", "b"], axis=1)], []
    nodes.append(helper.make_node("ReduceMax", ["r"], ["red"], keepdims=0))
    for kind, width in zip(("score", "bbox", "kps"), widths, strict=True):
        for stride, cells in SIDES.items():
            values = np.zeros((cells * cells * 2, width), np.float32)
            for at, row, column, *parts in faces:
                if at == stride:
                    values[(row * cells + column) * 2] = parts[("score", "bbox", "kps").index(kind)]
            name = f"{kind}_{stride}"
            constants.append(numpy_helper.from_array(values, f"c_{name}"))
            nodes.append(
                helper.make_node("Mul", [f"c_{name}", "red"], [name])
                if kind == "score"
                else helper.make_node("Identity", [f"c_{name}"], [name])
            )
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(values.shape)))
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, side, side])]
    graph = helper.make_graph(nodes, "scrfd", inputs, outputs, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


FACE = (16, 10, 5, 0.8, (2, 3, 4, 5), tuple(range(-5, 5)))


def red(height=320, width=640):
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = 255
    return image


def test_places_are_decoded(tmp_path):
    found = Scrfd(save_graph(tmp_path / "s.onnx", [FACE])).detect(red())
    x, y = 5 * 16, 10 * 16
    np.testing.assert_allclose(found.boxes, [[x - 32.5, y - 48.5, x + 63.5, y + 79.5]])
    offsets = 16.0 * np.arange(-5, 5).reshape(5, 2)
    np.testing.assert_allclose(found.points, [offsets + np.array([x - 0.5, y - 0.5])])
    np.testing.assert_allclose(found.scores, 0.8 * 127.5 / 128, rtol=1e-5)


def test_places_are_those_of_the_image(tmp_path):
    detector = Scrfd(save_graph(tmp_path / "s.onnx", [FACE]))
    small, large = detector.detect(red(160, 320)), detector.detect(red())
    np.testing.assert_allclose(small.boxes + 0.5, (large.boxes + 0.5) / 2, atol=1e-4)


def test_network_sees_rgb(tmp_path):
    detector = Scrfd(save_graph(tmp_path / "s.onnx", [FACE]))
    assert len(detector.detect(np.ascontiguousarray(red()[..., ::-1])).boxes) == 0


def test_best_first_and_one_box_a_face(tmp_path):
    other = (16, 10, 30, 0.9, (2, 3, 4, 5), (0,) * 10)
    doubled = (16, 11, 5, 0.7, (2, 3, 4, 5), (0,) * 10)
    weak = (8, 40, 60, 0.45, (2, 2, 2, 2), (0,) * 10)
    found = Scrfd(save_graph(tmp_path / "s.onnx", [FACE, other, doubled, weak])).detect(red())
    np.testing.assert_allclose(found.scores * 128 / 127.5, [0.9, 0.8], rtol=1e-5)
    np.testing.assert_allclose(found.boxes[:, 0], [30 * 16 - 32.5, 5 * 16 - 32.5])


def test_letterbox_keeps_the_ratio_at_the_top_left():
    canvas, scale = letterbox(red(100, 50), CANVAS)
    assert scale == 6.4
    assert (canvas[:, :320, 0] == 255).all()
    assert not canvas[:, 320:].any()


def test_files_without_points_or_of_another_size_are_refused(tmp_path):
    with pytest.raises(ModelError, match="with keypoints"):
        Scrfd(save_graph(tmp_path / "s.onnx", [], widths=(1, 4, 8)))
    with pytest.raises(ModelError, match="canvas of 640×640"):
        Scrfd(save_graph(tmp_path / "s.onnx", [], side=320))


@pytest.mark.models
@pytest.mark.parametrize(("load", "name"), [(scrfd_500m, "scrfd_500m"), (scrfd_2_5g, "scrfd_2_5g")])
def test_finds_what_insightface_finds(load, name, real_models, real_images, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    models = real_models(name)
    from insightface.model_zoo import get_model  # noqa: PLC0415

    detector, reference = load(models), get_model(str(models.path(name)), providers=["CPUExecutionProvider"])
    reference.prepare(-1, input_size=(CANVAS, CANVAS))
    compared = 0
    for path in sorted(real_images("lfw").glob("*/*_0001.jpg"))[::300]:
        image = read_image(path)
        boxes, points = reference.detect(np.ascontiguousarray(image[..., ::-1]), input_size=(CANVAS, CANVAS))
        if len(boxes) == 0:  # detect looks a second time
            continue
        found = detector.detect(image)
        np.testing.assert_allclose(found.boxes, boxes[:, :4] - 0.5, atol=0.05)
        np.testing.assert_allclose(found.points, points - 0.5, atol=0.05)
        compared += 1
    assert compared >= 8
    assert not list(tmp_path.iterdir())


@pytest.mark.models
def test_mirrored_images_have_mirrored_points(real_models, real_images):
    detector, apart = scrfd_500m(real_models("scrfd_500m")), []
    for path in sorted(real_images("lfw").glob("*/*_0001.jpg"))[::100]:
        image = read_image(path)
        found, mirrored = detector.detect(image), detector.detect(np.ascontiguousarray(image[:, ::-1]))
        if len(found.boxes) == len(mirrored.boxes) == 1:
            there = image.shape[1] - 1 - mirrored.points[0, [1, 0, 2, 4, 3], 0]
            apart.append((found.points[0, :, 0] - there) / 2)
    assert len(apart) > 20
    assert abs(np.median(apart)) < 0.2


@pytest.mark.models
def test_a_face_that_fills_its_image_is_found(real_models, real_images):
    detector = scrfd_500m(real_models("scrfd_500m"))
    image = read_image(sorted(real_images("lfw").glob("*/*_0001.jpg"))[0])
    (box,) = detector.detect(image).boxes[:1].round().astype(int)
    face = image[box[1] + 10 : box[3] - 10, box[0] + 5 : box[2] - 5]
    assert len(detector.detect(face).boxes) == 1
