import numpy as np
import pytest

from bauta.contract import Status
from bauta.errors import StoreError
from bauta.preserve.run import estimate_store, read_estimates
from bauta.store import ArraySpec, Store, StoreWriter, deduplicate

FAILED = Status.FAILED.code


class Brightness:
    """Reads the value of a crop's first pixel as a pose; sees no face where that is 9."""

    quantities = ("pose",)

    def __init__(self):
        self.seen = 0

    def estimate(self, crops):
        self.seen += len(crops)
        value = crops[:, 0, 0, :1].astype(np.float32)
        return np.where(value == 9, np.nan, np.repeat(value, 3, axis=1)).astype(np.float32)


class FromPoints(Brightness):
    """Takes a third of a located point's x instead, where there is one."""

    def estimate_from(self, crops, landmarks):
        assert len(crops) == len(landmarks["points"])
        return np.repeat(landmarks["points"][:, 0, :1] / 3, 3, axis=1).astype(np.float32)


@pytest.fixture
def images(tmp_path, monkeypatch):
    monkeypatch.setattr(deduplicate, "BATCH", 2)
    monkeypatch.setattr("bauta.preserve.run.BATCH", 2)
    pixels = np.zeros((6, 4, 4, 3), dtype=np.uint8)
    pixels[:, 0, 0, 0] = (1, 9, 3, 0, 1, 1)
    status = np.array([0, 0, 0, FAILED, 0, 0], dtype=np.uint8)
    specs = {"images": ArraySpec((4, 4, 3), "uint8"), "status": ArraySpec((), "uint8")}
    with StoreWriter(tmp_path / "images.zarr", specs, list("abcdef")) as writer:
        writer.append(images=pixels, status=status)
    return Store.open(tmp_path / "images.zarr")


@pytest.fixture
def landmarks(tmp_path):
    """Located in the same faces and one more, in another order; b has none."""
    points = np.arange(7, dtype=np.float32)[:, None, None] * np.ones((7, 4, 2), np.float32) * 3
    points[5] = np.nan
    specs = {"points": ArraySpec((4, 2), "float32"), "status": ArraySpec((), "uint8")}
    with StoreWriter(tmp_path / "landmarks.zarr", specs, list("gfedcba")) as writer:
        writer.append(points=points, status=np.zeros(7, np.uint8))
    return Store.open(tmp_path / "landmarks.zarr")


def test_faces_keep_their_status_or_have_none(images, tmp_path):
    estimator = Brightness()
    estimate_store(images, estimator, tmp_path / "out.zarr")
    found = read_estimates(tmp_path / "out.zarr", list("fba"))
    assert found.found.tolist() == [True, False, True]
    assert found.values["pose"][:, 0].tolist()[::2] == [1, 1]
    assert np.isnan(found.values["pose"][1]).all()
    store = Store.open(tmp_path / "out.zarr")
    assert store.read("status").tolist() == [0, Status.NO_FACE.code, 0, FAILED, 0, 0]
    assert store.attributes["quantities"] == ["pose"]
    assert estimator.seen == 3, "equal pictures are looked at once"


def test_some_faces_in_another_order(images, tmp_path):
    estimate_store(images, Brightness(), tmp_path / "out.zarr", ids=list("ca"))
    assert Store.open(tmp_path / "out.zarr").ids == ("c", "a")
    assert read_estimates(tmp_path / "out.zarr", list("ca")).values["pose"][:, 0].tolist() == [3, 1]
    with pytest.raises(StoreError, match="no row 'b'"):
        read_estimates(tmp_path / "out.zarr", ["b"])


def test_known_landmarks_are_taken(images, landmarks, tmp_path):
    estimator = FromPoints()
    estimate_store(images, estimator, tmp_path / "out.zarr", ids=list("abcdf"), landmarks=landmarks)
    found = read_estimates(tmp_path / "out.zarr", list("abcdf"))
    assert estimator.seen == 0
    assert found.found.tolist() == [True, False, True, False, True]
    assert found.values["pose"][found.found, 0].tolist() == [6, 4, 1]


def test_landmarks_are_nothing_to_an_estimator_that_does_not_work_on_them(images, landmarks, tmp_path):
    estimate_store(images, Brightness(), tmp_path / "out.zarr", landmarks=landmarks)
    assert read_estimates(tmp_path / "out.zarr", ["a"]).values["pose"][0, 0] == 1
