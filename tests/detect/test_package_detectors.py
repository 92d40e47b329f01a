"""Detectors of other packages, on files that are built here and on the real ones where somebody has them."""

import os
import socket
import warnings
import zipfile

import numpy as np
import onnx
import pytest
import torch
from facer.face_detection.retinaface import PriorBox, batch_detect, cfg_mnet
from onnx import TensorProto, helper, numpy_helper

from bauta.contract import ARCFACE_TEMPLATE
from bauta.detect.facer_retinaface import FacerRetinaFace, _anchors, facer_retinaface, retinaface_mobilenet
from bauta.detect.mediapipe_face import MediapipeFace, five_points
from bauta.detect.retina_face import RetinaFace
from bauta.detect.scrfd import scrfd_500m
from bauta.detect.yunet import YuNet
from bauta.errors import ModelError
from bauta.io.images import read_image


class Files:
    """A store that finds every model in one file."""

    def __init__(self, path):
        self._path = path

    def path(self, name):
        return self._path


def save_graph(path, inputs, outputs, nodes, constants):
    graph = helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, inputs)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return Files(path)


def red(side):
    image = np.zeros((side, side, 3), np.uint8)
    image[..., 0] = 255
    return image


@pytest.fixture
def retina_face(tmp_path, monkeypatch):
    """The package's contract, one face at one anchor of stride 32 whose score is the red of the image."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(socket.socket, "connect", None)
    outputs, constants = {}, {"full": np.float32(1 / 255)}
    nodes = [
        helper.make_node("Split", ["x"], ["r", "g", "b"], axis=3),
        helper.make_node("ReduceMax", ["r"], ["most"], keepdims=0),
        helper.make_node("Mul", ["most", "full"], ["red"]),
    ]
    for stride, cells in ((32, 32), (16, 64), (8, 128)):
        for kind, width in (("score", 4), ("box", 8), ("points", 20)):
            values = np.zeros((1, cells, cells, width), np.float32)
            if stride == 32:
                cell = values[0, 8, 4]
                if kind == "score":
                    cell[2] = 0.95
                elif kind == "points":
                    cell[:10] = 0.1 * np.arange(10)
            name = f"{kind}{stride}"
            constants[f"c_{name}"], outputs[name] = values, list(values.shape)
            nodes.append(
                helper.make_node("Mul", [f"c_{name}", "red"], [name])
                if kind == "score"
                else helper.make_node("Identity", [f"c_{name}"], [name])
            )
    (tmp_path / "weights").mkdir()
    return RetinaFace(save_graph(tmp_path / "weights/r.onnx", [1, "h", "w", 3], outputs, nodes, constants))


def test_retina_face_decodes_in_order_of_the_template_without_network_or_home(retina_face, tmp_path):
    found = retina_face.detect(red(512))
    np.testing.assert_allclose(found.scores, [0.95], atol=1e-6)
    # the anchor of 512 pixels at column 4, row 8 of stride 32, in an image that is enlarged twice
    centre = np.array([4 * 32 + 7.5, 8 * 32 + 7.5]) / 2
    offsets = 0.1 * np.arange(10).reshape(5, 2) * 512 / 2
    np.testing.assert_allclose(found.points, [centre + offsets], atol=1e-3)
    np.testing.assert_allclose(found.boxes, [[0, 3, 195, 259]], atol=1)
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]


def test_retina_face_sees_rgb(retina_face):
    assert len(retina_face.detect(np.ascontiguousarray(red(512)[..., ::-1])).boxes) == 0


def test_importing_retina_face_leaves_warnings_and_environment_alone():
    assert "DEEPFACE_BACKEND_ENGINE" not in os.environ
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)


def test_yunet_decodes_and_sees_bgr(tmp_path):
    outputs, constants = {}, {"full": np.float32(1 / 255)}
    nodes = [
        helper.make_node("Split", ["x"], ["b", "g", "r"], axis=1),
        helper.make_node("ReduceMax", ["r"], ["most"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["most", "full"], ["red"]),
    ]
    for stride, cells in ((8, 40), (16, 20), (32, 10)):
        for kind, width in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            values = np.zeros((1, cells * cells, width), np.float32)
            if stride == 16:
                values[0, 5 * cells + 7] = {
                    "cls": (0.81,),
                    "obj": (1.0,),
                    "bbox": (0.5, 0.5, np.log(2), np.log(4)),
                    "kps": np.arange(10),
                }[kind]
            name = f"{kind}_{stride}"
            constants[f"c_{name}"], outputs[name] = values, list(values.shape)
            nodes.append(helper.make_node("Mul", [f"c_{name}", "red"], [name]))
    detector = YuNet(save_graph(tmp_path / "y.onnx", [1, 3, 320, 320], outputs, nodes, constants))
    found = detector.detect(red(320))
    np.testing.assert_allclose(found.scores, [0.9], atol=1e-3)
    x, y = 7.5 * 16, 5.5 * 16
    np.testing.assert_allclose(found.boxes, [[x - 16.5, y - 32.5, x + 15.5, y + 31.5]], atol=0.1)
    points = 16.0 * (np.arange(10).reshape(5, 2) + np.array([7, 5])) - 0.5
    np.testing.assert_allclose(found.points, [points], atol=0.1)
    assert len(detector.detect(np.ascontiguousarray(red(320)[..., ::-1])).boxes) == 0


def test_mouth_corners_are_the_templates_under_a_similarity():
    template = np.array(ARCFACE_TEMPLATE)
    ears = np.zeros((2, 2))
    six = np.concatenate([template[:3], template[3:].mean(axis=0, keepdims=True), ears])
    turn = 2.0 * np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    np.testing.assert_allclose(five_points((six @ turn.T)[None])[0], template @ turn.T, atol=1.0)


def test_files_that_are_no_models_are_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"no model")
    torch.save({"a": torch.zeros(1)}, tmp_path / "w")
    with pytest.raises(ModelError, match="no MediaPipe face detector"):
        MediapipeFace(Files(tmp_path / "x"))
    with pytest.raises(ModelError, match="cannot be read by OpenCV"):
        YuNet(Files(tmp_path / "x"))
    with pytest.raises(ModelError, match="other tensors"):
        facer_retinaface(Files(tmp_path / "w"))


@pytest.mark.parametrize("size", [(64, 96), (250, 250), (41, 77)])
def test_anchors_are_facers(size):
    expected = PriorBox(cfg_mnet, image_size=size).generate_anchors("cpu").numpy()
    sides = np.array([size[1], size[0]] * 2)
    np.testing.assert_allclose(_anchors(*size), expected * sides, atol=1e-3)


@pytest.mark.models
def test_facer_is_decoded_as_by_facer(real_models, real_images):
    detector = retinaface_mobilenet(real_models("retinaface_mobilenet"))
    for path in sorted(real_images("lfw").glob("*/*_0001.jpg"))[::400]:
        image = read_image(path)
        with torch.inference_mode():
            batch = torch.from_numpy(image).permute(2, 0, 1)[None]
            expected = batch_detect(detector._network, batch, threshold=0.8)
        found = detector.detect(image)
        np.testing.assert_allclose(found.boxes[0], expected["rects"][0] - 0.5, atol=0.01)
        np.testing.assert_allclose(found.points[0], expected["points"][0] - 0.5, atol=0.01)


@pytest.mark.models
def test_slope_is_that_of_the_weights(real_models, real_images):
    models = real_models("retinaface_mobilenet")
    image = read_image(sorted(real_images("lfw").glob("*/*_0001.jpg"))[0])
    leaky = FacerRetinaFace(models.path("retinaface_mobilenet"), slope=0.1)
    assert len(retinaface_mobilenet(models).detect(image).boxes) < len(leaky.detect(image).boxes)


@pytest.fixture(scope="module")
def others(real_models, tmp_path_factory):
    """Detectors whose files exist; BlazeFace is taken out of the landmarker's bundle."""
    models = real_models("scrfd_500m", "retinaface_mobilenet", "mediapipe_face_landmarker")
    path = tmp_path_factory.mktemp("blaze") / "face_detector.tflite"
    with zipfile.ZipFile(models.path("mediapipe_face_landmarker")) as bundle:
        path.write_bytes(bundle.read("face_detector.tflite"))
    with MediapipeFace(Files(path)) as mediapipe:
        yield scrfd_500m(models), {"facer": retinaface_mobilenet(models), "mediapipe": mediapipe}


@pytest.mark.models
@pytest.mark.parametrize(("name", "tolerance"), [("facer", 3.0), ("mediapipe", 9.0)])
def test_points_lie_where_scrfd_puts_them(name, tolerance, others, real_images):
    reference, detectors = others
    apart = []
    for path in sorted(real_images("lfw").glob("*/*_0001.jpg"))[::200]:
        image = read_image(path)
        first, second = reference.detect(image), detectors[name].detect(image)
        if len(first.boxes) == len(second.boxes) == 1:
            apart.append(np.linalg.norm(first.points[0] - second.points[0], axis=1))
    assert len(apart) >= 8
    assert (np.median(apart, axis=0) < tolerance).all()
