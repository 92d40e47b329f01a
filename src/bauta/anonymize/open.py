"""Opening a backend by name, with its model files if it has any."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bauta.anonymize import ANONYMIZERS, TRAINED_ANONYMIZERS
from bauta.anonymize.settings import SETTINGS
from bauta.contract import CropContract
from bauta.errors import ConfigError, ModelError
from bauta.models.store import ModelStore
from bauta.protocols import Anonymizer


def open_anonymizer(
    backend: str,
    options: Mapping[str, Any],
    contract: CropContract,
    models: ModelStore,
    *,
    trained: Path | str | None = None,
) -> Anonymizer:
    """Create a backend.

    Args:
        backend: Name in `ANONYMIZERS`.
        options: The options of its setting.
        contract: Geometry of the crops.
        models: Store that holds its files.
        trained: Folder of the weights of a backend that the workflow trains.

    Raises:
        UnknownNameError: the backend is unknown.
        ModelError: a file is missing, is not the expected one, or holds another network.
        ConfigError: it sees more than its setting declares, by which a run is planned and judged.
    """
    make, setting = ANONYMIZERS.load(backend), SETTINGS[backend](**options)
    if backend in TRAINED_ANONYMIZERS:
        if trained is None:
            raise ModelError(f"{backend}: expected the folder of its trained weights, got none")
        made: Anonymizer = make(setting, contract, trained, models)
    else:
        made = make(setting, contract, models) if setting.models else make(setting, contract)
    undeclared = sorted(made.sees - setting.sees)
    if undeclared:
        raise ConfigError(
            f"{backend}: it sees {undeclared[0]}, which its setting does not declare; add it to the "
            "setting's sees"
        )
    return made


def declared_outputs(backend: str, options: Mapping[str, Any]) -> int | None:
    """Return the largest number of different pictures that a backend declares to make; None if any.

    Raises:
        UnknownNameError: the backend is unknown.
    """
    return SETTINGS[backend](**options).outputs
