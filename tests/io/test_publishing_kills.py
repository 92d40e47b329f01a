"""`kill -9` between any two system calls of publishing: what is left is used or cleaned and blocks nobody."""

import shutil

import publishing
import pytest
from killing import Killer, content

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

OTHER = 100


def nothing(killer, folder):
    """Nothing is there yet."""


def killed_before(killer, folder):
    """A writer has been killed before, which has whole shards and rows beside them."""
    with pytest.raises(AssertionError):
        killer.run(publishing.write_store, folder, 0, 33)
    assert list(folder.glob("x.zarr.partial-*/progress.json"))


def replaced(write):
    """Another one is there already."""

    def before(killer, folder):
        killer.run(write, folder, OTHER)

    return before


CASES = [
    ("x.zarr", publishing.write_store, nothing, 60),
    ("x.zarr", publishing.write_store, killed_before, 50),
    ("x.zarr", publishing.write_store, replaced(publishing.write_store), 30),
    ("x.zarr", publishing.write_store_in_two_steps, replaced(publishing.write_store), 30),
    ("x.parquet", publishing.write_a_table, nothing, 10),
    ("x.parquet", publishing.write_a_table, replaced(publishing.write_a_table), 10),
    ("x", publishing.write_a_folder, nothing, 15),
    ("x", publishing.write_a_folder, replaced(publishing.write_a_folder), 20),
    ("x", publishing.write_a_folder_in_two_steps, replaced(publishing.write_a_folder), 20),
]


@pytest.fixture(scope="module")
def killer():
    return Killer("publishing")


def chosen(calls, count):
    """Half of the kills in the last calls, which put the new one in place and clean up; the rest spread."""
    late = min(len(calls), count - count // 2)
    early = calls[: len(calls) - late]
    spread = {round(step * (len(early) - 1) / max(1, count // 2 - 1)) for step in range(count // 2)}
    return [early[index] for index in sorted(spread) if early] + calls[len(calls) - late :]


@pytest.mark.parametrize(
    ("name", "write", "before", "count"),
    CASES,
    ids=[f"{name}-{write.__name__}-{before.__name__}" for name, write, before, _ in CASES],
)
def test_a_kill_at_any_moment_of_publishing_changes_no_byte(killer, tmp_path, name, write, before, count):
    (tmp_path / "unkilled").mkdir()
    killer.run(write, tmp_path / "unkilled")
    expected = content(tmp_path / "unkilled")
    (tmp_path / "before").mkdir()
    before(killer, tmp_path / "before")
    shutil.copytree(tmp_path / "before", tmp_path / "counted")
    kills = chosen(killer.calls(write, tmp_path / "counted"), count)
    assert content(tmp_path / "counted") == expected
    assert len(kills) == count
    wrong = []
    for call, number in kills:
        folder = tmp_path / "x"
        shutil.copytree(tmp_path / "before", folder)
        assert killer.kill(call, number, write, folder), (call, number)
        there = (folder / name).exists()
        if there:
            publishing.read(folder / name)
        # Snakemake makes only what is not there.
        if not there or before is not nothing:
            killer.run(write, folder)
            again = content(folder) == expected
        else:
            again = content(folder / name) == content(tmp_path / "unkilled" / name)
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)
        else:
            (folder / name).unlink()
        killer.run(write, folder)
        if not again or content(folder) != expected:
            wrong.append((call, number, sorted(content(folder).keys() ^ expected.keys())))
        shutil.rmtree(folder)
    assert not wrong
