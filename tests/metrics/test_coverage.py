import numpy as np
import pytest

from bauta.contract import Status
from bauta.datasets.face_table import FaceTable
from bauta.metrics.coverage import measure_coverage
from bauta.protocols import Detections
from bauta.store import ArraySpec, Store, StoreWriter

STATUSES = ("ok", "ok", "no_face", "ok", "failed")
FACES = FaceTable(
    face_ids=tuple("abcde"),
    subjects=("p", "p", "p", "q", "q"),
    expressions=(None,) * 5,
    partitions=("test",) * 5,
    roles=("enrol", "probe", "probe", "enrol", "probe"),
    statuses=("ok", "ok", "no_face", "ok", "ok"),
    split_sha256="0",
)


class BrightFaces:
    """Finds a face in the middle of an image that is not black."""

    def detect(self, image):
        found = int(image.any())
        middle = np.array([[0.25, 0.25, 0.75, 0.75]], np.float32) * image.shape[0]
        return Detections(middle[:found], np.ones(found, np.float32), np.zeros((found, 5, 2), np.float32))


@pytest.fixture
def measurement(tmp_path):
    images = np.zeros((5, 16, 16, 3), np.uint8)
    images[[0, 3]] = 200
    status = np.array([Status(name).code for name in STATUSES], np.uint8)
    specs = {"images": ArraySpec((16, 16, 3), "uint8"), "status": ArraySpec((), "uint8")}
    with StoreWriter(tmp_path / "x.zarr", specs, FACES.face_ids, {"notes": ["only the hull"]}) as writer:
        writer.append(images=images, status=status)
    store = Store.open(tmp_path / "x.zarr")
    return measure_coverage(
        store, FACES, BrightFaces(), dataset="d", backend="b", setting="s", seed=0, replicates=200
    )


@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("n_images", 5, None),
        ("n_subjects", 2, None),
        ("detected", 4 / 5, 5),
        ("anonymized", 3 / 5, 5),
        ("coverage", 1 / 3, 3),
        ("redetected", 2 / 3, 3),
        ("n_outputs", 2, 5),
        ("bound_top1", 1.0, 3),
        ("bound_top1_pooled", 1.0, 2),
    ],
)
def test_trap_3_every_face_is_counted(measurement, name, value, n):
    assert measurement.values[name].value == pytest.approx(value)
    assert measurement.values[name].n == n


def test_what_the_set_says_of_itself_is_passed_on(measurement):
    assert measurement.notes == ["only the hull"]
    assert len(measurement.provenance["outputs_sha256"]) == 64
