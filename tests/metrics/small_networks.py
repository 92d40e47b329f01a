"""A registry of files that a test has made."""

import hashlib

from bauta.models.card import InputContract, ModelCard
from bauta.models.store import ModelStore


def store_with(registry, folder, **files):
    """A store that finds the named files and takes their hashes for the expected ones."""
    for name, path in files.items():
        content = path.read_bytes()
        registry[name] = ModelCard(
            file=path.name,
            sha256=hashlib.sha256(content).hexdigest(),
            bytes=len(content),
            licence="none",
            research_only=False,
            source="https://example.org",
            input=InputContract(size=None, channels="rgb", range="x", alignment="none"),
        )
    return ModelStore(folder, folder / "cache")
