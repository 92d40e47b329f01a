import os
from pathlib import Path

import pytest
from stores import write

from bauta.io import atomic as files
from bauta.io.atomic import sync, whole_folder, write_atomically, write_text
from bauta.store import Store


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "folder" / "table.csv"
    write_text(path, "old é\n")

    def fail(partial):
        partial.write_text("half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        write_atomically(path, fail)
    assert path.read_bytes() == "old é\n".encode()
    assert [file.name for file in path.parent.iterdir()] == ["table.csv"]


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "teacher"

    def break_off():
        with whole_folder(path) as folder:
            (folder / "weights").write_text("half")
            raise ValueError("broke off")

    with pytest.raises(ValueError, match="broke off"):
        break_off()
    assert list(path.parent.iterdir()) == []
    for content in ("one", "two"):
        with whole_folder(path) as folder:
            (folder / content).write_text(content)
            assert not (path / content).exists()
        assert [file.name for file in path.iterdir()] == [content]
    assert [folder.name for folder in path.parent.iterdir()] == ["teacher"]


def test_what_another_run_has_put_there_meanwhile_stays(tmp_path):
    path = tmp_path / "teacher"
    with whole_folder(path) as folder:
        (folder / "ours").touch()
        path.mkdir()
        (path / "theirs").touch()
    assert [file.name for file in path.iterdir()] == ["theirs"]
    assert [file.name for file in tmp_path.iterdir()] == ["teacher"]


@pytest.mark.parametrize("exchange", [True, False])
def test_what_was_half_deleted_is_replaced(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(files.ctypes, "CDLL", lambda *args, **options: object())
    path = tmp_path / "teacher"
    (path / "left").mkdir(parents=True)
    with whole_folder(path) as folder:
        (folder / "weights").touch()
    assert [file.name for file in path.iterdir()] == ["weights"]
    assert [file.name for file in tmp_path.iterdir()] == ["teacher"]


@pytest.fixture
def calls(monkeypatch):
    """What is flushed and what is renamed, in order: `("flush", name)` and `("rename", from, to)`."""
    seen = []
    flush, replace, rename = os.fsync, os.replace, os.rename

    def fsync(descriptor):
        seen.append(("flush", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        flush(descriptor)

    def moving(move):
        def moved(source, target, **options):
            seen.append(("rename", Path(source).name, Path(target).name))
            move(source, target, **options)

        return moved

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", moving(replace))
    monkeypatch.setattr(os, "rename", moving(rename))
    return seen


def around(calls, target):
    """What was flushed before the rename to a name, and what after it."""
    (at,) = [index for index, call in enumerate(calls) if call[0] == "rename" and call[2] == target]
    flushed = [[name for kind, name, *_ in part if kind == "flush"] for part in (calls[:at], calls[at + 1 :])]
    return calls[at][1], *flushed


def test_a_file_is_on_the_disk_before_its_name_and_the_name_before_the_end(tmp_path, calls):
    write_text(tmp_path / "folder" / "table.csv", "one")
    partial, before, after = around(calls, "table.csv")
    assert before == [partial]
    assert after == ["folder"]


def test_a_folder_is_on_the_disk_with_all_that_is_in_it_before_its_name(tmp_path, calls):
    with whole_folder(tmp_path / "teacher") as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "weights").write_text("one")
        (folder / "card").write_text("two")
    partial, before, after = around(calls, "teacher")
    assert set(before) == {"weights", "inner", "card", partial}
    assert before.index("weights") < before.index("inner") < before.index(partial)
    assert after == [tmp_path.name]


def test_a_store_is_on_the_disk_before_its_name(tmp_path, calls):
    write(tmp_path / "a.zarr", 5)
    _, before, after = around(calls, "a.zarr")
    files = {path.name for path in (tmp_path / "a.zarr").rglob("*") if path.is_file()}
    assert files <= set(before)
    assert tmp_path.name in after
    assert len(Store.open(tmp_path / "a.zarr").ids) == 5


def test_a_file_system_that_cannot_flush_folders_is_no_error(tmp_path, monkeypatch):
    def refuse(descriptor):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    write_text(tmp_path / "a.txt", "one")
    assert (tmp_path / "a.txt").read_text() == "one"


def test_a_disk_that_fails_while_it_is_flushed_leaves_the_old_file(tmp_path, monkeypatch):
    write_text(tmp_path / "a.txt", "old")

    def fail(descriptor):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=r"a\.txt cannot be written .*check its health"):
        write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "old"
    with pytest.raises(OSError, match="Input/output"):
        sync(tmp_path / "a.txt")
