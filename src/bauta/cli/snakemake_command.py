"""The Snakemake command line of `bauta run`."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bauta.errors import ConfigError
from bauta.io.workflow_files import snakefile_for

HOW_MANY = ("--cores", "-c", "--jobs", "-j", "--profile")
"""Options that limit how much runs at once, or name a profile that does."""

WHICH = ("--snakefile", "-s")

OWN_OUTPUT = "-v"
OWN_CONSOLE = ("--logger-bauta-console", "snakemake")
"""What `-v` stands for; Snakemake's own `-v` shows its version, as does `--version`."""

CONFIGURES, VALUES = ("--configfile", "--configfiles"), ("--config", "-C")

SNAKEMAKE = ("-m", "snakemake")

ASK = (
    "import json, sys; from snakemake.cli import parse_args; found = parse_args(sys.argv[1:])[1]; "
    "print(json.dumps([[str(file) for file in found.configfile or ()], list(found.config or ())]))"
)
"""Lets Snakemake say which configuration its options name, together with those of its profiles."""


def snakemake_command(arguments: Sequence[str]) -> list[str]:
    """Return the command that runs Snakemake on all cores with the Snakefile for the working directory.

    Args:
        arguments: Options and targets of Snakemake, which override both; `-v` turns Snakemake's own console
            on.

    Raises:
        ConfigError: a configuration file does not exist; Snakemake itself would print a traceback.
    """
    if not names(arguments, ("--directory", "-d")):
        _check_files(arguments)
    command = [sys.executable, *SNAKEMAKE]
    if not names(arguments, WHICH):
        command += ["--snakefile", str(snakefile_for(Path.cwd()))]
    if not names(arguments, HOW_MANY):
        command += ["--cores", "all"]
    for argument in arguments:
        command += OWN_CONSOLE if argument == OWN_OUTPUT else (argument,)
    return command


def configured_by(command: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Return the files and the values that configure a run, by its options or else by its profiles.

    Snakemake is asked, as only it knows where profiles lie and which of them counts. Where it cannot read its
    options, which it says when it runs, those of the command line are returned.

    Args:
        command: As `snakemake_command` makes it.
    """
    python, arguments = command[0], command[1 + len(SNAKEMAKE) :]
    asked = subprocess.run(  # noqa: S603 - this Python
        [python, "-c", ASK, *arguments], capture_output=True, text=True, check=False
    )
    if asked.returncode != 0:
        return [Path(name) for name in words_of(arguments, CONFIGURES)], words_of(arguments, VALUES)
    files, values = json.loads(asked.stdout.splitlines()[-1])
    return [Path(name) for name in files], values


def names(arguments: Sequence[str], options: Sequence[str]) -> bool:
    """Whether one of the options is given, including forms such as `--cores=4` or `-c4`."""
    for argument in arguments:
        name = argument.partition("=")[0] if argument.startswith("--") else argument[:2]
        if name in options:
            return True
    return False


def words_of(arguments: Sequence[str], options: Sequence[str]) -> list[str]:
    """The words given for one of several options: all up to the next option, or one after `=`."""
    found, named = [], False
    for argument in arguments:
        name, _, value = argument.partition("=")
        if argument.startswith("-"):
            named = name in options and not value
            found += [value] if name in options and value else []
        elif named:
            found.append(argument)
    return found


def _check_files(arguments: Sequence[str]) -> None:
    """Reject configuration files that do not exist."""
    for file in words_of(arguments, CONFIGURES):
        if not Path(file).is_file():
            raise ConfigError(f"{CONFIGURES[0]}: the file {file} does not exist")
