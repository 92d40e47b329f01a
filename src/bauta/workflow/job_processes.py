"""Processes for the scripts of jobs that begin with everything imported, in place of a new Python for each.

Snakemake runs a script with `python`, which takes half a second until its first own line: the start of
Python, NumPy, Zarr, ONNX Runtime. In a run on one machine, the jobs of one thread are forked from a process
that has imported these (`multiprocessing`'s fork server); what a job does, and what Snakemake sees of it, is
the same. A job with several threads, an environment or a container of its own starts as Snakemake starts it.

Such a job says itself what it used. Snakemake would read the memory map of each twice a second, which takes
a twentieth of a run, and finds no time at all in a job of half a second.
"""

import ctypes
import logging
import multiprocessing
import os
import resource
import runpy
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from bauta.workflow import preloaded

log = logging.getLogger(__name__)

FRESH = "BAUTA_FRESH_PROCESSES"
"""Environment variable: if it is set, each job starts a Python of its own."""

TEMPORARY = ("TMPDIR", "TMP", "TEMPDIR", "TEMP")
"""What Snakemake sets to a job's folder for temporary files."""

MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes of a unit of `getrusage`'s largest resident set."""

PR_SET_PDEATHSIG = 1
"""Option of Linux's prctl(2): the signal that a process gets when the one that forked it dies."""

FEW = 8
"""Jobs; the imports take about as long as those of four of them."""


class NotForkedError(Exception):
    """The process that others are forked from was killed, or the file of its socket is gone."""


@dataclass(frozen=True)
class JobProcesses:
    """Runs scripts in processes forked from one that has imported what they need.

    Attributes:
        scripts: The paths of the scripts whose imports are shared.
    """

    scripts: Sequence[str]
    _context: ForkServerContext = field(default_factory=lambda: multiprocessing.get_context("forkserver"))
    _bookkeeping: threading.Lock = field(default_factory=threading.Lock)
    """Held for `start` and `join`, which both look after all processes of this one."""

    def prepare(self) -> None:
        """Start the process that the others are forked from; it imports while this one goes on."""
        from multiprocessing.forkserver import ensure_running  # noqa: PLC0415

        self._context.set_forkserver_preload([preloaded.__name__])
        os.environ[preloaded.SCRIPTS] = os.pathsep.join(self.scripts)
        try:
            ensure_running()
        finally:
            del os.environ[preloaded.SCRIPTS]

    def run(self, script: str, temporary: str | None = None) -> "Used":
        """Run a script to its end.

        Args:
            script: Its path.
            temporary: The folder for its temporary files, if it is another than this process's.

        Returns:
            What it used.

        Raises:
            CalledProcessError: As of a `python` that failed or was killed.
            NotForkedError: The script was not begun.
        """
        # A fork server that was killed is started again without its imports, and so without these.
        environment = {**preloaded.ONE_THREAD, **(dict.fromkeys(TEMPORARY, temporary) if temporary else {})}
        reader, writer = self._context.Pipe(duplex=False)
        started = time.monotonic()
        with reader:
            process = self._context.Process(target=run_script, args=(script, environment, writer))
            with writer, self._bookkeeping:
                try:
                    process.start()
                except (EOFError, OSError) as error:
                    raise NotForkedError(f"{type(error).__name__}: {error}") from error
            connection.wait([process.sentinel])
            with self._bookkeeping:
                process.join()
            if process.exitcode:
                raise CalledProcessError(process.exitcode, f"{sys.executable} {script}")
            return replace(reader.recv(), seconds=time.monotonic() - started)


@dataclass(frozen=True)
class Used:
    """What a process used.

    Attributes:
        cpu_seconds: User and system time, of its own children, too.
        memory_mb: Largest resident set of any of them, in MiB.
        seconds: From its start to its end.
    """

    cpu_seconds: float
    memory_mb: float
    seconds: float = 0.0

    @classmethod
    def so_far(cls) -> "Used":
        """By this process."""
        both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return cls(
            cpu_seconds=sum(each.ru_utime + each.ru_stime for each in both),
            memory_mb=max(each.ru_maxrss for each in both) * MAXRSS_UNIT / 2**20,
        )

    def enter(self, record: Any) -> None:
        """Enter it into a `BenchmarkRecord` of Snakemake, which leaves out what is None."""
        record.data_collected = True
        record.running_time = self.seconds
        record.cpu_time = self.cpu_seconds
        record.cpu_usage = 100 * self.cpu_seconds
        record.max_rss = self.memory_mb


def run_script(script: str, environment: Mapping[str, str], used: connection.Connection) -> None:
    """Run a script as `python` does, in this process, and send what it used."""
    end_with_parent()
    os.environ.update(environment)
    tempfile.tempdir = None
    sys.argv = [script]
    sys.path.insert(0, str(Path(script).parent))
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        used.send(Used.so_far())


def end_with_parent() -> None:
    """On Linux, let this process be terminated with the one that forked it.

    Snakemake takes a job whose fork server was killed for failed. Without this, it would go on to write.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def scripts_of_many(jobs: Iterable[Any]) -> list[str]:
    """The paths of the scripts that several of Snakemake's jobs run with one thread."""
    # A script is given relative to the file of its rule, which may be in an installed package.
    sources = [job.rule.basedir.join(job.rule.script) for job in jobs if job.rule.script and job.threads == 1]
    counts = Counter(str(source.get_path_or_uri(secret_free=True)) for source in sources)
    return sorted(os.path.normpath(path) for path, number in counts.items() if number > 1)


def share_imports(scripts: Any, workflow: Any, jobs: Sequence[Any]) -> None:
    """Let the jobs of a run on this machine be forked from a process that has imported what they share.

    Args:
        scripts: Snakemake's class `PythonScript`, whose method `execute_script` starts Python.
        workflow: Snakemake's workflow object.
        jobs: Snakemake's jobs that will run; for a few it is not worth it.
    """
    told_not_to = FRESH in os.environ or workflow.execution_settings.debug
    if told_not_to or not workflow.local_exec or len(jobs) < FEW:
        return
    as_snakemake_does = scripts.execute_script
    processes = JobProcesses(scripts_of_many(jobs))
    try:
        processes.prepare()
    except OSError as error:
        # Its socket is in the temporary folder, whose path may be too long for one, or which may be full.
        log.warning("each job starts a Python of its own: %s: %s", tempfile.gettempdir(), error)
        return

    def execute_script(self: Any, fname: str, edit: bool = False) -> None:
        own = (self.conda_env, self.container_img, self.env_modules, self.shadow_dir)
        if edit or self.threads != 1 or any(own):
            as_snakemake_does(self, fname, edit)
            return
        try:
            used = processes.run(fname, self.resources.get("tmpdir"))
        except NotForkedError as error:
            log.warning("this job starts a Python of its own, as none can be forked: %s", error)
            as_snakemake_does(self, fname, edit)
            return
        if self.bench_record is not None:
            used.enter(self.bench_record)

    scripts.execute_script = execute_script
