"""`bauta export`: results in the formats of other programs."""

from pathlib import Path
from typing import Annotated

import typer

Results = Annotated[
    Path, typer.Argument(metavar="RESULTS", help="results/<run>, or the folder of a `bauta score`.")
]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="A new or empty folder.")]

export = typer.Typer(help="Results in the formats of other programs.", no_args_is_help=True)


@export.command()
def hifd(
    results: Results,
    out: Out,
    landmarks: Annotated[
        bool, typer.Option(help="Locate the landmarks of the anonymized faces, which a run does not do.")
    ] = True,
) -> None:
    """Write what was measured of each face as JSON for the package hifd 0.1.0.

    Embeddings are personal data like the faces that they are of: check who can read OUT.
    """
    from bauta.cli.export_hifd import export_hifd

    for line in export_hifd(results, out, landmarks=landmarks):
        typer.echo(line)


@export.command()
def croissant(
    results: Results,
    out: Out,
    name: Annotated[
        str, typer.Option(metavar="TEXT", help="Name under which it is published.")
    ] = "bauta-frontier",
    creator: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Who publishes it.", show_default=False)
    ] = None,
    license_: Annotated[
        str | None,
        typer.Option("--license", metavar="TEXT", help="Its terms, such as CC-BY-4.0.", show_default=False),
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where it is published.", show_default=False)
    ] = None,
) -> None:
    """Copy the tables of a run, without pictures, and describe them in metadata.json (Croissant 1.0)."""
    from bauta.cli.export_croissant import About, export_croissant

    typer.echo(export_croissant(results, out, About(name, creator, license_, url)))


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(export, name="export")
