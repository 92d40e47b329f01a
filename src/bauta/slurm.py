"""The Slurm jobs of this folder: what they do, and how to go on after Snakemake was killed.

    python -m bauta.slurm status     what is running or waiting, and for what
    python -m bauta.slurm resume     cancel what a killed Snakemake left behind, wait, unlock, go on

A Snakemake that was killed leaves its jobs in Slurm and does not find them again; a second one would submit
them a second time. All jobs of a run have its id as their name, and Snakemake's log has the id.
"""

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from bauta.errors import BautaError

LOGS = Path(".snakemake/log")
RUN_ID = re.compile(r"^SLURM run ID: ([\w-]+)$", re.MULTILINE)
SNAKEMAKE = (sys.executable, "-m", "snakemake", "--profile", "slurm")

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
"""Reasons of a waiting job that time alone does not end."""

FORMAT = "%i|%T|%M|%r|%k"


class SlurmError(BautaError, RuntimeError):
    """Slurm does not answer, or it is not safe to go on."""


@dataclass(frozen=True)
class Job:
    """A job that Slurm has not finished with.

    Attributes:
        number: Slurm's id of it.
        state: As `squeue` writes it.
        elapsed: How long it has been running.
        reason: Why it waits, "None" where it does not.
        what: Rule and wildcards.
    """

    number: str
    state: str
    elapsed: str
    reason: str
    what: str

    @property
    def waits_for_ever(self) -> bool:
        """Whether somebody has to do something before it can run."""
        return self.state == "PENDING" and self.reason in NEVER


def run_ids(folder: Path) -> list[str]:
    """Ids of the runs on Slurm that Snakemake's logs in a folder tell of."""
    logs = sorted((folder / LOGS).glob("*.log"))
    texts = (log.read_text(encoding="utf-8", errors="replace") for log in logs)
    return [name for text in texts for name in RUN_ID.findall(text)]


def unfinished(names: Sequence[str]) -> list[Job]:
    """The jobs of runs that Slurm has not finished with.

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
        pause: Seconds between two looks.

    Returns:
        How many there were.

    Raises:
        SlurmError: Slurm does not answer, or jobs are still there when the patience is over.
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
                f"{left[0].state}): is their node down? `scontrol show job {left[0].number}` tells; "
                "begin again when they are gone"
            )
        time.sleep(pause)
        left = unfinished(names)
    return found


def running_here(folder: Path) -> int | None:
    """Process id of a Snakemake that works in a folder on this machine, if there is one."""
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
    """Go on with a run whose Snakemake was killed.

    Args:
        folder: Where it was called.
        arguments: What Snakemake is called with besides `--profile slurm`.
        patience: Seconds to wait for the end of jobs.

    Returns:
        Snakemake's exit code.

    Raises:
        SlurmError: Snakemake is still running there, or Slurm's jobs do not end.
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
    return subprocess.run([*SNAKEMAKE, *arguments], cwd=folder, check=False).returncode  # noqa: S603


def _configuration(arguments: Sequence[str]) -> list[str]:
    """The option that names the configuration, which unlocking needs as well."""
    words = list(arguments)
    for option in ("--configfile", "--configfiles"):
        if option in words:
            return words[words.index(option) : words.index(option) + 2]
    return [word for word in words if word.startswith(("--configfile=", "--configfiles="))]


def table(jobs: Iterable[Job]) -> str:
    """One line for each job, those that wait for ever last, with a word on what to do."""
    jobs = list(jobs)
    if not jobs:
        return "no job of this folder is in Slurm"
    lines = [
        f"{job.number:>10}  {job.state:<10} {job.elapsed:>11}  {job.reason:<20} {job.what}" for job in jobs
    ]
    stuck = [job.number for job in jobs if job.waits_for_ever]
    if stuck:
        lines.append(
            f"waiting for what does not come by itself: {', '.join(stuck)}; cancel them with "
            f"`scancel {' '.join(stuck)}`, Snakemake then reports them, and change slurm/config.yaml"
        )
    return "\n".join(lines)


def _slurm(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603
    except FileNotFoundError:
        raise SlurmError(f"{command[0]} is not there: is this a login node of the cluster?") from None
    except subprocess.TimeoutExpired:
        raise SlurmError(f"{command[0]} has not answered for 120 s: is slurmctld running?") from None
    except subprocess.CalledProcessError as error:
        raise SlurmError(f"{' '.join(command)} failed: {error.stderr.strip()}") from None
    return done.stdout


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bauta.slurm", description="The Slurm jobs of this folder."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status", help="what is running or waiting")
    going_on = commands.add_parser("resume", help="cancel what a killed Snakemake left, wait, unlock, go on")
    going_on.add_argument("--patience", type=float, default=600, help="seconds to wait for the end of jobs")
    given, rest = parser.parse_known_args(arguments)
    if given.command == "status" and rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        if given.command == "resume":
            return resume(Path(), rest, patience=given.patience)
        _say(table(unfinished(run_ids(Path()))))
    except SlurmError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
