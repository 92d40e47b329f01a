"""`bauta init` and `bauta run`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bauta.cli.options import ANY


def init(folder: Annotated[Path, typer.Argument(help="A new or empty folder.")]) -> None:
    """Create a project: config.yaml, ready configurations, data/, profiles."""
    from bauta.cli.project import make_project

    make_project(folder)
    typer.echo(f"{folder} is ready: cd {folder} && bauta run")


def run(
    context: typer.Context,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[SNAKEMAKE ARGUMENTS]...", help="Passed on unchanged.")
    ] = None,
) -> None:
    """Run the workflow with Snakemake, on all cores by default.

    Every option and target of Snakemake is passed on: `bauta run -n`, `bauta run --profile slurm`,
    `bauta run models`. If the working directory has no Snakefile, that of the installed package is used.
    """
    from bauta.cli.snakemake_command import snakemake_command

    command = snakemake_command([*(arguments or ()), *context.args])
    sys.stdout.flush()
    # Snakemake replaces this process, so that signals reach it.
    os.execv(command[0], command)  # noqa: S606 - this Python


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(init)
    app.command(context_settings=ANY)(run)
