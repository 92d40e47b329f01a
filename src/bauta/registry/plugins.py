"""Implementations that other distributions offer by entry points, and their versions."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, distribution, distributions, packages_distributions

from bauta.registry.card import module_file

PREFIX = "bauta."
"""Prefix of bauta's entry-point groups."""


@dataclass(frozen=True)
class Offer:
    """One entry point.

    Attributes:
        name: Name of the implementation in the configuration.
        target: `module:attribute` of the implementation, which has a card in the same module.
        distribution: Name and version of the distribution, such as `bauta-example 0.1.0`.
        version: Represents its code in content keys.
    """

    name: str
    target: str
    distribution: str
    version: str


@cache
def offers() -> Mapping[str, tuple[Offer, ...]]:
    """Return the entry points in the groups `bauta.…` of all installed distributions, by group.

    `importlib.metadata.entry_points` parses the file of every distribution and takes ten times as long.
    """
    found: dict[str, list[Offer]] = {}
    seen: set[str] = set()
    for each in distributions():
        if PREFIX not in (each.read_text("entry_points.txt") or ""):
            continue
        # The first distribution on the path is the one that is imported.
        if each.name in seen:
            continue
        seen.add(each.name)
        for point in each.entry_points:
            if point.group.startswith(PREFIX):
                offer = Offer(point.name, point.value, _described(each), _version(each, point.module))
                found.setdefault(point.group, []).append(offer)
    return {group: tuple(sorted(each, key=lambda one: one.name)) for group, each in found.items()}


@cache
def module_version(module: str) -> str:
    """Return what represents a module's code in content keys: its distribution, or a hash of its source.

    Raises:
        CardError: there is no such module.
    """
    names = packages_distributions().get(module.partition(".")[0], ())
    return _version(distribution(names[0]), module) if names else _source(module)


def _described(each: Distribution) -> str:
    return f"{each.name} {each.version}"


def _version(each: Distribution, module: str) -> str:
    """Version of a distribution; with the hash of the source if it is editable and can change at any time."""
    origin = json.loads(each.read_text("direct_url.json") or "{}")
    editable = origin.get("dir_info", {}).get("editable", False)
    return f"{_described(each)} {_source(module)}" if editable else _described(each)


def _source(module: str) -> str:
    return f"source {hashlib.sha256(module_file(module).read_bytes()).hexdigest()[:16]}"
