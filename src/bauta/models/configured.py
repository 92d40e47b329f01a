"""The model store that a configuration describes."""

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
    """The store of the section `models`; its `dir` comes before the environment's `BAUTA_MODELS`."""
    folder = models.dir or os.environ.get(FOLDER_VARIABLE)
    return ModelStore(
        folder=Path(folder) if folder else None,
        cache=user_cache(),
        download=models.download,
        accept=tuple(models.accept),
        pins=Pins(Path(models.lock)),
    )


def configured_models(config: Mapping[str, Any], *, fetch: bool = False) -> ModelStore:
    """The store of a raw configuration.

    For scripts, which have it from `snakemake.config` and not from `params`: where files lie changes nothing
    that is computed, and must rerun nothing.

    Args:
        config: The configuration as Snakemake has read it.
        fetch: Whether missing files may be downloaded now. Only the rule `fetch_model` does, which runs where
            Snakemake was called: the nodes of a cluster have no network.
    """
    return replace(model_store(parse_config(config).models), fetch=fetch)
