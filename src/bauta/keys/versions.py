"""Versions of the code behind the keys, and how they are recorded.

`versions.json` has an entry for each stage and each implementation (a detector, a recognizer, …): its version
and a hash of its source. The version is part of the key of everything that the code computes; a test compares
the hashes with the source, so that a changed computation cannot leave old artifacts valid by accident.

    bauta versions               list what has changed since it was recorded
    bauta versions raise NAME…   it computes something else: its artifacts are recomputed
    bauta versions keep NAME…    it computes the same as before

Without names, both commands apply to everything that has changed. A plug-in has the version of its
distribution instead.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypedDict

from bauta.errors import ConfigError, UnknownNameError
from bauta.keys.registries import REGISTRIES
from bauta.registry import nearest

RECORD = Path(__file__).with_name("versions.json")


class Entry(TypedDict):
    """The recorded version and source hash of a stage or an implementation."""

    version: int
    source: str


def read_record() -> dict[str, Entry]:
    """Read the recorded entries by name.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        found: dict[str, Entry] = json.loads(RECORD.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{RECORD} cannot be read ({error}): restore it from version control") from error
    return found


class Versions(dict[str, int | str]):
    """Name → version; an unknown name belongs to a plug-in, or raises an error that says how to add it."""

    def __missing__(self, name: str) -> int | str:
        room, _, implementation = name.partition("/")
        if room in REGISTRIES and (version := REGISTRIES[room].version(implementation)) is not None:
            return version
        raise UnknownNameError(
            f"no version of '{name}': {nearest(name, list(self))} A new one is recorded by "
            "`bauta versions keep`"
        )


VERSIONS: Mapping[str, int | str] = Versions(
    {name: entry["version"] for name, entry in read_record().items()}
)
"""The version of each stage and implementation; for a plug-in, the name and version of its distribution."""


def changed(record: Mapping[str, Entry], sources: Mapping[str, str]) -> list[str]:
    """Return the names whose source differs from the recorded one: changed, new, or removed."""
    return sorted(
        name
        for name in record.keys() | sources.keys()
        if name not in record or name not in sources or record[name]["source"] != sources[name]
    )


def update(
    record: Mapping[str, Entry], sources: Mapping[str, str], names: Iterable[str], *, raised: bool
) -> dict[str, Entry]:
    """Return the record with the current source of some names.

    Args:
        record: The recorded entries.
        sources: Hash of the current source by name.
        names: The names to record; one without a source is removed, a new one starts at version 1.
        raised: Whether the version is raised.

    Raises:
        UnknownNameError: a name is neither recorded nor in the source.
    """
    new = dict(record)
    for name in names:
        if name in sources:
            version = record[name]["version"] + raised if name in record else 1
            new[name] = {"version": version, "source": sources[name]}
        elif name in record:
            del new[name]
        else:
            raise UnknownNameError(f"no stage or implementation '{name}': {nearest(name, list(sources))}")
    return dict(sorted(new.items()))


def record(names: Iterable[str], *, raised: bool) -> dict[str, int | None]:
    """Record the current source of some names, or of all that have changed.

    Args:
        names: Stages and implementations; an empty list means all that have changed.
        raised: Whether they compute something else, so that their artifacts are recomputed.

    Returns:
        The version of each name that was recorded, None for one that was removed.

    Raises:
        UnknownNameError: there is no such stage or implementation.
    """
    # Only this reads sources; the Snakefile is parsed for every job.
    from bauta.keys.source_hashes import sources  # noqa: PLC0415

    before, found = read_record(), sources()
    names = list(names) or changed(before, found)
    new = update(before, found, names, raised=raised)
    RECORD.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")
    return {name: new[name]["version"] if name in new else None for name in names}
