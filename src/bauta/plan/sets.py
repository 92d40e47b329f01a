"""The anonymized sets of a dataset."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bauta.keys import Key


@dataclass(frozen=True)
class AnonymizedSet:
    """One backend at one setting.

    Attributes:
        backend: Name of the anonymizer.
        name: The setting, such as `kernel=11`.
        options: What the backend is made with.
        key: Of the anonymized store.
    """

    backend: str
    name: str
    options: dict[str, Any]
    key: Key

    @cached_property
    def setting(self) -> str:
        """The setting with the digest of its key, as it stands in paths."""
        return f"{self.name}-{self.key.digest}"

    @property
    def label(self) -> str:
        """Backend and setting as a reader names them."""
        return f"{self.backend} {self.name}" if self.options else self.backend
