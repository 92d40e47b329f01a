"""`bauta run --watch`: a run, and a page that shows its report while it fills."""

import shutil
import signal
import subprocess
from collections.abc import Sequence

import typer

from bauta.cli.options import configured_plan
from bauta.cli.snakemake_command import configured_by, names
from bauta.errors import ConfigError
from bauta.workflow.live.results import LiveResults
from bauta.workflow.live.server import serving

ELSEWHERE = ("--directory", "-d")

UNTIL_PARENT_DIES = ("setpriv", "--pdeathsig", "TERM")
"""Linux ends what it starts as soon as this process is gone, also if that was killed (util-linux 2.33)."""


def run_watched(command: Sequence[str], arguments: Sequence[str], port: int) -> int:
    """Run a command of Snakemake with the page beside it, and return its exit status.

    The status of a command that a signal ended is 128 and the signal's number, as in a shell.

    Ctrl-C reaches both processes; Snakemake decides how to stop, and this one waits for it. If this one is
    killed, Snakemake is told to stop, where the system can do that.

    Args:
        command: The command.
        arguments: The user's part of it.
        port: Port of the page; 0 stands for any that is free.

    Raises:
        ConfigError: the configuration cannot be read, the run is in another folder, or the port is in use.
    """
    if names(arguments, ELSEWHERE):
        raise ConfigError(
            f"--watch: {ELSEWHERE[0]} is not supported; change to the folder of the run instead"
        )
    files, values = configured_by(command)
    plan = configured_plan(files or None, values)
    with serving(LiveResults(plan), port) as address:
        typer.echo(f"The report while it fills, for you on this machine only: {address}", err=True)
        process = subprocess.Popen([*_ending_with_this_process(), *command])  # noqa: S603 - this Python
        ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
        stopped = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            status = process.wait()
        finally:
            signal.signal(signal.SIGINT, ignored)
            signal.signal(signal.SIGTERM, stopped)
    return status if status >= 0 else 128 - status


def _ending_with_this_process() -> tuple[str, ...]:
    """The command in front of another one that must not outlive this process; nothing if there is none."""
    if shutil.which(UNTIL_PARENT_DIES[0]) is None:
        return ()
    works = subprocess.run([*UNTIL_PARENT_DIES, "true"], capture_output=True, check=False)  # noqa: S603
    return UNTIL_PARENT_DIES if works.returncode == 0 else ()
