"""Whether the writer of something still runs: certain here, unknown elsewhere."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from bauta.io import workers
from bauta.io.leftovers import is_being_written, sweep
from bauta.io.workers import Worker, new_token


@pytest.fixture
def process():
    started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield started
    started.kill()
    started.wait()


def of(process):
    return Worker(Worker.this().place, process.pid, int(psutil.Process(process.pid).create_time()))


def test_a_process_is_known_by_the_names_that_it_gives():
    name = f".x.partial-{new_token()}.parquet"
    assert Worker.named_in(name) == Worker.this()
    assert Worker.named_in(name).runs is True
    assert new_token() != new_token()
    assert Worker.named_in("x.zarr.partial-0a1b2c3d") is None


def test_a_killed_process_is_dead_at_once_also_before_anybody_has_waited_for_it(process):
    worker = of(process)
    assert worker.runs is True
    process.kill()
    deadline = time.monotonic() + 30
    while worker.runs:
        assert time.monotonic() < deadline
    assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
    process.wait()
    assert worker.runs is False


def test_another_process_with_the_same_number_is_not_the_writer(process):
    worker = of(process)
    assert Worker(worker.place, worker.pid, worker.started - 100).runs is False


def test_of_another_machine_nobody_can_tell():
    assert Worker("00000000", os.getpid(), 1).runs is None


def test_a_process_of_another_user_that_is_hidden_is_not_dead(process, monkeypatch):
    def hidden(pid):
        raise psutil.NoSuchProcess(pid)

    worker = of(process)
    monkeypatch.setattr(workers.psutil, "Process", hidden)
    assert worker.runs is None
    process.kill()
    process.wait()
    assert worker.runs is False


def test_a_folder_is_swept_of_what_dead_processes_of_this_machine_left(tmp_path):
    dead, elsewhere = Worker(Worker.this().place, 2**22 - 1, 0).token(), Worker("00000000", 1, 1).token()
    (tmp_path / "b.zarr").mkdir()
    (tmp_path / "b.zarr/store.json").touch()
    gone = [
        f".x.partial-{dead}.parquet",
        f".teacher.partial-{dead}",
        f"a.zarr.partial-{dead}.removed",
        f"b.zarr.partial-{dead}",
    ]
    kept = [
        f".x.partial-{elsewhere}.parquet",
        f".x.partial-{new_token()}.parquet",
        ".x.partial-0a1b2c3d.parquet",
        f"a.zarr.partial-{dead}",
        "b.zarr",
    ]
    for name in [*gone, *kept]:
        (tmp_path / name).mkdir(exist_ok=True)
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)
    assert [is_being_written(tmp_path / name) for name in kept] == [False, True, False, False, False]
