"""Runs and jobs that are at work in a cache, on this machine and on others, and those that died there."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from bauta.cache import at_work as cache_work
from bauta.cache.at_work import CLEANING, HEARTBEATS, at_work, check_not_cleaned, cleaning
from bauta.errors import StoreError
from bauta.io.workers import Worker
from bauta.workflow.job import job

ELSEWHERE = Worker("00000000", 1, 1)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("cache").mkdir()
    return tmp_path / "cache"


def marks():
    return list(Path("cache").rglob(f"{HEARTBEATS}/*.json"))


def work_for_ever(started):
    with at_work("attack"):
        started.set()
        time.sleep(600)


@pytest.fixture
def worker():
    """A process that is at work here."""
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    process = context.Process(target=work_for_ever, args=(started,))
    process.start()
    started.wait()
    yield process
    process.kill()
    process.join()


def test_nothing_is_removed_while_somebody_is_at_work(worker):
    with (
        pytest.raises(
            StoreError, match=rf"nothing was removed: .* at work on .*attack, process {worker.pid}\)"
        ),
        cleaning(),
    ):
        pytest.fail("it must not begin")
    os.kill(worker.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while Worker.named_in(marks()[0].name).runs:
        assert time.monotonic() < deadline
    with cleaning():
        assert [mark.name[:5] for mark in marks()] == ["clean"]
    assert marks() == []


def test_a_job_is_at_work():
    with job("logs/attack.log"):
        (mark,) = marks()
        assert "logs/attack.log" in mark.read_text()
        with pytest.raises(StoreError, match="is at work"), cleaning():
            pytest.fail("it must not begin")
    assert marks() == []


def test_on_another_machine_a_quarter_of_an_hour_decides(cache):
    mark = cache / HEARTBEATS / f"work-{ELSEWHERE.token()}.json"
    mark.parent.mkdir()
    mark.write_text("{")
    with (
        pytest.raises(StoreError, match=r"process 1 is at work in this cache: .* dead after 15 minutes"),
        cleaning(),
    ):
        pytest.fail("it must not begin")
    os.utime(mark, (time.time() - 901,) * 2)
    with cleaning():
        assert not mark.exists()


def test_a_mark_is_touched_as_long_as_the_work_goes_on(monkeypatch):
    monkeypatch.setattr(cache_work, "BEAT_S", 0.02)
    with at_work("attack"):
        (mark,) = marks()
        os.utime(mark, (0, 0))
        deadline = time.monotonic() + 30
        while mark.stat().st_mtime < 1:
            assert time.monotonic() < deadline


def test_no_run_is_planned_while_something_is_removed(cache):
    check_not_cleaned()
    with at_work("attack"):
        check_not_cleaned()
    with cleaning(), pytest.raises(StoreError, match=rf"is at work .*\({CLEANING}, process {os.getpid()}\)"):
        check_not_cleaned()
    check_not_cleaned()
    mark = cache / HEARTBEATS / f"clean-{ELSEWHERE.token()}.json"
    mark.write_text("{}")
    with pytest.raises(StoreError, match="wait until it ends"):
        check_not_cleaned()
    os.utime(mark, (time.time() - 901,) * 2)
    check_not_cleaned()


def test_the_clock_of_the_file_system_decides_whether_one_that_cleans_has_died(cache, monkeypatch):
    """It may be twenty minutes behind that of this machine."""
    mark = cache / HEARTBEATS / f"clean-{ELSEWHERE.token()}.json"
    mark.parent.mkdir()
    mark.write_text("{}")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 1200)
    with pytest.raises(StoreError, match="wait until it ends"):
        check_not_cleaned()
    assert [left.name for left in marks()] == [mark.name]
    os.utime(mark, (real() - 901,) * 2)
    monkeypatch.setattr(time, "time", lambda: real() - 1200)
    check_not_cleaned()
    monkeypatch.setattr(cache_work, "write_text", refuse)
    with pytest.raises(StoreError, match="wait until it ends"):
        check_not_cleaned()


def refuse(path, text):
    raise cache_work.DiskError(f"{path} cannot be written")


def test_one_cleans_at_a_time():
    with cleaning(), pytest.raises(StoreError, match="is at work"), cleaning():
        pytest.fail("it must not begin")


def test_the_cache_of_a_dataset_that_is_a_link_is_marked_too(cache, tmp_path):
    (tmp_path / "other/cache/faces").mkdir(parents=True)
    (cache / "faces").symlink_to(tmp_path / "other/cache/faces")
    with at_work("attack"):
        assert len(marks()) + len(list((cache / "faces").glob(f"{HEARTBEATS}/*.json"))) == 2
        os.chdir(tmp_path / "other")
        with pytest.raises(StoreError, match="is at work"), cleaning():
            pytest.fail("it must not begin")
        os.chdir(tmp_path)


def test_a_cache_that_cannot_be_written_to_can_be_worked_in(monkeypatch):
    monkeypatch.setattr(cache_work, "write_text", refuse)
    with job("logs/attack.log"):
        assert marks() == []
