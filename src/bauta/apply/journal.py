"""The journal of a run of `bauta apply`: what is finished, so that it can be resumed."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self, TextIO

from bauta.apply.inputs import JOURNAL, Item
from bauta.apply.rows import Row
from bauta.errors import ConfigError
from bauta.io.atomic import naming, write_text


class Journal:
    """Appends one line per finished picture; the first line says with which options.

    Args:
        file: The open journal.
        done: Target → its line, of the pictures that are finished.
        out: The output folder, for messages.
    """

    def __init__(self, file: TextIO, done: dict[str, dict[str, Any]], out: Path) -> None:
        self._file = file
        self._out = out
        self._done = done

    @classmethod
    def open(cls, out: Path, options: dict[str, Any], *, resume: bool) -> Self:
        """Begin a journal in an output folder, or resume the one that is there.

        Raises:
            ConfigError: the journal was begun with other options.
            DiskError: the folder cannot be written to.
        """
        path = out / JOURNAL
        done: dict[str, dict[str, Any]] = {}
        if resume and path.exists():
            head, *lines = _lines(path)
            if head != options:
                changed = sorted(name for name in options if head.get(name) != options[name])
                raise ConfigError(
                    f"resume: {out} was begun with another {', '.join(changed) or 'version'}: use the same "
                    "options, or another folder"
                )
            done = {line["target"]: line for line in lines if {"target", "state", "rows"} <= set(line)}
        write_text(path, "".join(json.dumps(line) + "\n" for line in (options, *done.values())))
        with naming(path):
            return cls(path.open("a", encoding="utf-8"), done, out)

    def rows(self, item: Item, out: Path) -> list[Row] | None:
        """The rows of a picture that is finished and has not changed since; None if it must be done."""
        line = self._done.get(item.target)
        if line is None or line["state"] != _state(item.source):
            return None
        rows = [Row(**row) for row in line["rows"]]
        if any(row.released_as is not None and not (out / row.released_as).is_file() for row in rows):
            return None
        return rows

    def add(self, item: Item, rows: Sequence[Row]) -> None:
        """Record a finished picture.

        Raises:
            DiskError: the disk is full.
        """
        line = {"target": item.target, "state": _state(item.source), "rows": [asdict(row) for row in rows]}
        with naming(self._out / JOURNAL):
            _write(self._file, line)

    def close(self) -> None:
        """Close the file.

        Raises:
            DiskError: the disk is full.
        """
        with naming(self._out / JOURNAL):
            self._file.close()


def _write(file: TextIO, value: dict[str, Any]) -> None:
    file.write(json.dumps(value) + "\n")
    file.flush()


def _lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a journal, without one that a killed process left incomplete."""
    found: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            break
        if not isinstance(value, dict):
            break
        found.append(value)
    return found or [{}]


def _state(source: Path) -> list[int] | None:
    try:
        state = source.stat()
    except OSError:
        return None
    return [state.st_size, state.st_mtime_ns]
