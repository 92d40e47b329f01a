import numpy as np
import pytest

import bauta.store.deduplicate
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.store.deduplicate import compute_distinct


@pytest.fixture
def store(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    images = pictures[[0, 1, 0, 0, 2, 1, 0]]
    ids = [str(row) for row in range(len(images))]
    with StoreWriter(tmp_path / "s.zarr", {"images": ArraySpec((8, 8, 3), "uint8")}, ids) as writer:
        writer.append(images=images)
    return Store.open(tmp_path / "s.zarr")


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_each_distinct_image_is_computed_once(store, monkeypatch, batch):
    monkeypatch.setattr(bauta.store.deduplicate, "BATCH", batch)
    seen = []

    def mean(images):
        seen.extend(image.tobytes() for image in images)
        return images.mean(axis=(1, 2, 3))

    rows = np.array([6, 0, 1, 4, 5, 2])
    results = compute_distinct(store, rows, mean)
    np.testing.assert_allclose(results, store.take("images", rows).mean(axis=(1, 2, 3)))
    assert len(seen) == len(set(seen)) == 3


def test_no_rows(store):
    assert compute_distinct(store, np.array([], dtype=int), lambda images: images) == []
