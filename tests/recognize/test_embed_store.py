import numpy as np
import pytest

from bauta.contract import Status
from bauta.errors import StoreError
from bauta.recognize.run import embed_store
from bauta.store import ArraySpec, Store, StoreWriter


class FirstPixel:
    """Embeds a crop as its first pixel, and counts."""

    dimensions = 3

    def __init__(self):
        self.embedded = 0

    def embed(self, crops):
        self.embedded += len(crops)
        return crops[:, 0, 0].astype(np.float32)


@pytest.fixture
def images(tmp_path):
    pixels = np.random.default_rng(0).integers(1, 256, (6, 4, 4, 3), dtype=np.uint8)
    pixels[4] = pixels[0]
    status = np.array([0, Status.FAILED.code, 0, 0, 0, Status.NO_FACE.code], dtype=np.uint8)
    specs = {"images": ArraySpec((4, 4, 3), "uint8"), "status": ArraySpec((), "uint8")}
    with StoreWriter(tmp_path / "images.zarr", specs, list("abcdef")) as writer:
        writer.append(images=pixels, status=status)
    return Store.open(tmp_path / "images.zarr")


def test_each_distinct_image_is_embedded_once_and_failures_are_nan(images, tmp_path):
    recognizer = FirstPixel()
    embed_store(images, recognizer, tmp_path / "e.zarr")
    store = Store.open(tmp_path / "e.zarr")
    assert recognizer.embedded == 3
    assert store.ids == images.ids
    vectors, status = store.read("vectors"), store.read("status")
    assert status.tolist() == images.read("status").tolist()
    assert np.isnan(vectors[[1, 5]]).all()
    rows = [0, 2, 3, 4]
    np.testing.assert_array_equal(vectors[rows], images.read("images")[rows, 0, 0])


def test_ids_choose_rows_and_their_order(images, tmp_path):
    embed_store(images, FirstPixel(), tmp_path / "e.zarr", ids=["d", "f", "a"])
    store = Store.open(tmp_path / "e.zarr")
    assert store.ids == ("d", "f", "a")
    assert store.read("status").tolist() == [0, Status.NO_FACE.code, 0]
    np.testing.assert_array_equal(store.read("vectors")[[0, 2]], images.read("images")[[3, 0], 0, 0])
    with pytest.raises(StoreError, match="no row 'z'"):
        embed_store(images, FirstPixel(), tmp_path / "f.zarr", ids=["z"])


def test_all_failed(images, tmp_path):
    recognizer = FirstPixel()
    embed_store(images, recognizer, tmp_path / "e.zarr", ids=["b", "f"])
    assert recognizer.embedded == 0
    assert np.isnan(Store.open(tmp_path / "e.zarr").read("vectors")).all()
