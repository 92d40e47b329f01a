import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from stores import SPECS, rows, use_small_shards, write
from zarr.codecs import ZstdCodec

from bauta.errors import StoreError
from bauta.store import Store, writer
from bauta.store.codec import decode, encode
from bauta.store.shards import ShardedArray

COUNT = 37


@pytest.fixture(scope="module", params=["blosc", "zstd"])
def path(tmp_path_factory, request):
    """A store of today's codec, and one of the codec before."""
    path = tmp_path_factory.mktemp("shards") / "x.zarr"
    with pytest.MonkeyPatch.context() as patch:
        use_small_shards(patch)
        if request.param == "zstd":
            patch.setattr(writer, "zarr_compressors", lambda: ZstdCodec(level=1, checksum=True))
        write(path, COUNT)
    assert request.param in (path / "images" / "zarr.json").read_text()
    assert len(list(path.glob("images/c/*"))) > 3
    return path


@settings(deadline=None, max_examples=30)
@given(
    parts=st.lists(st.tuples(st.integers(-3, COUNT + 3), st.integers(0, COUNT + 3)), min_size=1, max_size=6)
)
def test_any_rows_are_those_that_zarr_reads(path, parts):
    """One after the other, as a chunk that was read in part is kept."""
    store, whole = Store.open(path), zarr.open_group(path, mode="r")
    for name in SPECS:
        for start, stop in parts:
            found = store.read(name, start, stop)
            np.testing.assert_array_equal(found, whole[name][:][start:stop])
            assert found.dtype == whole[name].dtype


def test_rows_that_were_read_belong_to_the_caller(path):
    store = Store.open(path)
    store.read("images", 1, 2)[:] = 0
    np.testing.assert_array_equal(store.read("images", 1, 2), rows(1, 2)["images"])


def test_threads_read_one_array_at_once(path):
    store = Store.open(path)
    starts = [row for row in range(COUNT) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda start: store.read("images", start, start + 2), starts))
    for start, values in zip(starts, found, strict=True):
        np.testing.assert_array_equal(values, rows(start, min(start + 2, COUNT))["images"])


@pytest.mark.parametrize("byte", [4, 7, 12, 15], ids=["far", "negative", "long", "endless"])
def test_an_index_that_was_damaged_later_is_a_damaged_store(tmp_path, byte):
    """After the file was compared with its hash: its first chunk begins or ends far away."""
    write(tmp_path / "x.zarr", 3)
    (shard,) = (tmp_path / "x.zarr").glob("images/c/0/0/0/0")
    store = Store.open(tmp_path / "x.zarr")
    array = store._arrays["images"]
    store.read("images", 0, 1)
    array._kept.clear()
    content = bytearray(shard.read_bytes())
    content[len(content) - array.chunks * 16 - 4 + byte] ^= 0x80
    shard.write_bytes(content)
    with pytest.raises(StoreError, match=r"'images' in rows 0 to 3 is damaged .*: delete the store"):
        store.read("images")


@pytest.mark.parametrize("change", ["codec", "filter", "place", "unchecked"])
def test_an_array_in_another_format_is_refused(tmp_path, change):
    write(tmp_path / "x.zarr", 3)
    header = tmp_path / "x.zarr" / "images" / "zarr.json"
    described = json.loads(header.read_text())
    inner = described["codecs"][0]["configuration"]
    if change == "codec":
        inner["codecs"][1]["name"] = "gzip"
    elif change == "filter":
        inner["codecs"].insert(0, {"name": "transpose", "configuration": {"order": [3, 2, 1, 0]}})
    elif change == "unchecked":
        inner["codecs"][1:] = [{"name": "zstd", "configuration": {"level": 1, "checksum": False}}]
    else:
        inner["index_location"] = "start"
    header.write_text(json.dumps(described))
    with pytest.raises(StoreError, match=r"x\.zarr: 'images' is in an unknown format .*: delete the store"):
        ShardedArray.open(tmp_path / "x.zarr", "images", {})


def test_an_index_that_names_another_chunk_is_a_damaged_store(tmp_path, monkeypatch):
    use_small_shards(monkeypatch)
    write(tmp_path / "x.zarr", COUNT)
    store = Store.open(tmp_path / "x.zarr")
    store.read("images")
    array = store._arrays["images"]
    array._kept.clear()
    shard = tmp_path / "x.zarr/images/c/0/0/0/0"
    content = bytearray(shard.read_bytes())
    first = len(content) - array.chunks * 16 - 4
    assert array.chunks > 1
    content[first : first + 32] = content[first + 16 : first + 32] + content[first : first + 16]
    shard.write_bytes(content)
    with pytest.raises(StoreError, match="the index of images/c/0/0/0/0 has another checksum"):
        store.read("images")


@given(arrays(np.uint8, st.integers(1, 3000)) | arrays(np.float32, st.integers(1, 700)), st.data())
def test_a_damaged_chunk_never_passes(values, data):
    content = encode(values)
    found = np.empty_like(values)
    decode(content, found)
    assert found.tobytes() == values.tobytes()
    damaged = bytearray(content)
    if data.draw(st.booleans()):
        del damaged[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        damaged[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ValueError, match="a chunk has"):
        decode(damaged, found)


def test_an_intact_chunk_of_another_size_is_refused():
    with pytest.raises(ValueError, match="a chunk has 12 bytes, expected 16"):
        decode(encode(np.zeros(3, dtype=np.float32)), np.empty(4, dtype=np.float32))
