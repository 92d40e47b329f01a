"""`bauta compare`: two runs on one page."""

from pathlib import Path
from typing import Annotated

import typer

OF = "results/<run>, its file of metrics, or the folder of a `bauta score`."


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help=f"The first run: {OF}")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The second run, likewise.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder of the page; results/compare-A-B by default.", show_default=False
        ),
    ] = None,
) -> None:
    """Compare two finished runs: both frontiers, differences with intervals, what differs in the making.

    DIR gets compare.html, one page that loads nothing, and compare.csv.
    """
    from bauta.cli.compare import compare_runs

    for line in compare_runs(a, b, out):
        typer.echo(line)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)
