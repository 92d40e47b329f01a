"""Content keys: a cached artifact's path identifies all that produced it, so its mtime is irrelevant."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bauta.io.seal import write_sealed
from bauta.keys.versions import VERSIONS


@dataclass(frozen=True)
class Key:
    """Everything that determines the content of an artifact.

    Attributes:
        stage: Name of a stage in `versions.json`.
        config: The part of the configuration that the stage uses.
        parents: Keys of the artifacts that it is computed from.
        models: Name → SHA-256 of the model files that it uses.
        implementation: The detector, recognizer, … that computes it, a name in `versions.json` such as
            `detect/mtcnn`.
    """

    stage: str
    config: Mapping[str, Any]
    parents: tuple["Key", ...] = ()
    models: Mapping[str, str] | None = None
    implementation: str | None = None

    def describe(self) -> dict[str, Any]:
        """Return the JSON values that are hashed; they are written beside the artifact as `key.json`."""
        code = [name for name in (self.stage, self.implementation) if name is not None]
        return {
            "stage": self.stage,
            "versions": {name: VERSIONS[name] for name in code},
            "config": dict(self.config),
            "models": dict(self.models or {}),
            "parents": [{"stage": parent.stage, "digest": parent.digest} for parent in self.parents],
        }

    @cached_property
    def digest(self) -> str:
        """The first eight hex digits of the SHA-256 of the description."""
        text = json.dumps(self.describe(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:8]


def write_key(path: Path | str, description: Mapping[str, Any]) -> None:
    """Write a key's description."""
    write_sealed(path, description)


@contextmanager
def describing(path: Path | str | None, description: Mapping[str, Any]) -> Iterator[None]:
    """Write an artifact's key before the block that computes it: a present artifact counts as complete.

    It is written again after the block, because another run that started the same job may have removed it.

    Args:
        path: The key's file; None if the key of another artifact describes this one.
        description: `Key.describe()`.
    """
    if path is not None:
        write_key(path, description)
    yield
    if path is not None:
        write_key(path, description)
