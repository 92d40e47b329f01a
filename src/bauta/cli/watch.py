"""`bauta run --watch`: a run, and a page that shows its report while it fills."""

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import typer

from bauta.cli.options import configured_plan
from bauta.cli.snakemake_command import CONFIGURES, names, words_of
from bauta.errors import ConfigError
from bauta.workflow.live.results import LiveResults
from bauta.workflow.live.server import serving

VALUES, ELSEWHERE = ("--config", "-C"), ("--directory", "-d")


def run_watched(command: Sequence[str], arguments: Sequence[str], port: int) -> int:
    """Run a command of Snakemake with the page beside it, and return its exit status.

    The status of a command that a signal ended is 128 and the signal's number, as in a shell.

    Ctrl-C reaches both processes; Snakemake decides how to stop, and this one waits for it.

    Args:
        command: The command.
        arguments: The user's part of it, which may name the configuration.
        port: Port of the page; 0 stands for any that is free.

    Raises:
        ConfigError: the configuration cannot be read, the run is in another folder, or the port is in use.
    """
    if names(arguments, ELSEWHERE):
        raise ConfigError(
            f"--watch: {ELSEWHERE[0]} is not supported; change to the folder of the run instead"
        )
    files = [Path(name) for name in words_of(arguments, CONFIGURES)]
    plan = configured_plan(files or None, words_of(arguments, VALUES))
    with serving(LiveResults(plan), port) as address:
        typer.echo(f"The report while it fills, for you on this machine only: {address}", err=True)
        process = subprocess.Popen(command)  # noqa: S603 - this Python
        ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
        stopped = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            status = process.wait()
        finally:
            signal.signal(signal.SIGINT, ignored)
            signal.signal(signal.SIGTERM, stopped)
    return status if status >= 0 else 128 - status
