"""What differs between two runs before they start: configuration, code, packages, model files."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bauta.frontier.comparison.run import ComparedRun

NOT_SET = "not set"

PARTS = {
    "configuration": ("config",),
    "code of bauta": ("code",),
    "model file": ("models",),
    "package": ("versions",),
    "platform": ("platform",),
    "commit": ("git",),
}
"""Part → where the provenance of a run has it."""

PLURALS = {
    "configuration": "keys of the configuration",
    "code of bauta": "versions of bauta's stages and methods",
    "model file": "model files",
    "package": "packages",
    "platform": "properties of the platform",
    "commit": "properties of the commit",
}
HASH = 12


@dataclass(frozen=True)
class Differing:
    """A property that differs: its part, its key, and both values as texts, `NOT_SET` where there is none."""

    part: str
    key: str
    a: str
    b: str


@dataclass(frozen=True)
class ConfigurationDifferences:
    """What differs, what is equal in one sentence, and what one run does not record."""

    differing: tuple[Differing, ...]
    same: str
    unknown: tuple[str, ...]


def compare_configurations(a: ComparedRun, b: ComparedRun) -> ConfigurationDifferences:
    """Compare all that two results record of how they were made; the names of runs do not count."""
    differing: list[Differing] = []
    same: dict[str, int] = {}
    unknown = []
    for part, where in PARTS.items():
        first, second = (dict(_flat(run.recorded(*where))) for run in (a, b))
        for one in (first, second):
            one.pop("run", None)
            one.pop("reason", None)
        lacking = [run.name for run, found in ((a, first), (b, second)) if not found]
        if lacking:
            unknown += [f"{' and '.join(lacking)} records no {PLURALS[part]}"] if first or second else []
            continue
        keys = list(dict.fromkeys([*first, *second]))
        for key in keys:
            left, right = first.get(key, NOT_SET), second.get(key, NOT_SET)
            if left != right:
                differing.append(Differing(part, key, left, right))
        same[part] = sum(first.get(key) == second.get(key) for key in keys)
    counted = [f"{number} {PLURALS[part]}" for part, number in same.items() if number]
    sentence = f"The same in both: {', '.join(counted)}." if counted else "Nothing is the same in both."
    return ConfigurationDifferences(tuple(differing), sentence, tuple(unknown))


def _flat(value: object, above: str = "") -> Iterator[tuple[str, str]]:
    """The leaves of a mapping with dotted keys, as texts; a list is a leaf, as its order means something."""
    if isinstance(value, Mapping) and (value or not above):
        for key, item in value.items():
            yield from _flat(item, f"{above}.{key}" if above else str(key))
    else:
        yield above, _text(value)


def _text(value: object) -> str:
    if isinstance(value, str):
        is_hash = len(value) in (40, 64) and set(value) <= set("0123456789abcdef")
        return f"{value[:HASH]}…" if is_hash else value
    return "null" if value is None else json.dumps(value, ensure_ascii=False)
