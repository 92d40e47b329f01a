"""Versions of the code behind the keys, and the command that records them.

`versions.json` has an entry for each stage and for each implementation (a detector, a recognizer, …): its
version and a hash of its source. The version is part of the key of everything that the code makes; a test
compares the hashes with the source, so that nobody changes a computation and leaves the old artifacts in
force by accident.

    python -m bauta.versions               what has changed since it was recorded
    python -m bauta.versions raise NAME…   it computes something else: what it made is made again
    python -m bauta.versions keep NAME…    it computes the same as before

Without names both speak of everything that has changed.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypedDict

from bauta.errors import ConfigError, UnknownNameError
from bauta.registry import nearest

RECORD = Path(__file__).with_name("versions.json")


class Entry(TypedDict):
    """What is recorded of a stage or an implementation."""

    version: int
    source: str


def read_record() -> dict[str, Entry]:
    """The recorded entries by name.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        found: dict[str, Entry] = json.loads(RECORD.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{RECORD} cannot be read ({error}): get it from version control again") from error
    return found


class Versions(dict[str, int]):
    """Name → version; an unknown name is an error that says how to add it."""

    def __missing__(self, name: str) -> int:
        raise UnknownNameError(
            f"no version of '{name}': {nearest(name, list(self))} A new one is recorded by "
            "`python -m bauta.versions keep`"
        )


VERSIONS: Mapping[str, int] = Versions({name: entry["version"] for name, entry in read_record().items()})
"""Version of each stage and implementation."""


def changed(record: Mapping[str, Entry], sources: Mapping[str, str]) -> list[str]:
    """Names whose source is not the recorded one: changed, new, or no longer there."""
    return sorted(
        name
        for name in record.keys() | sources.keys()
        if name not in record or name not in sources or record[name]["source"] != sources[name]
    )


def update(
    record: Mapping[str, Entry], sources: Mapping[str, str], names: Iterable[str], *, raised: bool
) -> dict[str, Entry]:
    """The record with the present source of some names.

    Args:
        record: What is recorded.
        sources: Hash of the present source by name.
        names: Which to record; one that is in no source leaves the record, a new one starts at version 1.
        raised: Whether the version goes up.

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


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    # Only this command reads sources; the Snakefile is parsed for every job.
    from bauta.sources import sources  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        prog="python -m bauta.versions", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("command", nargs="?", choices=["raise", "keep"])
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(arguments)
    record, found = read_record(), sources()
    names = options.names or changed(record, found)
    if options.command is None:
        sys.stdout.writelines(f"{name} has changed\n" for name in names)
        sys.exit(1 if names else 0)
    try:
        new = update(record, found, names, raised=options.command == "raise")
    except UnknownNameError as error:
        sys.exit(f"error: {error}")
    RECORD.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")
    for name in names:
        version = new[name]["version"] if name in new else "gone"
        sys.stdout.write(f"{name}: version {version}\n")


if __name__ == "__main__":
    main()
