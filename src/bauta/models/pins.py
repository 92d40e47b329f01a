"""Hashes of models that nobody publishes one of: noted at first use, and demanded from then on."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

import yaml

from bauta.errors import ModelError
from bauta.models.card import ModelCard

log = logging.getLogger(__name__)

HEADER = "# SHA-256 of models without a published hash, as first used here. Keep it under version control.\n"


@dataclass(frozen=True)
class Pins:
    """The lock file, `models.lock` of the configuration.

    Attributes:
        path: The file; None keeps no record.
    """

    path: Path | None

    def expected(self, name: str, card: ModelCard) -> str | None:
        """The hash that a model's file must have: the published one, else the pinned one, else None."""
        return card.sha256 or self._read().get(name)

    def pin(self, name: str, card: ModelCard, sha256: str) -> None:
        """Note the hash of a model that has none, and say so."""
        if self.path is None or card.sha256 is not None:
            return
        pinned = self._read()
        if name in pinned:
            return
        log.warning(
            "model '%s': no hash of %s is published; pinned SHA-256 %s in %s",
            name,
            card.file,
            sha256,
            self.path,
        )
        text = yaml.safe_dump({**pinned, name: sha256}, sort_keys=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        partial.write_text(HEADER + text, encoding="utf-8")
        partial.replace(self.path)

    def _read(self) -> dict[str, str]:
        if self.path is None or not self.path.is_file():
            return {}
        try:
            pinned = yaml.safe_load(self.path.read_text(encoding="utf-8")) or {}
        except (OSError, yaml.YAMLError) as error:
            raise ModelError(f"{self.path} cannot be read ({error}): repair or delete it") from error
        if not isinstance(pinned, dict) or not all(isinstance(value, str) for value in pinned.values()):
            raise ModelError(f"{self.path}: expected a SHA-256 for each model: repair or delete it")
        return pinned
