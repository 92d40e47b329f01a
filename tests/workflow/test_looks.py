"""How often Snakemake looks for jobs that it can start."""

import subprocess
import sys
import threading
import time
from types import SimpleNamespace

from snakemake.scheduling.job_scheduler import JobScheduler

from bauta.workflow.looks import NAME, one_look_at_a_time

JOBS = 40

WORKFLOW = f"""
from bauta.workflow.looks import one_look_at_a_time

onstart:
    one_look_at_a_time(workflow.scheduler)

rule all:
    input: expand("{{n}}.txt", n=range({JOBS}))

rule each:
    output: "{{n}}.txt"
    shell: "head -c 20000000 /dev/urandom | md5sum > {{output}}"
"""


def test_a_run_looks_once_a_job_and_once_a_second(tmp_path):
    (tmp_path / "Snakefile").write_text(WORKFLOW)
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "--verbose"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.monotonic() - begun
    assert len(list(tmp_path.glob("*.txt"))) == JOBS
    assert JOBS <= f"{done.stdout}{done.stderr}".count("\nReady jobs: ") <= JOBS + seconds + 1


class Scheduler:
    """The part of Snakemake's scheduler that sets timers."""

    def __init__(self):
        self._open_jobs = threading.Semaphore(0)
        self.timers = 0

    def _schedule_reevalutation(self, delay):
        self.timers += 1


def test_looks_that_are_due_later_wait_for_the_first(monkeypatch):
    begun = []
    monkeypatch.setattr(threading, "Timer", lambda delay, act: timer(begun, delay, act))
    scheduler = Scheduler()
    one_look_at_a_time(scheduler)
    for delay in (1000, 1000, 2000, 500, 600):
        scheduler._schedule_reevalutation(delay)
    assert [delay for delay, _ in begun] == [1000, 500]
    begun[0][1]()
    assert scheduler._open_jobs.acquire(blocking=False)
    assert scheduler.timers == 0


def timer(begun, delay, act):
    return SimpleNamespace(start=lambda: begun.append((delay, act)), daemon=False)


def test_the_next_look_is_set_when_one_is_over():
    scheduler = Scheduler()
    one_look_at_a_time(scheduler)
    for _ in range(3):
        scheduler._schedule_reevalutation(0.0)
        assert scheduler._open_jobs.acquire(timeout=60)


def test_snakemake_still_has_the_method():
    assert callable(getattr(JobScheduler, NAME))
    one_look_at_a_time(SimpleNamespace())
