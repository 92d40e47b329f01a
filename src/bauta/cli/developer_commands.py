"""Commands for developers in a clone: `bauta versions`, `generate` and `envs`."""

from pathlib import Path
from typing import Annotated

import typer

Names = Annotated[
    list[str] | None, typer.Argument(help="Stages and implementations; all that have changed if omitted.")
]

versions = typer.Typer(help="Versions of the code behind the keys (in a clone).", invoke_without_command=True)


@versions.callback()
def show(context: typer.Context) -> None:
    """List what has changed since it was recorded, and exit with 1 if anything has."""
    if context.invoked_subcommand is not None:
        return
    from bauta.keys.source_hashes import sources
    from bauta.keys.versions import changed, read_record

    names = changed(read_record(), sources())
    for name in names:
        typer.echo(f"{name} has changed")
    raise typer.Exit(1 if names else 0)


@versions.command("raise")
def raise_versions(names: Names = None) -> None:
    """Record code that computes something else: its artifacts are recomputed."""
    _record(names, raised=True)


@versions.command("keep")
def keep_versions(names: Names = None) -> None:
    """Record code that computes the same as before."""
    _record(names, raised=False)


def _record(names: list[str] | None, *, raised: bool) -> None:
    from bauta.keys.versions import record

    for name, version in record(names or (), raised=raised).items():
        typer.echo(f"{name}: version {'removed' if version is None else version}")


def generate() -> None:
    """Write config.yaml, config/schema.json and the reference pages of docs/ (in a clone)."""
    from bauta.cli import document_columns, document_commands, document_configuration, document_models
    from bauta.config.generate import default_yaml, json_schema

    parts = (document_models, document_columns, document_configuration, document_commands)
    pages = {part.PAGE: part.page() for part in parts}
    _write({Path("config.yaml"): default_yaml(), Path("config/schema.json"): json_schema(), **pages})


def envs() -> None:
    """Write envs/, the software environments for clusters, from their lock (in a clone)."""
    from bauta.cli.environments import LOCK, environment_files

    _write(environment_files(LOCK.read_text(encoding="utf-8")))


def _write(texts: dict[Path, str]) -> None:
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(versions, name="versions")
    app.command()(generate)
    app.command()(envs)
