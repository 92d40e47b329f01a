"""Content keys: a cached artifact's path names everything that made it, so its mtime decides nothing."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STAGE_VERSIONS: Mapping[str, int] = {
    "render": 1,
    "index": 1,
    "split": 1,
    "crop": 1,
    "landmarks": 1,
    "parse": 1,
    "anonymize": 1,
    "embed": 1,
    "train_teacher": 1,
    "train_anonymizer": 1,
    "express": 1,
}
"""Raise a stage's version when its code computes something else: its old artifacts then no longer match."""


@dataclass(frozen=True)
class Key:
    """What makes an artifact what it is.

    Attributes:
        stage: A name of `STAGE_VERSIONS`.
        config: The stage's part of the configuration.
        parents: Keys of the artifacts that it is made from.
        models: Name → SHA-256 of the model files that it uses.
    """

    stage: str
    config: Mapping[str, Any]
    parents: tuple["Key", ...] = ()
    models: Mapping[str, str] | None = None

    def describe(self) -> dict[str, Any]:
        """JSON values that go into the hash; written beside the artifact as `key.json`."""
        return {
            "stage": self.stage,
            "version": STAGE_VERSIONS[self.stage],
            "config": dict(self.config),
            "models": dict(self.models or {}),
            "parents": {parent.stage: parent.digest for parent in self.parents},
        }

    @property
    def digest(self) -> str:
        """The first eight hex digits of the SHA-256 of the description."""
        text = json.dumps(self.describe(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:8]


def write_key(path: Path | str, description: Mapping[str, Any]) -> None:
    """Write a key's description."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(description, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
