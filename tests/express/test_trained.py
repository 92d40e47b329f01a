"""Loading and running teacher files, with a linear network in the place of a trained one."""

import numpy as np
import onnx
import pytest
from network_cards import QUALITY
from onnx import TensorProto, helper, numpy_helper
from scipy.special import softmax

from bauta.contract import CropContract
from bauta.errors import DataError, ModelError
from bauta.express import TEACHERS
from bauta.express.card import CARD, WEIGHTS, TeacherCard, file_sha256, write_card
from bauta.express.trained import TrainedTeacher
from bauta.express.view import TeacherView
from bauta.io.seal import read_sealed, write_sealed
from bauta.labels import EXPRESSIONS

CONTRACT = CropContract(size=64)
VIEW = TeacherView(size=32)
TEMPERATURE = 1.7
COUNTS = dict.fromkeys(EXPRESSIONS, 3)


def linear_weights():
    return np.random.default_rng(0).normal(0, 0.2, (VIEW.size**2, len(EXPRESSIONS))).astype(np.float32)


def save_card(folder):
    card = TeacherCard(
        architecture="resnet18",
        crop_size=CONTRACT.size,
        crop_margin=CONTRACT.margin,
        view=VIEW,
        classes=EXPRESSIONS,
        temperature=TEMPERATURE,
        weights_sha256=file_sha256(folder / WEIGHTS),
        seed=0,
        recipe={"epochs": 1},
        train_counts=COUNTS,
        dev_counts=COUNTS,
        skipped=0,
        data_sha256="0" * 64,
        device="cpu",
        threads=1,
        versions={},
        quality=QUALITY,
    )
    write_card(card, folder)


@pytest.fixture
def folder(tmp_path):
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["views"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        ],
        "linear",
        [helper.make_tensor_value_info("views", TensorProto.FLOAT, ["faces", 1, VIEW.size, VIEW.size])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["faces", len(EXPRESSIONS)])],
        [numpy_helper.from_array(linear_weights(), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / WEIGHTS)
    save_card(tmp_path)
    return tmp_path


def random_crops(faces):
    return np.random.default_rng(1).integers(0, 256, (faces, 64, 64, 3), dtype=np.uint8)


def test_the_registry_knows_the_teacher():
    assert TEACHERS.load("resnet18") is TrainedTeacher


def test_probabilities_are_the_softmax_of_the_logits_over_the_temperature(folder):
    crops = random_crops(5)
    got = TrainedTeacher.load(folder, CONTRACT).predict(crops)
    views = VIEW.render(crops, CONTRACT).reshape(5, -1) / 255.0
    expected = softmax(views @ linear_weights() / TEMPERATURE, axis=1)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_a_face_has_the_same_probabilities_in_every_batch(folder):
    teacher = TrainedTeacher.load(folder, CONTRACT)
    crops = random_crops(70)
    together = teacher.predict(crops)
    for start, stop in ((0, 1), (63, 66), (10, 70)):
        np.testing.assert_allclose(teacher.predict(crops[start:stop]), together[start:stop], atol=1e-6)
    assert teacher.predict(crops[:0]).shape == (0, 7)


def test_crops_of_another_size_are_refused(folder):
    with pytest.raises(DataError, match="64"):
        TrainedTeacher.load(folder, CONTRACT).predict(np.zeros((1, 32, 32, 3), dtype=np.uint8))


@pytest.mark.parametrize("name", [WEIGHTS, CARD])
def test_a_missing_file_stops_the_job(folder, name):
    """Trap 2: no weights, no run."""
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"{name} does not exist"):
        TrainedTeacher.load(folder, CONTRACT)


def test_weights_that_differ_from_their_card_stop_the_job(folder):
    """Trap 2: not these weights, no run."""
    weights = bytearray((folder / WEIGHTS).read_bytes())
    weights[len(weights) // 2] ^= 1
    (folder / WEIGHTS).write_bytes(weights)
    with pytest.raises(ModelError, match="SHA-256"):
        TrainedTeacher.load(folder, CONTRACT)


def test_a_file_that_is_no_onnx_graph_stops_the_job(folder):
    (folder / WEIGHTS).write_bytes(b"not a graph")
    save_card(folder)
    with pytest.raises(ModelError, match="is no ONNX graph"):
        TrainedTeacher.load(folder, CONTRACT)


@pytest.mark.parametrize("change", [{"temperature": 0}, {"surprise": 1}, {"classes": None}])
def test_a_malformed_card_stops_the_job(folder, change):
    values, _ = read_sealed(folder / CARD)
    write_sealed(folder / CARD, values | change)
    with pytest.raises(ModelError, match="not a teacher's card"):
        TrainedTeacher.load(folder, CONTRACT)


@pytest.mark.parametrize("contract", [CropContract(size=128), CropContract(size=64, margin=0.3)])
def test_a_teacher_of_other_crops_is_refused(folder, contract):
    """Trap 15: weights belong to the crops that they were trained on."""
    with pytest.raises(ModelError, match="trained on crops of"):
        TrainedTeacher.load(folder, contract)
