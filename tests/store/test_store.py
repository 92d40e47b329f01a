import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.errors import StoreError
from bauta.store import ArraySpec, Store, StoreWriter

SPECS = {"images": ArraySpec((4, 4, 3), "uint8"), "vectors": ArraySpec((5,), "float32")}


def rows(count, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "images": rng.integers(0, 256, (count, 4, 4, 3), dtype=np.uint8),
        "vectors": rng.standard_normal((count, 5)).astype(np.float32),
    }


def write(path, values, batch=3, specs=SPECS):
    count = len(values["images"])
    with StoreWriter(path, specs, [f"f{row}" for row in range(count)], {"about": "test"}) as writer:
        for start in range(0, count, batch):
            writer.append(**{name: array[start : start + batch] for name, array in values.items()})
    return path


@settings(deadline=None, max_examples=15)
@given(count=st.integers(0, 40), batch=st.integers(1, 17), seed=st.integers(0, 99))
def test_what_is_written_is_read(tmp_path_factory, count, batch, seed):
    values = rows(count, seed)
    store = Store.open(write(tmp_path_factory.mktemp("store") / "x.zarr", values, batch))
    assert len(store) == count
    for name, array in values.items():
        np.testing.assert_array_equal(store.read(name), array)
    picked = np.random.default_rng(seed).permutation(count)[:5]
    np.testing.assert_array_equal(store.take("images", picked), values["images"][picked])
    np.testing.assert_array_equal(store.rows_of([f"f{row}" for row in picked]), picked)


def test_many_shards_come_back(tmp_path, monkeypatch):
    monkeypatch.setattr("bauta.store.spec.SHARD_BYTES", 480)
    monkeypatch.setattr("bauta.store.spec.CHUNK_BYTES", 96)
    values = rows(64)
    store = Store.open(write(tmp_path / "x.zarr", values, batch=7))
    assert sum(name.startswith("images/c/") for name in store.files) == 7
    np.testing.assert_array_equal(store.read("images"), values["images"])


@given(shape=st.lists(st.integers(1, 300), max_size=3), dtype=st.sampled_from(["uint8", "float32"]))
def test_a_chunk_has_as_many_rows_as_batches_are_made_of(shape, dtype):
    spec = ArraySpec(tuple(shape), dtype)
    found = spec.rows_per_chunk()
    assert found & (found - 1) == 0
    assert found == 1 or found * spec.row_bytes <= 2**20 < 2 * found * spec.row_bytes
    assert spec.rows_per_shard() % found == 0
    assert ArraySpec((256, 256, 3), "uint8").rows_per_chunk() == 4


def test_two_writes_give_the_same_bytes(tmp_path):
    stores = [Store.open(write(tmp_path / name, rows(20), batch)) for name, batch in (("a", 3), ("b", 20))]
    assert stores[0].files == stores[1].files


def test_black_rows_are_stored_and_not_left_out(tmp_path):
    values = rows(6)
    values["images"][:] = 0
    store = Store.open(write(tmp_path / "x.zarr", values))
    assert any(name.startswith("images/c/") for name in store.files)


def test_a_store_that_was_never_completed_is_refused(tmp_path):
    def interrupted():
        with StoreWriter(tmp_path / "x.zarr", SPECS, ["f0", "f1"]) as writer:
            writer.append(**rows(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(StoreError, match="does not exist"):
        Store.open(tmp_path / "x.zarr")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_manifest_or_shard_is_refused(tmp_path):
    path = write(tmp_path / "x.zarr", rows(5))
    shard = next(name for name in Store.open(path).files if name.startswith("images/c/"))
    (path / shard).unlink()
    with pytest.raises(StoreError, match="lacks images/c"):
        Store.open(path)
    (path / "store.json").unlink()
    with pytest.raises(StoreError, match="is not complete"):
        Store.open(path)


def test_a_changed_byte_is_found(tmp_path):
    path = write(tmp_path / "x.zarr", rows(5))
    store = Store.open(path)
    store.verify()
    shard = path / next(name for name in store.files if name.startswith("vectors/c/"))
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    with pytest.raises(StoreError, match="vectors/c"):
        store.verify()


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ({"images": np.zeros((1, 4, 4, 3), np.uint8)}, "expected the arrays"),
        ({**rows(1), "vectors": np.zeros((2, 5), np.float32)}, "same number of rows"),
        ({**rows(1), "vectors": np.zeros((1, 5))}, "float64"),
        ({**rows(1), "images": np.zeros((1, 4, 4), np.uint8)}, r"got \(4, 4\)"),
        (rows(9), "expected 2 rows"),
        (rows(1), "expected 2 rows"),
    ],
)
def test_wrong_batches_are_refused_and_leave_nothing(tmp_path, batch, message):
    with (
        pytest.raises(StoreError, match=message),
        StoreWriter(tmp_path / "x.zarr", SPECS, ["f0", "f1"]) as writer,
    ):
        writer.append(**batch)
    assert not (tmp_path / "x.zarr").exists()


def test_an_unknown_row_is_named(tmp_path):
    store = Store.open(write(tmp_path / "x.zarr", rows(2)))
    with pytest.raises(StoreError, match="'nobody'"):
        store.rows_of(["f1", "nobody"])
    with pytest.raises(StoreError, match="has no array 'pictures'"):
        store.read("pictures")


def test_taking_many_rows_needs_little_more_than_the_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("bauta.store.reader.SHARD_BYTES", 2**18)
    vectors = np.random.default_rng(0).random((48_000, 128), dtype=np.float32)
    specs = {"vectors": ArraySpec((128,), "float32")}
    with StoreWriter(tmp_path / "s.zarr", specs, [str(row) for row in range(len(vectors))]) as writer:
        writer.append(vectors=vectors)
    store = Store.open(tmp_path / "s.zarr")
    rows = np.flatnonzero(np.arange(len(vectors)) % 1000 != 7)[::-1].copy()
    tracemalloc.start()
    taken = store.take("vectors", rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(taken, vectors[rows])
    assert peak < 1.4 * taken.nbytes
