"""`bauta deca`: what is kept of the parameters that a user's DECA has estimated."""

from pathlib import Path
from typing import Annotated

import typer


def deca(
    before: Annotated[Path, typer.Argument(help="Folder of DECA's files NAME.mat for the originals.")],
    after: Annotated[
        Path, typer.Argument(help="Folder of the files for the anonymized faces, of the same names.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Write the table there.", show_default=False)
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(
            metavar="REGEX",
            help="Person at the start of a name; without it, intervals take faces for independent.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
) -> None:
    """Compare FLAME's pose, jaw, expression and shape before and after, as your own DECA estimated them."""
    from bauta.cli.deca import compare_codes

    table = compare_codes(before, after, person=person, seed=seed)
    if out is not None:
        from bauta.io.atomic import write_text

        write_text(out, table)
    typer.echo(table, nl=False)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(deca)
