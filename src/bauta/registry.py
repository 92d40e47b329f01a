"""Registries: a name, and where its implementation is; nothing is imported before it is asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from bauta.errors import UnknownNameError


def nearest(name: str, known: list[str]) -> str:
    """A clause that names the nearest known name, or all of them."""
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"expected one of: {', '.join(known)}"


@dataclass(frozen=True)
class Registry(Mapping[str, str]):
    """Implementations of one protocol.

    Attributes:
        kind: What is registered, for messages ("detector").
        targets: Name to `module:attribute`.
    """

    kind: str
    targets: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """`module:attribute` of a name; `UnknownNameError` names the nearest one."""
        if name not in self.targets:
            raise UnknownNameError(f"unknown {self.kind} '{name}': {nearest(name, list(self.targets))}")
        return self.targets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.targets)

    def __len__(self) -> int:
        return len(self.targets)

    def load(self, name: str) -> Any:
        """Import and return the implementation of a name."""
        module, attribute = self[name].split(":")
        return getattr(import_module(module), attribute)
