import pyarrow as pa
import pytest

from bauta.datasets.face_table import FaceTable
from bauta.datasets.splits import SPLIT
from bauta.errors import DataError
from bauta.io.tables import ALIGNMENT, read_table, write_table

IMAGES = [
    # image, subject, expression, partition, role, status of its face
    ("a1", "a", "happy", "test", "enrol", "ok"),
    ("a2", "a", "sad", "test", "probe", "no_face"),
    ("b1", "b", "happy", "train", None, "ok"),
    ("b2", "b", None, "test", "probe", "ok"),
    ("c1", None, "sad", "test", None, "ok"),
]


@pytest.fixture
def paths(tmp_path):
    columns = list(zip(*IMAGES, strict=True))
    names = ("image_id", "subject", "expression", "partition", "role")
    split = pa.table(dict(zip(names, columns[:5], strict=True)), schema=SPLIT)
    write_table(split, tmp_path / "split", SPLIT)
    rows = [
        {
            "face_id": image,
            "image_id": image,
            "matrix": None,
            "inter_ocular": None,
            "status": status,
            "reason": None if status == "ok" else "no face was found",
        }
        for image, *_, status in reversed(IMAGES)
    ]
    write_table(pa.Table.from_pylist(rows, schema=ALIGNMENT), tmp_path / "alignment", ALIGNMENT)
    return tmp_path / "alignment", tmp_path / "split"


def test_labels_follow_the_order_of_the_crops(paths):
    faces = FaceTable.load(*paths)
    assert faces.face_ids == ("c1", "b2", "b1", "a2", "a1")
    assert faces.subjects == (None, "b", "b", "a", "a")
    assert faces.statuses[3] == "no_face"


def test_parts(paths):
    faces = FaceTable.load(*paths)
    assert faces.partition("test").face_ids == ("c1", "b2", "a2", "a1")
    assert faces.partition("train", "dev").face_ids == ("b1",)
    assert faces.identified().face_ids == ("b2", "b1", "a2", "a1")
    assert faces.labelled().face_ids == ("c1", "b1", "a2", "a1")
    assert faces.partition("dev").split_sha256 == faces.split_sha256


def test_a_picture_shows_ok_faces_of_many_people(paths):
    assert FaceTable.load(*paths).showcase(3).face_ids == ("c1", "b2", "a1")


def test_a_face_of_an_unknown_image_is_refused(paths):
    write_table(read_table(paths[1], SPLIT).slice(1), paths[1], SPLIT)
    with pytest.raises(DataError, match="no image 'a1'"):
        FaceTable.load(*paths)
