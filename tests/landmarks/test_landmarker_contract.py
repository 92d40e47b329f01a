import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bauta.contract import CropContract
from bauta.errors import DataError, ModelError
from bauta.landmarks.dlib68 import Dlib68
from bauta.landmarks.insight import CONTEXT, FACE_BOX, SIZE, insight68_3d, insight106, view_matrix
from bauta.landmarks.mediapipe478 import MediaPipe478
from bauta.models.store import ModelStore
from bauta.testing.landmarker_contract import CHECKS, LandmarkerCase

CONTRACT = CropContract()
INSIGHT = {
    "insight106": (insight106, "insight_2d106", 106, 2),
    "insight68_3d": (insight68_3d, "insight_1k3d68", 1103, 3),
}


class Files:
    """Stands for a `ModelStore`: the file of a model is the one in a folder that has its name."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, name):
        return self.folder / name


def save_insight(path, numbers, *, normalise=True, batch="N", size=SIZE, answer=None):
    """A graph whose numbers are multiples of the mean red, green and blue that it gets, or a constant."""
    nodes, source = [], "data"
    if normalise:
        nodes += [
            helper.make_node("Sub", ["data", "shift"], ["shifted"], name="Sub_0"),
            helper.make_node("Mul", ["shifted", "scale"], ["scaled"], name="Mul_1"),
        ]
        source = "scaled"
    rng = np.random.default_rng(0)
    weights = (
        rng.normal(size=(3, numbers)).astype(np.float32) / 3
        if answer is None
        else np.zeros((3, numbers), np.float32)
    )
    bias = np.zeros(numbers, np.float32) if answer is None else np.asarray(answer, np.float32).ravel()
    nodes += [
        helper.make_node("ReduceMean", [source, "axes"], ["means"], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["fc1"]),
    ]
    constants = {
        "shift": np.float32(127.5),
        "scale": np.float32(1 / 128),
        "axes": np.array([2, 3], dtype=np.int64),
        "weights": weights,
        "bias": bias,
    }
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [batch, 3, size, size])],
        [helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [batch, numbers])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)


@pytest.fixture(scope="module")
def crops():
    coarse = np.random.default_rng(1).integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
    return np.repeat(np.repeat(coarse, 32, axis=1), 32, axis=2)


@pytest.fixture(
    params=["dlib68", "insight106", "insight68_3d", pytest.param("mediapipe478", marks=pytest.mark.models)]
)
def landmarker(request, tmp_path, real_models):
    name = request.param
    if name == "dlib68":
        yield Dlib68(CONTRACT, ModelStore.default())
    elif name == "mediapipe478":
        with MediaPipe478(CONTRACT, real_models("mediapipe_face_landmarker")) as made:
            yield made
    else:
        make, model, points, dimensions = INSIGHT[name]
        save_insight(tmp_path / model, points * dimensions)
        yield make(CONTRACT, Files(tmp_path))


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_keeps_the_contract(landmarker, crops, check):
    check(LandmarkerCase(landmarker, crops))


@pytest.mark.parametrize("name", INSIGHT)
def test_wrong_crops_are_refused(tmp_path, crops, name):
    make, model, points, dimensions = INSIGHT[name]
    save_insight(tmp_path / model, points * dimensions)
    landmarker = make(CONTRACT, Files(tmp_path))
    for wrong in (crops[:, :64], crops.astype(np.float32)):
        with pytest.raises(DataError, match=r"expected uint8 crops \(N, 256, 256, 3\)"):
            landmarker.locate(wrong)


def test_the_view_is_the_square_round_the_box():
    """InsightFace: the box's centre on (96, 96), 192 / (1.5 max(w, h)) view pixels for each pixel."""
    low, high = CONTRACT.from_arcface(np.reshape(FACE_BOX, (2, 2))).astype(float)
    matrix = view_matrix(CONTRACT)
    np.testing.assert_allclose(matrix[:, :2] @ (low + high) / 2 + matrix[:, 2], [96, 96], atol=1e-6)
    assert matrix[0, 0] == pytest.approx(192 / (CONTEXT * max(high - low)))
    assert matrix[0, 1] == matrix[1, 0] == 0


def test_the_last_68_points_come_back_from_the_view(tmp_path):
    """A network that says where points are in its view: −1 and 1 are its edges, depth in half sides."""
    rng = np.random.default_rng(2)
    answer = rng.uniform(-1, 1, (1103, 3))
    save_insight(tmp_path / "insight_1k3d68", 1103 * 3, answer=answer)
    landmarker = insight68_3d(CONTRACT, Files(tmp_path))
    (found,) = landmarker.locate_in_space(np.zeros((1, 256, 256, 3), dtype=np.uint8))
    matrix = view_matrix(CONTRACT)
    view = found[:, :2] * matrix[0, 0] + matrix[:, 2]
    np.testing.assert_allclose(view, (answer[-68:, :2] + 1) * 96, atol=1e-3)
    np.testing.assert_allclose(found[:, 2] * matrix[0, 0], answer[-68:, 2] * 96, atol=1e-3)


@pytest.mark.parametrize("normalise", [True, False])
def test_the_network_gets_rgb_in_its_range(tmp_path, normalise):
    """A graph that normalises gets 0 to 255, another gets (x − 127.5) / 128: the means are the same."""
    save_insight(tmp_path / "insight_2d106", 212, normalise=normalise)
    weights = np.random.default_rng(0).normal(size=(3, 212)).astype(np.float32) / 3
    crops = np.zeros((1, 256, 256, 3), dtype=np.uint8)
    crops[..., 0] = 200
    wide = CropContract(size=256, margin=2.0)
    (found,) = insight106(wide, Files(tmp_path)).locate(crops)
    matrix = view_matrix(wide)
    answer = ((found * matrix[0, 0] + matrix[:, 2]) / 96 - 1).ravel()
    expected = (np.array([200.0, 0.0, 0.0]) - 127.5) / 128 @ weights
    np.testing.assert_allclose(answer, expected, atol=1e-3)


def test_other_graphs_are_refused(tmp_path):
    save_insight(tmp_path / "insight_2d106", 212, size=112)
    with pytest.raises(ModelError, match="is it the file of another model"):
        insight106(CONTRACT, Files(tmp_path))
    save_insight(tmp_path / "insight_2d106", 136)
    with pytest.raises(ModelError, match="expected a graph for landmark_2d_106, got landmark_2d_68"):
        insight106(CONTRACT, Files(tmp_path))
    save_insight(tmp_path / "insight_2d106", 213)
    with pytest.raises(ModelError, match="of 213 numbers"):
        insight106(CONTRACT, Files(tmp_path))


def test_a_graph_for_one_image_at_a_time(tmp_path, crops):
    save_insight(tmp_path / "insight_2d106", 212, batch=1)
    one = insight106(CONTRACT, Files(tmp_path)).locate(crops)
    save_insight(tmp_path / "insight_2d106", 212)
    np.testing.assert_allclose(one, insight106(CONTRACT, Files(tmp_path)).locate(crops), atol=0.01)
