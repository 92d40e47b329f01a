"""What becomes of a store when its writer is killed, overtaken or replaced, or two write at once."""

import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stores import BATCH, SPECS, KilledError, content, rows, use_small_shards, write

from bauta.errors import DataError, StoreError
from bauta.io import atomic as files
from bauta.store import Store, StoreWriter, partial, writer
from bauta.store.partial import PartialStore


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    use_small_shards(monkeypatch)


@settings(deadline=None, max_examples=25)
@given(
    count=st.integers(0, 70),
    kills=st.lists(st.integers(0, 75), max_size=4),
    late=st.booleans(),
)
def test_a_killed_writer_goes_on_and_ends_with_the_same_bytes(tmp_path_factory, count, kills, late):
    """`late` commits after each batch, else whenever a shard is whole."""
    folder = tmp_path_factory.mktemp("store")
    write(folder / "undisturbed.zarr", count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "COMMIT_SECONDS", -1.0 if late else 3600.0)
        for kill in kills:
            with pytest.raises(KilledError):
                write(folder / "x.zarr", count, killed_after=kill)
            assert not (folder / "x.zarr").exists()
        write(folder / "x.zarr", count)
    assert content(folder / "x.zarr") == content(folder / "undisturbed.zarr")
    assert sorted(path.name for path in folder.iterdir()) == ["undisturbed.zarr", "x.zarr"]


def test_it_goes_on_from_the_last_complete_shard(tmp_path):
    with pytest.raises(KilledError):
        write(tmp_path / "x.zarr", 70, killed_after=45)
    seen = []
    write(tmp_path / "x.zarr", 70, seen=seen)
    assert seen[0] == 39, "40 rows are in whole shards; the batch in which row 40 is begins at 39"


def test_a_slow_model_keeps_what_fills_no_shard(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "COMMIT_SECONDS", -1.0)
    with pytest.raises(KilledError):
        write(tmp_path / "x.zarr", 9, killed_after=6)
    seen = []
    write(tmp_path / "x.zarr", 9, seen=seen)
    assert seen == [6]


@pytest.mark.parametrize("change", ["ids", "made_from", "format"])
def test_what_another_writer_left_of_something_else_is_not_used(tmp_path, monkeypatch, change):
    with monkeypatch.context() as patch:
        if change == "format":
            patch.setattr(writer, "FORMAT", "zstd")
        with pytest.raises(KilledError):
            write(tmp_path / "x.zarr", 70, killed_after=45, made_from={"crops": "old"})
    seen = []
    if change == "ids":
        write(tmp_path / "x.zarr", 69, seen=seen, made_from={"crops": "old"})
    else:
        crops = "new" if change == "made_from" else "old"
        write(tmp_path / "x.zarr", 70, seen=seen, made_from={"crops": crops})
    assert seen[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["x.zarr"]


def test_a_damaged_shard_of_a_killed_writer_is_not_used(tmp_path):
    with pytest.raises(KilledError):
        write(tmp_path / "x.zarr", 70, killed_after=45)
    shard = next(tmp_path.glob("x.zarr.partial-*/store/images/c/1/0/0/0"))
    shard.write_bytes(shard.read_bytes()[:-1])
    seen = []
    write(tmp_path / "x.zarr", 70, seen=seen)
    assert seen[0] == 0
    Store.open(tmp_path / "x.zarr").verify()


def test_a_record_that_a_power_cut_has_emptied_is_not_used(tmp_path):
    with pytest.raises(KilledError):
        write(tmp_path / "x.zarr", 70, killed_after=45)
    next(tmp_path.glob("x.zarr.partial-*/progress.json")).write_bytes(b"")
    seen = []
    write(tmp_path / "x.zarr", 70, seen=seen)
    assert seen[0] == 0


def killed(*arguments):
    raise KilledError


def test_what_is_left_of_a_writer_killed_just_after_its_rename_blocks_nobody(tmp_path, monkeypatch):
    """It says what is whole, but its tree has become the store, which is removed as `verify` advises."""
    write(tmp_path / "undisturbed.zarr", 70)
    with monkeypatch.context() as patch:
        patch.setattr(PartialStore, "discard", killed)
        with pytest.raises(KilledError):
            write(tmp_path / "x.zarr", 70)
    (left,) = tmp_path.glob("x.zarr.partial-*")
    assert (left / "progress.json").is_file()
    shutil.rmtree(tmp_path / "x.zarr")
    write(tmp_path / "x.zarr", 70)
    assert content(tmp_path / "x.zarr") == content(tmp_path / "undisturbed.zarr")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["undisturbed.zarr", "x.zarr"]


@pytest.mark.parametrize(
    ("old", "new"),
    [('"rows": 40', '"rows": 44'), ('"identity"', '"identitz"'), ("{", "[{"), ("{", "3"), ("}", "}}")],
)
def test_a_record_of_what_is_whole_is_used_only_as_it_was_written(tmp_path, old, new):
    with pytest.raises(KilledError):
        write(tmp_path / "x.zarr", 70, killed_after=45)
    record = next(tmp_path.glob("x.zarr.partial-*/progress.json"))
    assert old in record.read_text()
    record.write_text(record.read_text().replace(old, new))
    seen = []
    write(tmp_path / "x.zarr", 70, seen=seen)
    assert seen[0] == 0
    np.testing.assert_array_equal(Store.open(tmp_path / "x.zarr").read("images"), rows(0, 70)["images"])


def test_files_of_another_user_that_cannot_be_read_are_not_used(tmp_path, monkeypatch):
    with pytest.raises(KilledError):
        write(tmp_path / "x.zarr", 70, killed_after=45)

    def refuse(source, target):
        raise PermissionError(13, "Permission denied")

    seen = []
    with monkeypatch.context() as patch:
        patch.setattr(partial, "_link", refuse)
        write(tmp_path / "x.zarr", 70, seen=seen)
    assert seen[0] == 0
    Store.open(tmp_path / "x.zarr").verify()


def test_a_writer_that_does_not_ask_begins_at_zero(tmp_path):
    with pytest.raises(KilledError):
        write(tmp_path / "x.zarr", 70, killed_after=45)
    with StoreWriter(tmp_path / "x.zarr", SPECS, [str(row) for row in range(70)], {"by": "test"}) as opened:
        opened.append(**rows(100, 170))
    np.testing.assert_array_equal(Store.open(tmp_path / "x.zarr").read("images"), rows(100, 170)["images"])


@pytest.mark.parametrize(
    ("error", "kept"),
    [(DataError("a wrong image"), False), (MemoryError("no memory"), True), (KeyboardInterrupt(), True)],
)
def test_what_is_wrong_for_good_is_not_gone_on_with(tmp_path, error, kept):
    def fail():
        with StoreWriter(tmp_path / "x.zarr", SPECS, [str(row) for row in range(70)]) as opened:
            opened.resume(BATCH)
            opened.append(**rows(0, 33))
            raise error

    with pytest.raises(type(error)):
        fail()
    assert bool(list(tmp_path.glob("x.zarr.partial-*"))) == kept


def test_several_writers_at_once_leave_one_whole_store(tmp_path):
    """An orphaned job and those that were started after it."""
    write(tmp_path / "undisturbed.zarr", 200)
    start = threading.Barrier(4)

    def work():
        start.wait()
        write(tmp_path / "x.zarr", 200)

    with ThreadPoolExecutor(4) as pool:
        for job in [pool.submit(work) for _ in range(4)]:
            job.result()
    assert content(tmp_path / "x.zarr") == content(tmp_path / "undisturbed.zarr")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["undisturbed.zarr", "x.zarr"]


def test_a_writer_whose_work_another_has_done_at_its_very_end_ends_well(tmp_path, monkeypatch):
    """Its folder is gone between its last shard and its manifest."""
    tree_files = PartialStore.tree_files

    def overtaken(partial):
        monkeypatch.setattr(PartialStore, "tree_files", tree_files)
        write(tmp_path / "x.zarr", 200)
        return tree_files(partial)

    monkeypatch.setattr(PartialStore, "tree_files", overtaken)
    write(tmp_path / "x.zarr", 200)
    assert [path.name for path in tmp_path.iterdir()] == ["x.zarr"]
    np.testing.assert_array_equal(Store.open(tmp_path / "x.zarr").read("images"), rows(0, 200)["images"])


@pytest.mark.parametrize("at", [0, 12, 198])
def test_a_writer_whose_work_another_has_done_ends_well_and_changes_nothing(tmp_path, at):
    slow = StoreWriter(tmp_path / "x.zarr", SPECS, [str(row) for row in range(200)], {"by": "test"})
    with slow:
        slow.resume(BATCH)
        for start in range(0, 200, BATCH):
            if start == at:
                write(tmp_path / "x.zarr", 200)
                before = (tmp_path / "x.zarr" / "store.json").stat()
            slow.append(**rows(start, min(start + BATCH, 200)))
        np.testing.assert_array_equal(slow.read("status", 200), rows(0, 200)["status"])
    after = (tmp_path / "x.zarr" / "store.json").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert [path.name for path in tmp_path.iterdir()] == ["x.zarr"]


def test_a_folder_that_vanishes_without_a_store_is_an_error(tmp_path):
    opened = StoreWriter(tmp_path / "x.zarr", SPECS, ["0"])
    opened.__enter__()
    next(tmp_path.iterdir()).rename(tmp_path / "gone")
    opened.append(**rows(0, 1))
    with pytest.raises(StoreError, match="was removed; run again"):
        opened.__exit__(None, None, None)


@pytest.mark.parametrize("exchange", [True, False])
def test_a_store_is_replaced_by_another(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(files.ctypes, "CDLL", lambda *args, **options: object())
    for first in (0, 100):
        with StoreWriter(tmp_path / "x.zarr", SPECS, [str(row) for row in range(20)]) as opened:
            opened.append(**rows(first, first + 20))
        images = Store.open(tmp_path / "x.zarr").read("images")
        np.testing.assert_array_equal(images, rows(first, first + 20)["images"])
    assert [path.name for path in tmp_path.iterdir()] == ["x.zarr"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs renameat2")
def test_a_reader_sees_a_whole_store_at_every_moment_of_a_replacement(tmp_path, monkeypatch):
    path = tmp_path / "x.zarr"
    seen = []

    def watched(function):
        def call(*args, **options):
            result = function(*args, **options)
            seen.append((path / "store.json").is_file())
            return result

        return call

    def put(first):
        with StoreWriter(path, SPECS, [str(row) for row in range(20)]) as opened:
            opened.append(**rows(first, first + 20))

    put(0)
    monkeypatch.setattr(Path, "rename", watched(Path.rename))
    monkeypatch.setattr(partial.shutil, "rmtree", watched(partial.shutil.rmtree))
    put(7)
    assert len(seen) > 1
    assert all(seen)
    np.testing.assert_array_equal(Store.open(path).read("images"), rows(7, 27)["images"])


def test_a_store_that_another_has_just_finished_stays(tmp_path, monkeypatch):
    """Also while that one has not yet come to remove this one's folder."""
    ids = [str(row) for row in range(70)]
    with monkeypatch.context() as patch, StoreWriter(tmp_path / "x.zarr", SPECS, ids, {"by": "test"}) as slow:
        slow.append(**rows(0, 70))
        patch.setattr(partial.PartialStore, "_others", lambda self: [])
        write(tmp_path / "x.zarr", 70)
        before = (tmp_path / "x.zarr" / "store.json").stat().st_ino
    assert (tmp_path / "x.zarr" / "store.json").stat().st_ino == before


def test_files_of_a_live_writer_are_never_written_to(tmp_path):
    """Half of what it has could be taken over before a damaged file was met; that half is shared."""
    with pytest.raises(KilledError):
        write(tmp_path / "x.zarr", 70, killed_after=45)
    (orphan,) = tmp_path.glob("x.zarr.partial-*")
    (orphan / "store/images/c/3/0/0/0").write_bytes(b"damaged")
    with pytest.raises(KilledError):
        write(tmp_path / "x.zarr", 70, killed_after=45)
    (own,) = set(tmp_path.glob("x.zarr.partial-*")) - {orphan}
    assert (orphan / "progress.json").exists()
    written = [file for file in own.rglob("*") if file.is_file() and file.name != "zarr.json"]
    assert written
    assert {file.stat().st_nlink for file in written} == {1}


def test_what_a_killed_snakemake_left_half_deleted_is_replaced(tmp_path):
    write(tmp_path / "x.zarr", 20)
    (tmp_path / "x.zarr" / "store.json").unlink()
    write(tmp_path / "x.zarr", 20)
    Store.open(tmp_path / "x.zarr").verify()


def test_progress_of_a_live_writer_can_be_taken_over_and_both_end_well(tmp_path):
    """An orphaned Slurm job goes on while the new run's job has begun where the orphan was."""
    ids = [str(row) for row in range(70)]
    with StoreWriter(tmp_path / "x.zarr", SPECS, ids, {"by": "test"}) as orphan:
        orphan.resume(BATCH)
        orphan.append(**rows(0, 33))
        seen = []
        write(tmp_path / "x.zarr", 70, seen=seen)
        assert seen[0] == 30
        orphan.append(**rows(33, 70))
    Store.open(tmp_path / "x.zarr").verify()
    np.testing.assert_array_equal(Store.open(tmp_path / "x.zarr").read("images"), rows(0, 70)["images"])
