import numpy as np
import pytest

from bauta.contract import Status
from bauta.errors import StoreError
from bauta.express import run
from bauta.express.run import predict_store
from bauta.labels import LabelSpace
from bauta.store import ArraySpec, Store, StoreWriter

FACES = 150


class MeanTeacher:
    """Reads the mean of each channel as angry, contempt or fear, and counts what it is asked."""

    space = "three"
    classes = ("anger", "contempt", "fear")

    def __init__(self):
        self.asked = 0

    def predict(self, crops):
        self.asked += len(crops)
        means = crops.reshape(len(crops), -1, 3).mean(1) + 1.0
        return (means / means.sum(1, keepdims=True)).astype(np.float32)


@pytest.fixture(autouse=True)
def label_space(monkeypatch):
    counterparts = {"anger": "angry", "contempt": None, "fear": "fear"}
    monkeypatch.setattr(run, "LABEL_SPACES", {"three": LabelSpace("three", counterparts)})


def common(native):
    """Columns of the seven expressions, contempt left out."""
    found = np.zeros((len(native), 7))
    found[:, [0, 2]] = native[:, [0, 2]] / native[:, [0, 2]].sum(1, keepdims=True)
    return found


@pytest.fixture
def images(tmp_path):
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (FACES, 8, 8, 3), dtype=np.uint8)
    pictures[100:140] = pictures[0]
    status = np.full(FACES, Status.OK.code, dtype=np.uint8)
    status[[3, 70]] = Status.NO_FACE.code, Status.FAILED.code
    pictures[[3, 70]] = 0
    specs = {"images": ArraySpec((8, 8, 3), "uint8"), "status": ArraySpec((), "uint8")}
    with StoreWriter(tmp_path / "images.zarr", specs, [f"face{row}" for row in range(FACES)]) as writer:
        writer.append(images=pictures, status=status)
    return Store.open(tmp_path / "images.zarr")


def test_each_face_gets_its_own_posterior(images, tmp_path):
    predict_store(images, MeanTeacher(), tmp_path / "out.zarr", attributes={"teacher": "mean"})
    out = Store.open(tmp_path / "out.zarr")
    ok = out.read("status") == Status.OK.code
    np.testing.assert_allclose(
        out.read("probabilities")[ok], common(MeanTeacher().predict(images.read("images")[ok])), atol=1e-6
    )
    assert out.ids == images.ids
    assert out.attributes == {"teacher": "mean", "space": "three", "knows": ["angry", "fear"]}


def test_faces_that_are_not_ok_have_no_posterior(images, tmp_path):
    """Trap 3: a black image is no face, whatever the teacher would say of it."""
    predict_store(images, MeanTeacher(), tmp_path / "out.zarr")
    out = Store.open(tmp_path / "out.zarr")
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(out.read("probabilities")).all(1)), [3, 70])
    np.testing.assert_array_equal(out.read("status"), images.read("status"))


def test_equal_images_are_read_once(images, tmp_path):
    teacher = MeanTeacher()
    predict_store(images, teacher, tmp_path / "out.zarr")
    assert teacher.asked == FACES - 2 - 40


def test_the_given_faces_are_read_in_the_given_order(images, tmp_path):
    predict_store(images, MeanTeacher(), tmp_path / "out.zarr", ids=["face9", "face3", "face1"])
    out = Store.open(tmp_path / "out.zarr")
    assert out.ids == ("face9", "face3", "face1")
    expected = common(MeanTeacher().predict(images.read("images")[[9, 1]]))
    np.testing.assert_allclose(out.read("probabilities")[[0, 2]], expected, atol=1e-6)


def test_an_unknown_face_is_refused(images, tmp_path):
    with pytest.raises(StoreError, match="face999"):
        predict_store(images, MeanTeacher(), tmp_path / "out.zarr", ids=["face999"])
