import os
import shutil
import time
from pathlib import Path

import pytest

from bauta.errors import ConfigError, DataError, DiskError
from bauta.io import fingerprint as module
from bauta.io.fingerprint import Fingerprints, check_unchanged, folder_fingerprint


@pytest.fixture
def root(tmp_path):
    for name in ("a/1.jpg", "a/2.jpg", "b/1.jpg"):
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "root"


@pytest.fixture
def fingerprint(root, tmp_path):
    return lambda: folder_fingerprint(root, tmp_path / "memory" / "root")


@pytest.fixture
def later(monkeypatch):
    """Files that were just written are old."""
    now = time.time_ns
    monkeypatch.setattr(module.time, "time_ns", lambda: now() + 10**10)


@pytest.fixture
def read(monkeypatch):
    """The files that are read."""
    paths = []
    sha256 = module._sha256
    monkeypatch.setattr(module, "_sha256", lambda path: (paths.append(path.name), sha256(path))[1])
    return paths


def test_times_do_not_count(fingerprint, root):
    before = fingerprint()
    os.utime(root / "a/1.jpg", (1, 1))
    assert fingerprint() == before


@pytest.mark.parametrize("change", ["add", "remove", "rename", "replace"])
def test_every_change_of_the_content_counts(fingerprint, root, change):
    before = fingerprint()
    match change:
        case "add":
            (root / "c.jpg").write_bytes(b"c")
        case "remove":
            (root / "a/1.jpg").unlink()
        case "rename":
            (root / "a/1.jpg").rename(root / "a/9.jpg")
        case "replace":
            (root / "a/1.jpg").write_bytes(b"A/1.jpg")
    assert fingerprint() != before


def test_going_back_gives_the_same_fingerprint(fingerprint, root):
    before = fingerprint()
    (root / "a/1.jpg").write_bytes(b"other")
    fingerprint()
    (root / "a/1.jpg").write_bytes(b"a/1.jpg")
    assert fingerprint() == before


def test_an_unchanged_folder_is_not_read_again(fingerprint, later, read):
    before = fingerprint()
    assert sorted(read) == ["1.jpg", "1.jpg", "2.jpg"]
    read.clear()
    assert fingerprint() == before
    assert read == []


def test_only_what_changed_is_read_again(fingerprint, later, read, root):
    fingerprint()
    read.clear()
    (root / "a/2.jpg").write_bytes(b"other")
    fingerprint()
    assert read == ["2.jpg"]


@pytest.mark.parametrize("how", ["written", "replaced"])
def test_the_same_name_size_and_mtime_hide_nothing(fingerprint, later, root, tmp_path, how):
    before, path = fingerprint(), root / "a/1.jpg"
    state = path.stat()
    if how == "written":
        path.write_bytes(b"A/1.jpg")
    else:
        (tmp_path / "new").write_bytes(b"A/1.jpg")
        (tmp_path / "new").replace(path)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert path.stat().st_size == state.st_size
    assert path.stat().st_mtime_ns == state.st_mtime_ns
    assert fingerprint() != before


def test_a_file_that_has_just_changed_is_read_again(fingerprint, read):
    before = fingerprint()
    read.clear()
    assert fingerprint() == before
    assert len(read) == 3


@pytest.mark.parametrize("damage", ["", "{", "[]", "null"])
def test_a_damaged_memory_is_no_memory(fingerprint, later, tmp_path, damage):
    before = fingerprint()
    for path in (tmp_path / "memory").iterdir():
        path.write_text(damage)
    assert fingerprint() == before


def test_a_memory_that_cannot_be_written_stops_nothing(root, tmp_path, monkeypatch, caplog):
    def full(path, values):
        raise DiskError(f"{path} cannot be written (No space left on device)")

    before = folder_fingerprint(root, tmp_path / "memory")
    monkeypatch.setattr(module, "write_sealed", full)
    assert folder_fingerprint(root, tmp_path / "other") == before
    assert "No space left" in caplog.text


def test_names_need_not_be_text(fingerprint, root):
    before = fingerprint()
    Path(os.fsdecode(os.fsencode(root) + b"/\xff\n.jpg")).write_bytes(b"1")
    assert fingerprint() != before


@pytest.fixture
def outside(root, tmp_path):
    """A folder with a file, and links to both in the dataset."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "1.jpg").write_bytes(b"1")
    (root / "folder").symlink_to(outside)
    (root / "file.jpg").symlink_to(outside / "1.jpg")
    return outside


def test_what_a_link_leads_to_counts_like_a_file_of_its_own(fingerprint, root, tmp_path, outside):
    linked = fingerprint()
    (outside / "1.jpg").write_bytes(b"2")
    assert fingerprint() != linked
    (outside / "1.jpg").write_bytes(b"1")
    assert fingerprint() == linked
    (root / "folder").unlink()
    (root / "file.jpg").unlink()
    (root / "folder").mkdir()
    for name in ("folder/1.jpg", "file.jpg"):
        (root / name).write_bytes(b"1")
    assert fingerprint() == linked


@pytest.mark.parametrize("links", ["inside", "refuse"])
def test_what_a_link_leads_to_does_not_count_where_it_is_not_followed(root, tmp_path, outside, links):
    found = Fingerprints(tmp_path / "memory").of(root, links)
    (outside / "1.jpg").write_bytes(b"2")
    assert Fingerprints(tmp_path / "memory").of(root, links) == found
    (root / "file.jpg").unlink()
    assert Fingerprints(tmp_path / "memory").of(root, links) != found


def test_ways_to_follow_links_are_remembered_apart(root, tmp_path, outside):
    fingerprints = Fingerprints(tmp_path / "memory")
    assert len({fingerprints.of(root, links) for links in ("follow", "inside", "refuse")}) == 3
    for links in ("follow", "inside", "refuse"):
        remembered = Fingerprints(tmp_path / "memory", look="never").of(root, links)
        assert remembered == fingerprints.of(root, links)


@pytest.mark.parametrize("how", ["rewritten", "replaced", "pointed elsewhere"])
def test_the_target_of_a_link_is_remembered_by_its_own_state(
    fingerprint, later, read, root, tmp_path, outside, how
):
    before = fingerprint()
    read.clear()
    assert fingerprint() == before
    assert read == []
    state = (outside / "1.jpg").stat()
    (tmp_path / "new").write_bytes(b"2")
    if how == "rewritten":
        (outside / "1.jpg").write_bytes(b"2")
    elif how == "replaced":
        (tmp_path / "new").replace(outside / "1.jpg")
    else:
        (root / "file.jpg").unlink()
        (root / "file.jpg").symlink_to(tmp_path / "new")
        os.utime(tmp_path / "new", ns=(state.st_atime_ns, state.st_mtime_ns))
    os.utime(outside / "1.jpg", ns=(state.st_atime_ns, state.st_mtime_ns))
    assert fingerprint() != before


def test_a_link_whose_target_comes_and_goes(fingerprint, later, root, tmp_path):
    (root / "link.jpg").symlink_to(tmp_path / "target")
    dangling = fingerprint()
    (tmp_path / "target").write_bytes(b"1")
    assert fingerprint() != dangling
    (tmp_path / "target").unlink()
    assert fingerprint() == dangling


def test_loops_and_pipes_are_not_read(fingerprint, later, read, root):
    os.mkfifo(root / "a/pipe.jpg")
    (root / "a/loop").symlink_to(root)
    (root / "b/other").symlink_to("../a")
    (root / "a/back").symlink_to("../b")
    (root / "zero").symlink_to("/dev/zero")
    (root / "itself").symlink_to("itself")
    before = fingerprint()
    assert fingerprint() == before
    (root / "a/pipe.jpg").unlink()
    assert fingerprint() != before


@pytest.mark.parametrize("name", ["._1.jpg", ".DS_Store", "Thumbs.db", "@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg"])
def test_a_folder_that_somebody_looked_at_is_the_same(fingerprint, root, name):
    before = fingerprint()
    (root / "a" / name).parent.mkdir(parents=True, exist_ok=True)
    (root / "a" / name).write_bytes(b"companion")
    assert fingerprint() == before


def test_a_folder_of_companion_files_is_empty(tmp_path):
    (tmp_path / "viewed").mkdir()
    (tmp_path / "viewed/.DS_Store").write_bytes(b"companion")
    with pytest.raises(ConfigError, match="viewed is empty"):
        folder_fingerprint(tmp_path / "viewed", tmp_path / "memory")


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_missing_or_empty_folder_is_refused(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=name):
        folder_fingerprint(tmp_path / name, tmp_path / "memory")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_named(fingerprint, root):
    (root / "a/1.jpg").chmod(0)
    with pytest.raises(DataError, match=r"a/1.jpg cannot be read \(Permission denied\)"):
        fingerprint()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_listed_is_named(fingerprint, root):
    (root / "a").chmod(0)
    with pytest.raises(DataError, match=r"root/a/? cannot be listed: Permission denied"):
        fingerprint()
    (root / "a").chmod(0o700)


@pytest.fixture
def remembered(root, tmp_path):
    """Fingerprints of a folder that changed since it was looked at, by how they look."""
    place = tmp_path / "memory"
    before = Fingerprints(place).of(root)
    (root / "new.jpg").write_bytes(b"new")
    return before, lambda look: Fingerprints(place, look=look)


def test_a_job_takes_the_fingerprint_of_the_run_that_started_it(remembered, root):
    before, fingerprints = remembered
    assert fingerprints("if unknown").of(root) == fingerprints("never").of(root) == before
    assert fingerprints("always").of(root) != before


def test_what_was_never_looked_at(remembered, root, tmp_path):
    _, fingerprints = remembered
    other = root / "a"
    with pytest.raises(ConfigError, match="was never inspected"):
        fingerprints("never").of(other)
    assert fingerprints("if unknown").of(other) == fingerprints("always").of(other)


def test_folders_of_one_name_are_remembered_apart(root, tmp_path):
    found = Fingerprints(tmp_path / "memory")
    (root / "b/a").mkdir()
    (root / "b/a/9.jpg").write_bytes(b"9")
    assert found.place(root / "a") != found.place(root / "b/a")
    assert found.of(root / "a") != found.of(root / "b/a")


def test_a_folder_that_changes_while_it_is_read_is_refused(remembered, root, tmp_path):
    before, fingerprints = remembered
    with pytest.raises(DataError, match="changed since this run was planned; run again"):
        check_unchanged(root, before, fingerprints("always"))
    (root / "new.jpg").unlink()
    check_unchanged(root, before, fingerprints("always"))


@pytest.mark.long
def test_200_000_unchanged_files_are_recognised_in_five_seconds(tmp_path, later):
    root = tmp_path / "root"
    for person in range(2000):
        folder = root / f"{person:04d}"
        folder.mkdir(parents=True)
        for image in range(100):
            (folder / f"{image:02d}.jpg").touch()
    before = folder_fingerprint(root, tmp_path / "memory")
    start = time.process_time()
    assert folder_fingerprint(root, tmp_path / "memory") == before
    assert time.process_time() - start < 5
    shutil.rmtree(root)


def test_a_name_that_looks_like_a_seal_is_only_not_remembered(fingerprint, root, later, read, caplog):
    (root / f"bauta-sha256:{'0' * 64}.jpg").write_bytes(b"x")
    found = fingerprint()
    assert "is not remembered" in caplog.text
    read.clear()
    assert fingerprint() == found


@pytest.mark.parametrize("root", [".", "", "cache", "cache/fingerprints", "..", "link", "far", "images/.."])
def test_a_folder_that_holds_the_memory_is_refused(tmp_path, monkeypatch, root):
    here = tmp_path / "here"
    (here / "images").mkdir(parents=True)
    (here / "images/1.jpg").write_bytes(b"1")
    (tmp_path / "far/cache").mkdir(parents=True)
    (here / "cache").symlink_to(tmp_path / "far/cache")
    (here / "link").symlink_to(here)
    (here / "far").symlink_to(tmp_path / "far")
    monkeypatch.chdir(here)
    for look in ("always", "if unknown"):
        with pytest.raises(ConfigError, match="holds cache/fingerprints, where bauta writes") as error:
            Fingerprints(look=look).of(Path(root))
        assert "\n" not in str(error.value)
    assert Fingerprints().of(Path("images")) == Fingerprints(here / "other/memory").of(here / "images")
