"""Files of a dataset: names in natural order, and text files read line by line."""

import csv
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from bauta.errors import DataError

Row = dict[str, str]


def files_below(root: Path, folder: str = "") -> Iterator[str]:
    """Name, relative to the root, of everything below a folder that is not a folder of its own.

    Links to folders are named and not entered.

    Raises:
        DataError: a folder cannot be listed.
    """

    def stop(error: OSError) -> None:
        raise DataError(f"folder {error.filename} cannot be listed: {error.strerror}") from error

    for place, folders, files in os.walk(root / folder, onerror=stop):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in files + links:
            yield (Path(place) / name).relative_to(root).as_posix()


def natural_order(name: str) -> list[str | int]:
    """Sorting key that compares runs of digits as numbers."""
    return [int(part) if index % 2 else part for index, part in enumerate(re.split(r"([0-9]+)", name))]


def printable(name: str) -> str:
    """A file's name with the bytes that are not UTF-8 escaped, so that it can be stored as text."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Number (from 1) and text of the lines of a file that are not blank.

    Raises:
        DataError: it cannot be read or is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except (OSError, UnicodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def read_csv(path: Path, columns: Collection[str]) -> Iterator[tuple[int, Row | str]]:
    """Number of each line below the header, and its cells by column or what is the matter with it.

    Every line is a row of its own, so a stray quotation mark spoils no row but its own.

    Args:
        path: CSV file with a header.
        columns: Columns that it must have.

    Raises:
        DataError: it cannot be read or lacks a column.
    """
    lines = read_lines(path)
    header = next((_cells(line) for _, line in lines), None)
    if not isinstance(header, list) or not set(columns) <= set(header):
        raise DataError(f"{path}: expected the columns {', '.join(columns)}, got {header}")
    for number, line in lines:
        cells = _cells(line)
        if isinstance(cells, str):
            yield number, cells
        elif len(cells) != len(header):
            yield number, f"expected {len(header)} columns, got {len(cells)}"
        else:
            yield number, dict(zip(header, cells, strict=True))


def _cells(line: str) -> list[str] | str:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        return f"not a row of a CSV file: {error}"
