"""`snakemake verify` and the way back from what it finds."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from projects import make_project
from runs import content, differences

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def copied(finished, tmp_path_factory):
    """The finished run, in a folder in which things may be broken."""
    project = make_project(tmp_path_factory.mktemp("copied"))
    for name in ("cache", "data", "results", ".snakemake", "config.yaml"):
        copy(finished.folder / name, project.folder / name)
    return project


def copy(source, target):
    shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)


def test_an_intact_cache_passes(copied):
    assert "0 damaged" in copied.snakemake("verify").stdout


def test_what_is_damaged_is_named_and_the_commands_make_it_again(copied, finished):
    crops = next(copied.folder.glob("cache/synthfaces/mtcnn-*/crops.zarr"))
    embeddings = next(copied.folder.glob("cache/synthfaces/mtcnn-*/embeddings/*/blur/*.zarr"))
    alignment = next(copied.folder.glob("cache/synthfaces/mtcnn-*/alignment.parquet"))
    shard = next((crops / "images/c").rglob("0"))
    while shard.is_dir():
        shard = next(shard.iterdir())
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    next(path for path in (embeddings / "vectors/c").rglob("*") if path.is_file()).unlink()
    alignment.write_bytes(alignment.read_bytes()[:-20])
    done = copied.snakemake("verify", check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    names = {str(path.relative_to(copied.folder)) for path in (crops, embeddings, alignment)}
    lines = [line.strip() for line in done.stdout.splitlines()]
    remove, again = (
        next(line.removeprefix(start) for line in lines if line.startswith(start))
        for start in ("to recompute them: ", "then: ")
    )
    assert set(shlex.split(remove)[2:]) == names
    intact = content(finished.folder, "cache")
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in (remove, again):
        subprocess.run(
            ["bash", "-c", command],
            cwd=copied.folder,
            env=copied.environment() | {"PATH": programs},
            check=True,
            capture_output=True,
        )
    assert not differences(content(copied.folder, "cache"), intact)
    assert "0 damaged" in copied.snakemake("verify").stdout


def test_a_store_of_another_setting_is_refused_by_the_job_that_reads_it(copied):
    """Trap 31: the identity's faces in the place of blur's, with the key beside them."""
    anonymized = next(copied.folder.glob("cache/synthfaces/mtcnn-*/anonymized"))
    places = ("identity/default-*.zarr", "blur/kernel=7+region=crop-*.zarr")
    identity, blur = (next(anonymized.glob(place)) for place in places)
    shutil.rmtree(blur)
    shutil.copytree(identity, blur)
    shutil.copy2(identity.with_suffix(".key.json"), blur.with_suffix(".key.json"))
    (measured,) = copied.folder.glob("results/tiny/measurements/synthfaces/coverage-*/blur/*.json")
    measured.unlink()
    done = copied.snakemake(str(measured.relative_to(copied.folder)), check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    expected, got = (path.relative_to(copied.folder) for path in (blur, identity))
    assert f"error: {expected} is not what its path says (expected {expected}, got {got})" in done.stdout
    assert not measured.exists()
    report = copied.snakemake("verify", check=False).stdout
    assert f"damaged: {expected}: " in report
    assert f"damaged: {expected.with_suffix('.key.json')}: " in report
