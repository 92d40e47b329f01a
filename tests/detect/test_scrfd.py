from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bauta.detect.scrfd import CANVAS, LARGEST, Scrfd, letterbox, scrfd_2_5g, scrfd_500m
from bauta.errors import DataError, ModelError
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


def save_convolving_graph(path, side=CANVAS):
    """A graph that computes with any size but declares one: a face is where a cell of stride 16 is all red.

    Its box reaches one cell to all sides, and its points lie in the anchor.
    """
    nodes, outputs, constants = [helper.make_node("Split", ["x"], ["r", "g", "b"], axis=1)], [], []
    # The channels of a map are those of two anchors, which are the same.
    for kind, width, gain, shift in (("score", 1, 0.9, 0), ("bbox", 4, 0, 1), ("kps", 10, 0, 0)):
        constants.append(
            numpy_helper.from_array(np.full((2 * width, 1, 1, 1), gain, np.float32), f"w_{kind}")
        )
        constants.append(numpy_helper.from_array(np.full(2 * width, shift, np.float32), f"b_{kind}"))
        constants.append(numpy_helper.from_array(np.array([1, -1, width], np.int64), f"s_{kind}"))
        for stride, cells in SIDES.items():
            name, length = f"{kind}_{stride}", cells * cells * 2
            pool = {"kernel_shape": [stride, stride], "strides": [stride, stride]}
            scaled = "red" if stride == 16 else "blue"
            nodes += [
                helper.make_node("AveragePool", ["r" if scaled == "red" else "b"], [f"p_{name}"], **pool),
                helper.make_node("Conv", [f"p_{name}", f"w_{kind}", f"b_{kind}"], [f"m_{name}"]),
                helper.make_node("Transpose", [f"m_{name}"], [f"t_{name}"], perm=[0, 2, 3, 1]),
                helper.make_node("Reshape", [f"t_{name}", f"s_{kind}"], [name]),
            ]
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, length, width]))
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


def spots(height, width, *places):
    """A black image with red squares of 40 pixels, each at its top left corner."""
    image = np.zeros((height, width, 3), np.uint8)
    for left, top in places:
        image[top : top + 40, left : left + 40, 0] = 255
    return image


def test_a_graph_that_takes_any_size_looks_at_the_size_that_it_is_told(tmp_path):
    detector = Scrfd(save_convolving_graph(tmp_path / "s.onnx"))
    assert detector.longest == LARGEST
    image = spots(800, 1600, (648, 328), (1440, 736))
    # In 640 pixels, no cell of 16 is all red, in the second look at 128 not either; in 1600, some are.
    assert len(detector.detect(image).boxes) == len(detector.detect_at(image, CANVAS).boxes) == 0
    boxes = detector.detect_at(image, 1600).boxes
    for left, top in ((648, 328), (1440, 736)):
        inside = (boxes[:, :2] >= (left - 17, top - 17)).all(axis=1) & (
            boxes[:, 2:] < (left + 40, top + 40)
        ).all(axis=1)
        assert inside.any()
    with pytest.raises(DataError, match=f"at most {LARGEST} pixels, got 2000"):
        detector.detect_at(image, 2000)


def test_what_a_graph_finds_hardly_depends_on_the_canvas(tmp_path):
    detector = Scrfd(save_convolving_graph(tmp_path / "s.onnx"))
    image = spots(360, 640, (64, 64), (480, 304))
    for one, other in zip(
        *(vars(found).values() for found in (detector.detect(image), detector.detect_at(image, CANVAS))),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_threads_find_what_one_finds(tmp_path):
    detector = Scrfd(save_convolving_graph(tmp_path / "s.onnx"))
    images = [spots(360, 640, (16 * n, 64), (480, 16 * n)) for n in range(12)]
    several = detector.concurrent()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda image: several.detect_at(image, CANVAS), images))
    for one, image in zip(found, images, strict=True):
        np.testing.assert_array_equal(one.boxes, detector.detect_at(image, CANVAS).boxes)


def test_a_graph_of_one_size_looks_at_no_other(tmp_path):
    detector = Scrfd(save_graph(tmp_path / "s.onnx", [FACE]))
    assert detector.longest == CANVAS
    np.testing.assert_array_equal(detector.detect_at(red(), CANVAS).boxes, detector.detect(red()).boxes)
    with pytest.raises(DataError, match="at most 640 pixels"):
        detector.detect_at(red(), 641)


def test_a_canvas_is_as_small_as_the_strides_allow():
    canvas, scale = letterbox(red(90, 160), CANVAS, square=False)
    assert (canvas.shape, scale) == ((384, 640, 3), 4.0)
    assert not canvas[360:].any()


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
@pytest.mark.parametrize(("load", "name"), [(scrfd_500m, "scrfd_500m"), (scrfd_2_5g, "scrfd_2_5g")])
def test_real_graphs_take_any_size(load, name, real_models, real_images):
    detector, apart = load(real_models(name)), []
    assert detector.longest == LARGEST
    for path in sorted(real_images("lfw").glob("*/*_0001.jpg"))[::500]:
        image = read_image(path)[:200]  # not square; the canvas ends where the image does
        found, other = detector.detect(image), detector.detect_at(image, CANVAS)
        apart.append(float(np.abs(found.points[0] - other.points[0]).max()))
    assert max(apart) < 2


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
