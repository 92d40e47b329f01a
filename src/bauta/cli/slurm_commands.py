"""`bauta slurm`: the Slurm jobs of this folder."""

from pathlib import Path
from typing import Annotated

import typer

from bauta.cli.options import ANY

slurm = typer.Typer(help="The Slurm jobs of this folder.", no_args_is_help=True)


@slurm.command()
def status() -> None:
    """List the running and waiting jobs, and the reasons for waiting."""
    from bauta.cli.slurm import run_ids, table, unfinished

    typer.echo(table(unfinished(run_ids(Path()))))


@slurm.command(context_settings=ANY)
def resume(
    context: typer.Context,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[SNAKEMAKE ARGUMENTS]...", help="Passed on unchanged.")
    ] = None,
    patience: Annotated[float, typer.Option(help="Seconds to wait for jobs to end.")] = 600,
) -> None:
    """Cancel the jobs that a killed Snakemake left behind, wait, unlock and resume.

    Snakemake's options and targets are passed on.
    """
    from bauta.cli.slurm import resume as go_on

    raise typer.Exit(go_on(Path(), [*(arguments or ()), *context.args], patience=patience))


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(slurm, name="slurm")
