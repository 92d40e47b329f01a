"""Why a job would run: the difference between the key in its path and that of the artifact in its place.

An edit of the configuration changes keys, and keys are in paths, so all that Snakemake knows is that a file
is missing. The keys of earlier runs are kept in `.snakemake/`, so that the difference can be named.
"""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from bauta.errors import DiskError
from bauta.io.atomic import write_text
from bauta.io.keyed_names import DIGEST

RECORD = Path(".snakemake/bauta-plans.json")

KEPT = 20_000
"""At most this many keys are recorded, the newest."""

SHORT = 60
"""Longer values are not shown."""

IN_PATH = re.compile(rf"(?<=[-/])({DIGEST})(?=[./]|$)")
IN_NAME = re.compile(rf"-{DIGEST}$")


@dataclass(frozen=True)
class Reason:
    """A difference, or that there is nothing to compare with.

    Attributes:
        text: Such as `margin: 0.4 → 0.3`.
        stage: The stage whose part of the configuration is different; empty for other reasons.
    """

    text: str
    stage: str = ""


NEW = Reason("not made yet")
UNFINISHED = Reason("an earlier run did not finish it, or it was removed")
UNKNOWN = Reason("made from something else, by a run that recorded no keys")
INPUTS = Reason("its inputs are others")

PLAIN = frozenset({NEW, UNFINISHED, INPUTS})
"""What says nothing beside a difference."""


@dataclass(frozen=True)
class Record:
    """What earlier runs in this folder planned.

    Attributes:
        keys: Digest → description of every key.
        wanted: The files that the last run was about to make.
    """

    keys: Mapping[str, Any] = field(default_factory=dict)
    wanted: Collection[str] = ()

    @classmethod
    def read(cls) -> Self:
        """Read the record; empty if there is none, or it is damaged."""
        try:
            found = json.loads(RECORD.read_bytes())
            return cls(dict(found["keys"]), frozenset(found["wanted"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls()


def record_plan(keys: Mapping[str, Any], wanted: Iterable[str]) -> None:
    """Record a run that begins; on a disk that cannot be written, the next dry run explains less.

    Args:
        keys: Digest → description of the keys of its plan.
        wanted: The files that it is about to make.
    """
    before = Record.read().keys
    together = {**{digest: key for digest, key in before.items() if digest not in keys}, **keys}
    newest = dict(list(together.items())[-KEPT:])
    with suppress(DiskError, OSError):
        write_text(RECORD, json.dumps({"keys": newest, "wanted": sorted(wanted)}))


@dataclass(frozen=True)
class Present:
    """The artifacts that are there; a folder is read once.

    Attributes:
        names: Folder → what is left of a name without its digests → the names in the folder.
    """

    names: dict[str, dict[tuple[str, ...], list[str]]] = field(default_factory=dict)

    def in_place_of(self, path: str) -> str | None:
        """The newest artifact whose path has other digests."""
        found = [""]
        for part in Path(path).parts:
            rest = _without_digest(part)
            found = [
                f"{folder}{'/' if folder else ''}{name}"
                for folder in found
                for name in ([part] if len(rest) == 1 else self._like(folder, rest))
            ]
        others = [one for one in map(Path, found) if str(one) != path and one.exists()]
        return str(max(others, key=lambda one: one.lstat().st_mtime)) if others else None

    def _like(self, folder: str, rest: tuple[str, ...]) -> list[str]:
        if folder not in self.names:
            names = self.names[folder] = defaultdict(list)
            with suppress(OSError):
                for one in Path(folder).iterdir():
                    names[_without_digest(one.name)].append(one.name)
        return self.names[folder].get(rest, [])


def _without_digest(name: str) -> tuple[str, ...]:
    """What is before, between and behind the digests in the name of a file."""
    return tuple(IN_PATH.split(f"/{name}")[::2])


@dataclass(frozen=True)
class Why:
    """Compares what a plan makes with what is there.

    Attributes:
        now: Digest → description of the keys of the plan.
        before: What earlier runs planned.
    """

    now: Mapping[str, Any]
    before: Record
    _present: Present = field(default_factory=Present)

    def of(self, path: str) -> set[Reason]:
        """Why the artifact at a path is made; empty if only artifacts that it is made from are different."""
        if path in self.before.wanted:
            return {UNFINISHED}
        there = self._present.in_place_of(path) if IN_PATH.search(path) else None
        if there is None:
            return {NEW}
        pairs = zip(IN_PATH.findall(there), IN_PATH.findall(path), strict=True)
        found = [self.differences(old, new) for old, new in pairs if old != new]
        return {reason for reasons in found for reason in reasons}

    def differences(self, old: str, new: str) -> Iterator[Reason]:
        """The differences between two keys of one stage, without those of their parents."""
        before, now = self.before.keys.get(old), self.now.get(new)
        if before is None or now is None:
            yield UNKNOWN
            return
        for kind, text in (("versions", "code of {}: version {} → {}"), ("models", "model file of {}")):
            for name in sorted({*before[kind], *now[kind]}):
                values = before[kind].get(name), now[kind].get(name)
                if values[0] != values[1]:
                    yield Reason(text.format(name, *values))
        for text in changes("", before["config"], now["config"]):
            yield Reason(text.removeprefix("options."), now["stage"])

    def edits(self, old: str, new: str) -> list[str]:
        """The differences between the configurations of two frontiers, by their digests."""
        before, now = self.before.keys.get(old), self.now.get(new)
        if before is None or now is None:
            return []
        return list(changes("", before["config"].get("config"), now["config"].get("config")))


def newest_like(path: str) -> tuple[str, str] | None:
    """The last digests in the path of the artifact in place of another one, and in its own path."""
    there = Present().in_place_of(path)
    return None if there is None else (IN_PATH.findall(there)[-1], IN_PATH.findall(path)[-1])


def changes(place: str, before: Any, now: Any) -> Iterator[str]:
    """The values of a configuration that are different, each with its place.

    The digests of names are those of parents, whose own differences are named.
    """
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for name in sorted({*before, *now}):
            yield from changes(f"{place}.{name}" if place else name, before.get(name), now.get(name))
    elif _without_digests(before) != _without_digests(now):
        shown = f"{_shown(before)} → {_shown(now)}"
        yield f"{place}: {shown}" if len(shown) <= SHORT else f"{place} changed"


def _without_digests(value: Any) -> Any:
    if isinstance(value, str):
        return IN_NAME.sub("", value)
    if isinstance(value, list | tuple):
        return [_without_digests(item) for item in value]
    return value


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    value = _without_digests(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
