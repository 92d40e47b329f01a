"""The model store of a configuration."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bauta.config.load import parse_config
from bauta.config.models import Models
from bauta.models.pins import Pins
from bauta.models.store import FOLDER_VARIABLE, ModelStore, user_cache


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
    """
    return replace(model_store(parse_config(config).models), fetch=fetch)
