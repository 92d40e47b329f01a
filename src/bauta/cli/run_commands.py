"""`bauta init`, `bauta run`, `bauta plan` and `bauta score`."""

import math
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bauta.cli.options import ANY, ConfigFiles, Overrides, configured_plan


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
    watch: Annotated[
        bool, typer.Option("--watch", help="Show the report while it fills, on a page of this machine only.")
    ] = False,
    port: Annotated[
        int, typer.Option("--watch-port", min=0, max=65535, help="Its port; 0 stands for any that is free.")
    ] = 0,
) -> None:
    """Run the workflow with Snakemake, on all cores by default.

    Every option and target of Snakemake is passed on: `bauta run -n`, `bauta run --profile slurm`,
    `bauta run models`. If the working directory has no Snakefile, that of the installed package is used.
    """
    from bauta.cli.snakemake_command import snakemake_command

    given = [*(arguments or ()), *context.args]
    command = snakemake_command(given)
    if watch:
        from bauta.cli.watch import run_watched

        raise typer.Exit(run_watched(command, given, port))
    sys.stdout.flush()
    # Snakemake replaces this process, so that signals reach it.
    os.execv(command[0], command)  # noqa: S606 - this Python


def _finite(images: float) -> float:
    """Refuse inf and nan, which are numbers for Python."""
    if not math.isfinite(images):
        raise typer.BadParameter(f"expected a number of images such as 1e6, got {images}")
    return images


def plan(
    images: Annotated[
        float,
        typer.Option(
            metavar="N",
            min=1,
            callback=_finite,
            help="Images of each dataset, such as 1e6.",
            show_default=False,
        ),
    ],
    gpus: Annotated[
        int, typer.Option(metavar="G", min=0, help="GPUs; with 0, networks compute on the CPU.")
    ] = 0,
    cores: Annotated[
        int | None,
        typer.Option(metavar="C", min=1, help="Cores; those of this machine by default.", show_default=False),
    ] = None,
    configfile: ConfigFiles = None,
    config: Overrides = None,
) -> None:
    """Show the hours and bytes of each stage for N images, from what earlier jobs have taken on this machine.

    Where no job like one of the run has been measured in this folder, a cell is empty, and a line says why.
    """
    from bauta.cli.forecast import forecast_lines

    for line in forecast_lines(
        configured_plan(configfile, config), _given(configfile, config), round(images), gpus, cores
    ):
        typer.echo(line)


def _given(files: list[Path] | None, overrides: list[str] | None) -> list[str]:
    """The options of Snakemake that select a configuration."""
    words = ["--configfile", *map(str, files)] if files else []
    return words + (["--config", *overrides] if overrides else [])


def score(
    originals: Annotated[
        Path,
        typer.Argument(metavar="ORIGINALS", help="Folder of the originals, with one folder for each person."),
    ],
    anonymized: Annotated[
        Path,
        typer.Argument(
            metavar="ANONYMIZED",
            help="Folder of the anonymized pictures, with the same relative paths, any suffix and any scale. "
            "'out/{setting}', in quotes, scores each folder in out.",
        ),
    ],
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="CSV file with the columns path and expression.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the results; a second call continues.")
    ] = Path("score"),
    cores: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Cores to use; all by default.", show_default=False),
    ] = None,
    suffix: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="What the program adds to names before the dot, such as _anonymized.",
            show_default=False,
        ),
    ] = "",
    subject_level: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            max=9,
            help="Level of the folder below ORIGINALS that names the person, 0 if none does.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would run.")] = False,
) -> None:
    """Score pictures that another program anonymized, without a configuration.

    DIR gets frontier.csv, report.html and everything else that `bauta run` writes, with the row `external`.
    """
    from bauta.cli.score import Scored
    from bauta.cli.score import score as scored
    from bauta.io import layout

    what = Scored(originals, anonymized, labels, suffix, subject_level)
    given = [*(["--dry-run"] if dry_run else []), *([] if cores is None else ["--cores", str(cores)])]
    code = scored(what, out, given)
    if code != 0:
        sys.exit(f"error: the run did not finish (exit status {code}); see above, and call the same again")
    if not dry_run:
        typer.echo(f"{out / layout.REPORT} and {out / layout.TABLE} hold the results")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(init)
    app.command(context_settings=ANY)(run)
    app.command()(plan)
    app.command()(score)
