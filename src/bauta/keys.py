"""Content keys: a cached artifact's path names everything that made it, so its mtime decides nothing."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bauta.files import write_text
from bauta.versions import VERSIONS


@dataclass(frozen=True)
class Key:
    """What makes an artifact what it is.

    Attributes:
        stage: A stage of `versions.json`.
        config: The stage's part of the configuration.
        parents: Keys of the artifacts that it is made from.
        models: Name → SHA-256 of the model files that it uses.
        implementation: The detector, recognizer, … that makes it, a name of `versions.json` such as
            `detect/mtcnn`.
    """

    stage: str
    config: Mapping[str, Any]
    parents: tuple["Key", ...] = ()
    models: Mapping[str, str] | None = None
    implementation: str | None = None

    def describe(self) -> dict[str, Any]:
        """JSON values that go into the hash; written beside the artifact as `key.json`."""
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
    write_text(path, json.dumps(description, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


@contextmanager
def describing(path: Path | str | None, description: Mapping[str, Any]) -> Iterator[None]:
    """Write an artifact's key before the block that makes it, since what is there counts as whole.

    It is written again after the block: another run that began the same job may have taken it away.

    Args:
        path: The key's file; None where the key of another artifact describes this one.
        description: `Key.describe()`.
    """
    if path is not None:
        write_key(path, description)
    yield
    if path is not None:
        write_key(path, description)
