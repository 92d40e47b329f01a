"""What becomes of a store on a full disk, and of one that is damaged or vanishes while it is read."""

import errno
import json
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from stores import BATCH, SPECS, KilledError, rows, use_small_shards, write

from bauta.errors import DiskError, StoreError
from bauta.store import Store, StoreWriter
from bauta.store.partial import Progress


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    use_small_shards(monkeypatch)


def test_a_file_that_vanishes_while_it_is_read_is_no_black_image(tmp_path):
    write(tmp_path / "x.zarr", 20)
    store = Store.open(tmp_path / "x.zarr")
    (tmp_path / "x.zarr/images/c/1/0/0/0").unlink()
    store.read("images", 0, 10)
    with pytest.raises(StoreError, match=r"x\.zarr lost images/c/1"):
        store.read("images", 5, 15)
    with pytest.raises(StoreError, match=r"x\.zarr lost images/c/1"):
        store.take("images", np.array([12]))


def test_a_shard_that_is_cut_short_is_refused_when_the_store_is_opened(tmp_path):
    write(tmp_path / "x.zarr", 20)
    shard = tmp_path / "x.zarr/images/c/1/0/0/0"
    size = shard.stat().st_size
    os.truncate(shard, size - 1)
    with pytest.raises(StoreError, match=rf"has {size - 1} bytes, expected {size}: delete the store and run"):
        Store.open(tmp_path / "x.zarr")


def test_no_bit_of_a_shard_can_change_unnoticed(tmp_path):
    write(tmp_path / "x.zarr", 20)
    shard = tmp_path / "x.zarr/vectors/c/0/0"
    intact = shard.read_bytes()
    expected = Store.open(tmp_path / "x.zarr").read("vectors")
    unnoticed = []
    for position in range(0, len(intact), 7):
        shard.write_bytes(intact[:position] + bytes([intact[position] ^ 4]) + intact[position + 1 :])
        store = Store.open(tmp_path / "x.zarr")
        with pytest.raises(StoreError, match=r"vectors/c/0/0 has SHA-256"):
            store.verify()
        with suppress(StoreError):
            if not np.array_equal(store.read("vectors"), expected):
                unnoticed.append(position)
    assert not unnoticed


def test_a_damaged_shard_is_named_with_the_remedy_when_it_is_read(tmp_path):
    write(tmp_path / "x.zarr", 20)
    shard = tmp_path / "x.zarr/images/c/1/0/0/0"
    intact = shard.read_bytes()
    shard.write_bytes(intact[:40] + bytes([intact[40] ^ 4]) + intact[41:])
    store = Store.open(tmp_path / "x.zarr")
    with pytest.raises(StoreError, match=r"images/c/1/0/0/0 has SHA-256 .* delete the store and run"):
        store.read("images", 9)


def test_a_damaged_manifest_is_refused(tmp_path):
    write(tmp_path / "x.zarr", 20)
    (tmp_path / "x.zarr/store.json").write_text('{"ids": [')
    with pytest.raises(StoreError, match=r"store .*x\.zarr is damaged"):
        Store.open(tmp_path / "x.zarr")


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "No space left on device.*: free space on that disk and run again"),
        (errno.EROFS, "Read-only file system.*: make the folder writable"),
        (errno.EACCES, "Permission denied.*: make the folder writable"),
    ],
)
def test_a_refusal_of_the_disk_names_the_store_and_the_remedy(tmp_path, monkeypatch, number, message):
    """And the next job goes on from what had been written before."""
    intact = Path.write_bytes
    written = []

    def refuse(path, data):
        if len(written) > 9:
            raise OSError(number, os.strerror(number), str(path))
        written.append(path)
        return intact(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", refuse)
        with pytest.raises(DiskError, match=rf"x\.zarr cannot be written \({message}") as caught:
            write_all(tmp_path / "x.zarr")
    assert "\n" not in str(caught.value)
    seen = []
    write(tmp_path / "x.zarr", 70, seen=seen)
    assert seen[0] > 0
    assert [path.name for path in tmp_path.iterdir()] == ["x.zarr"]


def write_all(path):
    with StoreWriter(path, SPECS, [str(row) for row in range(70)], {"by": "test"}) as opened:
        for start in range(opened.resume(BATCH), 70, BATCH):
            opened.append(**rows(start, min(start + BATCH, 70)))


def test_a_store_that_does_not_say_what_it_is_is_refused(tmp_path):
    """Stores of before they had seals."""
    write(tmp_path / "x.zarr", 20)
    path = tmp_path / "x.zarr" / "store.json"
    manifest = json.loads(path.read_text())
    del manifest["seal"]
    path.write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match=r"x\.zarr is damaged or was made by an older version .*: delete"):
        Store.open(tmp_path / "x.zarr")


def test_a_shard_in_the_place_of_another_one_is_noticed_when_it_is_read(tmp_path):
    """Its own checksums are right."""
    write(tmp_path / "x.zarr", 20)
    shards = tmp_path / "x.zarr/images/c"
    (shards / "1/0/0/0").write_bytes((shards / "0/0/0/0").read_bytes())
    store = Store.open(tmp_path / "x.zarr")
    with pytest.raises(StoreError, match=r"images/c/1/0/0/0 has SHA-256"):
        store.read("images")


def test_no_bit_of_the_progress_of_a_killed_job_can_change_unnoticed(tmp_path):
    """Of a damaged one nothing is taken over: another number of rows would be rows of anything."""
    with pytest.raises(KilledError):
        write(tmp_path / "x.zarr", 40, killed_after=33)
    (progress,) = tmp_path.glob("x.zarr.partial-*/progress.json")
    intact = progress.read_bytes()
    assert Progress.read(progress.parent) is not None
    for position in range(0, len(intact), 11):
        progress.write_bytes(intact[:position] + bytes([intact[position] ^ 1]) + intact[position + 1 :])
        assert Progress.read(progress.parent) is None
