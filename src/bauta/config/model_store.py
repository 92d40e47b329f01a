"""The model store of a configuration, and the section of the file that describes it.

Jobs read this section alone: the models of the whole file take a fifth of a second to import.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from bauta.config.section import Place, Section
from bauta.config.wording import one_line
from bauta.errors import ConfigError
from bauta.models.pins import Pins
from bauta.models.store import FOLDER_VARIABLE, ModelStore, user_cache


class Models(Section):
    """Where model files come from and which licences are accepted."""

    dir: Place | None = Field(None, description="folder that is searched first; null uses BAUTA_MODELS")
    download: bool = Field(True, description="download missing files")
    lock: Place = Field(
        "models.lock.yaml", min_length=1, description="file that pins the models without a published hash"
    )
    accept: list[Literal["permissive", "research"]] = Field(
        ["permissive", "research"], min_length=1, description="licence classes that may be used"
    )


def model_store(models: Models) -> ModelStore:
    """Create the store of the section `models`, whose `dir` takes precedence over `BAUTA_MODELS`."""
    folder = models.dir or os.environ.get(FOLDER_VARIABLE)
    return ModelStore(
        folder=Path(folder) if folder else None,
        cache=user_cache(),
        download=models.download,
        accept=tuple(models.accept),
        pins=Pins(Path(models.lock)),
    )


def configured_models(config: Mapping[str, Any], *, fetch: bool = False) -> ModelStore:
    """Create the store of a raw configuration.

    For scripts, which get it from `snakemake.config` instead of `params`, because the location of files does
    not affect results and must not rerun anything.

    Args:
        config: The configuration as read by Snakemake.
        fetch: Whether missing files may be downloaded now. Only the rule `fetch_model` downloads, and it runs
            where Snakemake was called, because the nodes of a cluster may have no network.

    Raises:
        ConfigError: the section `models` is wrong.
    """
    try:
        models = Models.model_validate(config.get("models", {}))
    except ValidationError as error:
        first = error.errors()[0]
        named = {**first, "loc": ("models", *first["loc"])}
        raise ConfigError(f"config: {one_line(named)}") from None
    return replace(model_store(models), fetch=fetch)
