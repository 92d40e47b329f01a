"""The Slurm jobs of this folder: their state, and how to resume after Snakemake was killed.

    bauta slurm status     list the running and waiting jobs, and the reasons for waiting
    bauta slurm resume     cancel the jobs that a killed Snakemake left behind, wait, unlock, resume

A Snakemake that was killed leaves its jobs in Slurm and cannot find them again; a second one would submit
them again. All jobs of a run have its id as their name, and Snakemake's log contains the id.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from bauta.errors import BautaError
from bauta.io.workflow_files import snakefile_for

LOGS = Path(".snakemake/log")
RUN_ID = re.compile(r"^SLURM run ID: ([\w-]+)$", re.MULTILINE)
NEVER = frozenset(
    {
        "AccountNotAllowed",
        "AssocMaxWallDurationPerJobLimit",
        "BadConstraints",
        "DependencyNeverSatisfied",
        "InvalidAccount",
        "InvalidQOS",
        "JobHeldAdmin",
        "JobHeldUser",
        "JobHoldMaxRequeue",
        "PartitionNodeLimit",
        "PartitionTimeLimit",
        "QOSMaxWallDurationPerJobLimit",
        "launch failed requeued held",
    }
)
"""Reasons for waiting that do not resolve by themselves."""

FORMAT = "%i|%T|%M|%r|%k"


class SlurmError(BautaError, RuntimeError):
    """Slurm does not respond, or it is not safe to resume."""


@dataclass(frozen=True)
class Job:
    """An unfinished Slurm job.

    Attributes:
        number: Slurm's id of the job.
        state: Its state as shown by `squeue`.
        elapsed: How long it has been running.
        reason: Why it is waiting, "None" if it is not.
        what: Its rule and wildcards.
    """

    number: str
    state: str
    elapsed: str
    reason: str
    what: str

    @property
    def waits_for_ever(self) -> bool:
        """Whether a person must act before it can run."""
        return self.state == "PENDING" and self.reason in NEVER


def run_ids(folder: Path) -> list[str]:
    """Return the ids of the runs on Slurm that are recorded in Snakemake's logs in a folder."""
    logs = sorted((folder / LOGS).glob("*.log"))
    texts = (log.read_text(encoding="utf-8", errors="replace") for log in logs)
    return [name for text in texts for name in RUN_ID.findall(text)]


def unfinished(names: Sequence[str]) -> list[Job]:
    """Return the unfinished jobs of runs.

    Raises:
        SlurmError: `squeue` is missing or fails.
    """
    if not names:
        return []
    lines = _slurm("squeue", "--noheader", f"--format={FORMAT}", f"--name={','.join(names)}").splitlines()
    return [Job(*line.split("|", 4)) for line in lines if line.strip()]


def cancel(names: Sequence[str], *, patience: float, pause: float = 1.0) -> int:
    """Cancel the jobs of runs and wait until the last of them has ended.

    Args:
        names: Ids of the runs.
        patience: Seconds to wait.
        pause: Seconds between two queries.

    Returns:
        The number of jobs that were cancelled.

    Raises:
        SlurmError: Slurm does not respond, or jobs remain after `patience` seconds.
    """
    left = unfinished(names)
    found = len(left)
    if left:
        _slurm("scancel", *(f"--name={name}" for name in names))
    end = time.monotonic() + patience
    while left:
        if time.monotonic() > end:
            raise SlurmError(
                f"{len(left)} jobs have not ended {patience:.0f} s after scancel ({left[0].number} is "
                f"{left[0].state}): is their node down? See `scontrol show job {left[0].number}`, "
                "and run the command again when they have ended"
            )
        time.sleep(pause)
        left = unfinished(names)
    return found


def running_here(folder: Path) -> int | None:
    """Return the process id of a Snakemake that runs in a folder on this machine, or None."""
    for process in psutil.process_iter():
        try:
            words, place = process.cmdline(), process.cwd()
        except psutil.Error:
            continue
        called = [Path(word).name for word in words[:3]]
        if "snakemake" in called and "remote" not in words and Path(place) == folder.resolve():
            return process.pid
    return None


def resume(folder: Path, arguments: Sequence[str], *, patience: float) -> int:
    """Resume a run whose Snakemake was killed.

    Args:
        folder: The folder in which it was called.
        arguments: Arguments for Snakemake besides `--profile slurm`.
        patience: Seconds to wait for jobs to end.

    Returns:
        Snakemake's exit code.

    Raises:
        SlurmError: Snakemake is still running there, or its jobs do not end.
    """
    if (pid := running_here(folder)) is not None:
        raise SlurmError(
            f"Snakemake is still running in {folder.resolve()} (process {pid}): end it with Ctrl-C first"
        )
    count = cancel(run_ids(folder), patience=patience)
    _say(f"cancelled {count} jobs that Snakemake had left in Slurm")
    configured = _configuration(arguments)
    if _snakemake(folder, *configured, "--unlock") != 0:
        raise SlurmError(f"{folder.resolve()} could not be unlocked, see above")
    return _snakemake(folder, "--rerun-incomplete", *arguments)


def _snakemake(folder: Path, *arguments: str) -> int:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile_for(folder.resolve()))]
    command += ["--profile", "slurm", *arguments]
    return subprocess.run(command, cwd=folder, check=False).returncode  # noqa: S603


def _configuration(arguments: Sequence[str]) -> list[str]:
    """The option that names the configuration, which unlocking also needs."""
    words = list(arguments)
    for option in ("--configfile", "--configfiles"):
        if option in words:
            return words[words.index(option) : words.index(option) + 2]
    return [word for word in words if word.startswith(("--configfile=", "--configfiles="))]


def table(jobs: Iterable[Job]) -> str:
    """Format one line per job, followed by advice on jobs that wait forever."""
    jobs = list(jobs)
    if not jobs:
        return "no job of this folder is in Slurm"
    lines = [
        f"{job.number:>10}  {job.state:<10} {job.elapsed:>11}  {job.reason:<20} {job.what}" for job in jobs
    ]
    stuck = [job.number for job in jobs if job.waits_for_ever]
    if stuck:
        lines.append(
            f"waiting for something that does not resolve by itself: {', '.join(stuck)}; cancel them with "
            f"`scancel {' '.join(stuck)}`, Snakemake then reports them, and change slurm/config.yaml"
        )
    return "\n".join(lines)


def _slurm(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603
    except FileNotFoundError:
        raise SlurmError(f"{command[0]} is not there: is this a login node of the cluster?") from None
    except subprocess.TimeoutExpired:
        raise SlurmError(f"{command[0]} has not responded for 120 s: is slurmctld running?") from None
    except subprocess.CalledProcessError as error:
        raise SlurmError(f"{' '.join(command)} failed: {error.stderr.strip()}") from None
    return done.stdout


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
