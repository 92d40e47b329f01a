"""Disks that are full or read-only, and a job that meets one."""

import errno
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from bauta.errors import DiskError
from bauta.io.atomic import write_text
from bauta.io.tables import ALIGNMENT, write_table
from bauta.keys.key import write_key
from bauta.measurement import Measurement
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.workflow.job import job

ROWS = 60
SPECS = {"images": ArraySpec((128, 128, 3), "uint8")}


@pytest.fixture
def disk(tmp_path):
    """A function that mounts a disk of some mebibytes; what it mounts is taken away again."""
    mounted = []

    def mount(size: int) -> Path:
        folder = tmp_path / "disk"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"needs the right to mount: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def write_store(path):
    """Three mebibytes that cannot be compressed, in shards of one."""
    images = np.random.default_rng(0).integers(0, 256, (ROWS, 128, 128, 3), dtype=np.uint8)
    with StoreWriter(path, SPECS, [str(row) for row in range(ROWS)]) as writer:
        for start in range(writer.resume(5), ROWS, 5):
            writer.append(images=images[start : start + 5])


def table():
    numbers = np.random.default_rng(0).random((20000, 6))
    rows = [
        {"face_id": str(row), "image_id": "i", "matrix": values, "status": "ok"}
        for row, values in enumerate(numbers.tolist())
    ]
    return pa.Table.from_pylist(rows, schema=ALIGNMENT)


WRITERS = {
    "store": ("x.zarr", write_store),
    "table": ("x.parquet", lambda path: write_table(table(), path, ALIGNMENT)),
    "text": ("x.csv", lambda path: write_text(path, "0123456789" * 200_000)),
    "key": ("key.json", lambda path: write_key(path, {"config": "0123456789" * 200_000})),
    "measurement": (
        "x.json",
        lambda path: Measurement(
            kind="attack", dataset="d", backend="b", setting="s", values={}, notes=["0123456789" * 200_000]
        ).write(path),
    ),
}


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr("bauta.store.spec.SHARD_BYTES", 2**20)


@pytest.mark.parametrize("what", WRITERS)
def test_a_full_disk_is_one_line_and_leaves_nothing_half(disk, what):
    name, write = WRITERS[what]
    folder = disk(1)
    with pytest.raises(
        DiskError, match=rf"{name} cannot be written \(No space left.*\): free space"
    ) as caught:
        write(folder / name)
    assert "\n" not in str(caught.value)
    assert not (folder / name).exists()


@pytest.mark.parametrize("what", WRITERS)
def test_a_read_only_disk_is_one_line(disk, what):
    name, write = WRITERS[what]
    folder = disk(8)
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    with pytest.raises(
        DiskError, match=rf"{name} cannot be written \(Read-only file system\): make the folder"
    ):
        write(folder / name)


def test_after_space_was_made_a_store_goes_on(disk):
    folder = disk(2)
    with pytest.raises(DiskError):
        write_store(folder / "x.zarr")
    assert list(folder.glob("x.zarr.partial-*"))
    subprocess.run(["mount", "-o", "remount,size=16m", str(folder)], check=True)
    write_store(folder / "x.zarr")
    Store.open(folder / "x.zarr").verify()
    assert [path.name for path in folder.iterdir()] == ["x.zarr"]


def test_a_limit_of_the_size_of_files(tmp_path):
    """Without any right: the system's own refusal of a write, not a made-up one."""
    program = (
        "import resource, sys; sys.path.insert(0, sys.argv[2]);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "from bauta.io.atomic import write_text; write_text(sys.argv[1], 'x' * 10000)"
    )
    path = tmp_path / "x.csv"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path), str(Path(__file__).parents[2] / "src")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"DiskError: {path} cannot be written (File too large): raise the file size limit" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.fixture
def quiet_logging():
    """`job` takes the root logger; it is given back."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    logging.captureWarnings(capture=False)


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, "free space on that disk"), (errno.EROFS, "make the folder writable")],
)
def test_a_job_ends_with_one_line_whoever_met_the_disk(tmp_path, quiet_logging, number, remedy):
    """As a package that downloads, or one that draws."""
    log = tmp_path / "logs" / "x.log"
    with pytest.raises(SystemExit) as ended, job(str(log)):
        raise OSError(number, os.strerror(number), "/somewhere/part")
    assert str(ended.value.code).startswith(f"error: /somewhere/part: {os.strerror(number)}: {remedy}")
    assert "Traceback" not in log.read_text()


def test_a_defect_keeps_its_traceback(tmp_path, quiet_logging):
    log = tmp_path / "logs" / "x.log"
    with pytest.raises(FileNotFoundError), job(str(log)):
        Path(tmp_path / "nothing").read_text()
    assert "Traceback" in log.read_text()
