import os

import pytest

from bauta.errors import ConfigError
from bauta.fingerprint import folder_fingerprint


@pytest.fixture
def root(tmp_path):
    for name in ("a/1.jpg", "a/2.jpg", "b/1.jpg"):
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "root"


@pytest.fixture
def fingerprint(root, tmp_path):
    return lambda: folder_fingerprint(root, tmp_path / "memory" / "fingerprint.json")


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


def test_an_unchanged_file_is_not_read_again(fingerprint, root, monkeypatch):
    before = fingerprint()
    monkeypatch.setattr("bauta.fingerprint._sha256", lambda path: pytest.fail(f"read {path}"))
    assert fingerprint() == before


def test_a_link_out_of_the_folder_is_not_followed(fingerprint, root, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(b"1")
    (root / "link").symlink_to(outside)
    before = fingerprint()
    (outside / "secret.jpg").write_bytes(b"2")
    assert fingerprint() == before


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_missing_or_empty_folder_is_refused(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=name):
        folder_fingerprint(tmp_path / name, tmp_path / "memory.json")
