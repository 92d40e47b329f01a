import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from bauta.detect.redetect import redetect_store
from bauta.detect.run import detect_dataset
from bauta.errors import DataError
from bauta.io.images import UnreadableImageError
from bauta.io.tables import DETECTIONS, MANIFEST, write_table
from bauta.protocols import Detections
from bauta.store import ArraySpec, Store, StoreWriter


class ByFirstPixel:
    """Finds as many faces as the first pixel says, later ones larger; 99 makes it fail."""

    def detect(self, image):
        count = int(image[0, 0, 0])
        if count == 99:
            raise RuntimeError("out of\nmemory")
        boxes = [[0, 0, 10 * (face + 1), 20] for face in range(count)]
        return Detections(
            boxes=np.array(boxes, dtype=np.float32).reshape(-1, 4),
            scores=np.linspace(1, 0.5, count, dtype=np.float32),
            points=np.arange(count * 10, dtype=np.float32).reshape(-1, 5, 2),
        )


@pytest.fixture
def dataset(tmp_path):
    rows = []
    for name, count in [("one", 1), ("none", 0), ("three", 3), ("crash", 99)]:
        pixels = np.full((4, 4, 3), count, dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        rows.append({"image_id": name, "path": f"{name}.png", "status": "ok", "width": 4, "height": 4})
    rows.insert(
        1, {"image_id": "bad", "path": "bad.png", "status": "unreadable", "reason": "the file is empty"}
    )
    return pa.Table.from_pylist(rows, schema=MANIFEST), tmp_path


def test_largest_has_one_row_an_image(dataset):
    manifest, root = dataset
    table = detect_dataset(manifest, root, ByFirstPixel())
    write_table(table, root / "d.parquet", DETECTIONS)
    rows = {row["face_id"]: row for row in table.to_pylist()}
    assert list(rows) == manifest["image_id"].to_pylist()
    assert rows["one"]["status"] == "ok"
    assert rows["one"]["points"] == list(range(10))
    assert (rows["three"]["face_index"], rows["three"]["x1"], rows["three"]["score"]) == (2, 30, 0.5)
    assert rows["three"]["points"] == list(range(20, 30))
    assert (rows["none"]["status"], rows["none"]["reason"]) == ("no_face", "no face found")
    assert (rows["bad"]["status"], rows["bad"]["reason"]) == ("unreadable", "the file is empty")
    assert rows["crash"]["status"] == "failed"
    assert rows["crash"]["reason"] == "the detector failed: RuntimeError: out of"
    for name in ("none", "bad", "crash"):
        assert all(rows[name][column] is None for column in ("face_index", "x0", "score", "points"))


def test_all_has_a_row_for_each_face(dataset):
    manifest, root = dataset
    table = detect_dataset(manifest, root, ByFirstPixel(), "all")
    ids = table["face_id"].to_pylist()
    assert ids == ["one#0", "bad", "none", "three#0", "three#1", "three#2", "crash"]
    assert table["image_id"].to_pylist()[3:6] == ["three"] * 3
    assert table["x1"].to_pylist()[3:6] == [10, 20, 30]


def test_other_errors_are_not_hidden(dataset):
    class Broken:
        def detect(self, image):
            raise TypeError("a bug")

    with pytest.raises(TypeError, match="a bug"):
        detect_dataset(*dataset, Broken())


def test_wrong_policy_no_faces_and_lost_images(dataset):
    manifest, root = dataset
    with pytest.raises(DataError, match="largest, central, all, got 'first'"):
        detect_dataset(manifest, root, ByFirstPixel(), "first")
    with pytest.raises(DataError, match="no face in any of 2 images"):
        detect_dataset(manifest.slice(1, 2), root, ByFirstPixel())
    (root / "one.png").unlink()
    with pytest.raises(UnreadableImageError, match=r"one\.png"):
        detect_dataset(manifest, root, ByFirstPixel())


class ByBox:
    """Finds one face where red and green say, in 256ths of the sides; none for 0."""

    def __init__(self):
        self.calls = 0

    def detect(self, image):
        self.calls += 1
        x, y = image[0, 0, :2].astype(np.float32) * len(image) / 256
        boxes = np.array([[x - 4, y - 4, x + 4, y + 4]] * int(x > 0), dtype=np.float32).reshape(-1, 4)
        empty = np.zeros((len(boxes), 5, 2), dtype=np.float32)
        return Detections(boxes=boxes, scores=np.ones(len(boxes), np.float32), points=empty)


def test_redetection_counts_faces_in_the_middle_once_an_image(tmp_path):
    images = np.zeros((6, 256, 256, 3), dtype=np.uint8)
    places = [(128, 144), (32, 144), (0, 0), (128, 144), (128, 240), (128, 144)]
    images[..., :2] = np.array(places)[:, None, None]
    status = np.array([0, 0, 0, 0, 0, 3], dtype=np.uint8)
    specs = {"images": ArraySpec((256, 256, 3), "uint8"), "status": ArraySpec((), "uint8")}
    with StoreWriter(tmp_path / "s.zarr", specs, list("abcdef")) as writer:
        writer.append(images=images, status=status)
    store, detector = Store.open(tmp_path / "s.zarr"), ByBox()
    found = redetect_store(store, detector)
    assert found.dtype == bool
    assert found.tolist() == [True, False, False, True, False, False]
    assert detector.calls == 4
    assert redetect_store(store, detector, ids=["c", "a"]).tolist() == [False, True]
