"""Runs of Snakemake that are watched, killed and compared."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
from projects import Project

from bauta.cache.at_work import HEARTBEATS
from bauta.cache.users import USERS

FIRST_JOB_S = 600
FORKS = "multiprocessing.forkserver"


@dataclass(frozen=True)
class Run:
    """A Snakemake in a session of its own; only processes that it started are ever killed."""

    process: subprocess.Popen
    output: Path

    @classmethod
    def start(cls, project: Project, *arguments: str) -> "Run":
        output = project.folder / "output.txt"
        with output.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
                cwd=project.folder,
                env=project.environment(),
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(process, output)

    def jobs(self) -> list[psutil.Process]:
        """Its jobs that run now."""
        try:
            children = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [child for child in children if _is_job(child)]

    def ends_within(self, seconds: float) -> bool:
        """Wait; whether it has ended."""
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def has_a_job(self) -> bool:
        """Wait for its first job; whether there is one before it ends."""
        for _ in range(FIRST_JOB_S * 10):
            if self.jobs():
                return True
            if self.ends_within(0.1):
                return False
        raise TimeoutError(f"no job in {FIRST_JOB_S} s")

    def said(self) -> str:
        """What it has written to its terminal."""
        return self.output.read_text()


def _is_job(process: psutil.Process) -> bool:
    """Whether it is a Python of its own for a script, or forked from the process that has the imports."""
    try:
        words, parent = process.cmdline(), process.parent()
        forked = parent is not None and FORKS in " ".join(words) and FORKS in " ".join(parent.cmdline())
        return forked or any(".snakemake/scripts/" in word for word in words)
    except psutil.Error:
        return False


def content(folder, *names):
    """SHA-256 of every file below some folders, without the marks of Snakemake and of who uses the cache."""
    found = {}
    for name in names:
        for path in (folder / name).rglob("*"):
            passing = path.name == ".snakemake_timestamp" or {*path.parts} & {USERS, HEARTBEATS}
            if path.is_file() and not passing:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found[path.relative_to(folder).as_posix()] = digest
    return found


def differences(one, other):
    """Names of the files that two contents do not have alike."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
