"""A backend by name, with its model files where it has some."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bauta.anonymize import ANONYMIZERS, TRAINED_ANONYMIZERS
from bauta.anonymize.settings import SETTINGS
from bauta.contract import CropContract
from bauta.errors import ModelError
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
    """Make a backend.

    Args:
        backend: Name in `ANONYMIZERS`.
        options: Of its setting.
        contract: Geometry of the crops.
        models: Where its files are found.
        trained: Folder of the weights of one that the workflow trains.

    Raises:
        UnknownNameError: there is no such backend.
        ModelError: a file is missing, is not the one that is expected, or holds another network.
    """
    make, setting = ANONYMIZERS.load(backend), SETTINGS[backend](**options)
    if backend in TRAINED_ANONYMIZERS:
        if trained is None:
            raise ModelError(f"{backend}: expected the folder of its trained weights, got none")
        return make(setting, contract, trained)
    return make(setting, contract, models) if setting.models else make(setting, contract)
