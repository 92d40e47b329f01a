"""Model files: `bauta models`, `check` and `convert`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bauta.cli.options import ConfigFiles, Overrides, configured_plan

if TYPE_CHECKING:
    from bauta.models.store import ModelStore

Model = Annotated[str, typer.Argument(help="Name of the model, such as ganonymization_25.")]
Folder = Annotated[
    str | None,
    typer.Option("--models", help="Folder of model files; otherwise BAUTA_MODELS, then the cache."),
]
Lock = Annotated[str, typer.Option(help="File that pins hashes.")]
Download = Annotated[bool, typer.Option("--download", help="Fetch an official file that is missing.")]
LOCK = "models.lock.yaml"

models = typer.Typer(help="Model files: terms, locations, fetching.", invoke_without_command=True)


@models.callback()
def listed(context: typer.Context) -> None:
    """List every model file with its terms and its location on this machine."""
    if context.invoked_subcommand is not None:
        return
    from bauta.cli.model_list import model_lines

    store = _store(None, LOCK, download=False)
    for line in model_lines(store):
        typer.echo(line)


@models.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models; all that the configuration needs if omitted.")
    ] = None,
    configfile: ConfigFiles = None,
    config: Overrides = None,
) -> None:
    """Find or download model files and check them, for nodes without a network."""
    plan = configured_plan(configfile, config)
    for name in names or plan.model_names:
        typer.echo(f"{name}: {plan.models.path(name)}")


def check(
    model: Model,
    models: Folder = None,
    lock: Lock = LOCK,
    download: Download = False,
    sheet: Annotated[str | None, typer.Option(help="PNG to write; <model>.png by default.")] = None,
    size: Annotated[
        Literal["256", "512"] | None,
        typer.Option(
            help="Side of the input of GANonymization's network; 512 by default, as in the official command."
        ),
    ] = None,
) -> None:
    """Check a generator's file: convert it, print its hash and tensors, load it, and write a sample sheet."""
    from bauta.cli.check_model import check as checked

    store = _store(models, lock, download=download)
    pixels = None if size is None else int(size)
    for line in checked(model, store, sheet or f"{model}.png", size=pixels):
        typer.echo(line)


def convert(model: Model, models: Folder = None, lock: Lock = LOCK, download: Download = False) -> None:
    """Convert an official checkpoint to a file of tensors, in a process without network access."""
    from bauta.models.convert import convert as converted

    typer.echo(converted(model, _store(models, lock, download=download)))


def _store(folder: str | None, lock: str, *, download: bool) -> "ModelStore":
    from bauta.models.pins import Pins
    from bauta.models.store import FOLDER_VARIABLE, ModelStore, user_cache

    place = folder or os.environ.get(FOLDER_VARIABLE)
    return ModelStore(
        folder=Path(place) if place else None,
        cache=user_cache(),
        download=download,
        pins=Pins(Path(lock)),
    )


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(models, name="models")
    app.command()(check)
    app.command()(convert)
