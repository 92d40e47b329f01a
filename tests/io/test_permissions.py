"""What the workflow writes is closed to others, and to the group unless the cache's folder is shared."""

import os
import stat
from pathlib import Path

import pytest

from bauta.errors import DataError
from bauta.io.permissions import keep_private, make_private, open_to_others


@pytest.fixture(autouse=True)
def kept_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def make(path: Path) -> int:
    path.mkdir(parents=True, exist_ok=True)
    (path / "file").write_text("")
    return stat.S_IMODE((path / "file").stat().st_mode)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_without_a_shared_folder_only_the_owner_gets_in(tmp_path):
    for name in (".snakemake", ".dvc"):
        (tmp_path / name).mkdir(mode=0o755)
    (tmp_path / "cache").mkdir(mode=0o755)
    keep_private(tmp_path)
    assert make(tmp_path / "cache" / "orl") == 0o600
    assert mode(tmp_path / "cache" / "orl") == 0o700
    assert make(tmp_path / "results") == 0o600
    assert mode(tmp_path / ".snakemake") == 0o700
    assert mode(tmp_path / ".dvc") == 0o700


def test_the_folders_of_a_new_clone_are_closed_and_those_in_use_left_alone(tmp_path):
    for name in ("data", "cache", "results"):
        (tmp_path / name).mkdir(mode=0o755)
        (tmp_path / name / "README.md").write_text("")
    (tmp_path / "data/orl").mkdir()
    keep_private(tmp_path)
    assert [mode(tmp_path / name) for name in ("data", "cache", "results")] == [0o755, 0o700, 0o700]


def test_nothing_is_made_where_nothing_is_shared(tmp_path):
    keep_private(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_group_shares_the_cache_and_nothing_else(tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o2770)
    keep_private(tmp_path)
    assert make(tmp_path / "cache" / "orl") == 0o660
    assert mode(tmp_path / "cache" / "orl") & 0o777 == 0o770
    for name in ("results", "logs", ".snakemake"):
        assert mode(tmp_path / name) == 0o700


def test_results_can_be_shared_as_well(tmp_path):
    for name in ("cache", "results"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o2770)
    keep_private(tmp_path)
    assert mode(tmp_path / "results") == 0o2770


def test_folders_that_others_can_look_into_are_named(tmp_path):
    for name, bits in (("cache", 0o755), ("results", 0o700), ("logs", 0o2770)):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(bits)
    folders = [tmp_path / name for name in ("cache", "results", "logs", "absent")]
    assert open_to_others(folders) == [tmp_path / "cache"]


def test_a_private_folder_is_closed_even_if_it_was_open(tmp_path):
    folder = tmp_path / "unprocessed"
    folder.mkdir(mode=0o755)
    make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "review").symlink_to("elsewhere")
    with pytest.raises(DataError, match="remove the link"):
        make_private(tmp_path / "review")
