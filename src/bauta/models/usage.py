"""Hashes of the model files that an implementation loads, which are part of the keys of its results."""

from collections.abc import Iterable

from bauta.models.store import ModelStore

UNPINNED = "unpinned"


def hashes_of(names: Iterable[str], models: ModelStore) -> dict[str, str]:
    """Return the SHA-256 of model files by name; `UNPINNED` if not known yet."""
    return {name: models.sha256(name) or UNPINNED for name in names}
