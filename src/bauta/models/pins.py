"""Hashes of models without a published hash: recorded at first use, and required from then on."""

import logging
from dataclasses import dataclass
from pathlib import Path

import yaml
from filelock import FileLock

from bauta.errors import ModelError
from bauta.io.atomic import naming, write_text
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
        """Return the expected hash of a model's file: the published one, else the pinned one, else None."""
        return card.sha256 or self._read().get(name)

    def origin(self, name: str, card: ModelCard) -> str:
        """Return the source of the expected hash and the remedy for a mismatch, for a message."""
        if card.sha256 is not None or self.path is None or name not in self._read():
            return "which is published: delete the file and get it again"
        return (
            f"which was pinned in {self.path} when the model was first used here: delete the file and get it "
            f"again or, if it is the right one, remove the line '{name}' from {self.path} and run again"
        )

    def pin(self, name: str, card: ModelCard, sha256: str) -> None:
        """Record the hash of a model without a published one, and log it.

        Raises:
            ModelError: another process has pinned another file in the meantime.
            DiskError: the lock file cannot be written.
        """
        if self.path is None or card.sha256 is not None or self._read().get(name) == sha256:
            return
        with naming(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Without the lock, a pin that another process writes in the meantime would be lost.
            with FileLock(self.path.with_name(f".{self.path.name}.lock")):
                self._add(self.path, name, card, sha256)

    def _add(self, path: Path, name: str, card: ModelCard, sha256: str) -> None:
        pinned = self._read()
        if pinned.get(name, sha256) != sha256:
            raise ModelError(
                f"model '{name}': {card.file} has SHA-256 {sha256}, expected {pinned[name]}, "
                f"{self.origin(name, card)}"
            )
        if name in pinned:
            return
        write_text(path, HEADER + yaml.safe_dump({**pinned, name: sha256}, sort_keys=True))
        log.warning(
            "model '%s': no hash of %s is published; pinned SHA-256 %s in %s", name, card.file, sha256, path
        )

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
