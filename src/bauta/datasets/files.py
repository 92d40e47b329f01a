"""Files of a dataset: names in natural order, and text files read line by line."""

import csv
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath

from bauta.errors import DataError
from bauta.io.images import SUFFIXES, looks_like_image
from bauta.io.walk import Links, refusal, walk

Row = dict[str, str]

SHOWN = 120
"""At most this many letters of a line are shown in a message."""

SEPARATORS = (",", ";", "\t", "|")
"""The possible separators of cells in a CSV file."""


def files_below(root: Path, folder: str = "", links: Links = "follow") -> Iterator[str]:
    """Yield names, relative to the root, of all entries below a folder but companions; see `walk.walk`.

    Raises:
        DataError: a folder cannot be listed.
    """
    return (found.name for found in walk(root, folder, links) if found.companion is None)


def is_image(root: Path, name: str, links: Links = "follow") -> bool:
    """Whether a file's suffix or first bytes suggest an image.

    An entry without content, such as a pipe or a broken link, counts as an image: it may have been one, and
    `write_manifest` gives it a row with the reason.
    """
    path = root / name
    if PurePosixPath(name).suffix.lower() in SUFFIXES:
        return True
    if refusal(root, name, links) is not None or not path.is_file():
        return True
    return looks_like_image(path)


def composed(name: str) -> str:
    """A name in composed Unicode form (NFC), so that `José` is one person whichever system wrote it."""
    return unicodedata.normalize("NFC", name)


def natural_order(name: str) -> list[str | int]:
    """Sorting key that compares runs of digits as numbers."""
    return [int(part) if index % 2 else part for index, part in enumerate(re.split(r"([0-9]+)", name))]


def printable(name: str) -> str:
    """A file name with non-UTF-8 bytes escaped, so that it can be stored as text."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the number (from 1) and text of each line of a file that is not blank.

    Raises:
        DataError: the file cannot be read or is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    except UnicodeError as error:
        raise DataError(f"{path} cannot be read ({error}): save it as UTF-8") from error


def read_csv(
    path: Path, columns: Collection[str] | Mapping[str, Collection[str]]
) -> Iterator[tuple[int, Row | str]]:
    """Yield the number of each line below the header, with its cells by column or its problem as text.

    Every line is a separate row, so a stray quotation mark affects only its own row. Cells are separated by a
    comma, a semicolon, a tab or a bar, as in the header. Column names match regardless of case and
    surrounding spaces; blank cells beyond the last column are dropped.

    Args:
        path: CSV file with a header.
        columns: The required columns; or a mapping of each to its alternative names.

    Raises:
        DataError: the file cannot be read, lacks a column, or has one twice.
    """
    lines = read_lines(path)
    names = columns if isinstance(columns, Mapping) else dict.fromkeys(columns, ())
    separator, header = _header(path, next((line for _, line in lines), ""), names)
    places = _places(path, header, names)
    for number, line in lines:
        cells = _cells(line, separator)
        if isinstance(cells, str):
            yield number, cells
            continue
        cells = _without_blanks(cells, len(header))
        if len(cells) != len(header):
            yield number, f"expected {len(header)} columns, got {len(cells)}"
        else:
            yield number, {name: cells[place] for name, place in places.items()}


def _header(path: Path, line: str, names: Mapping[str, Collection[str]]) -> tuple[str, list[str]]:
    """The separator and the column names in lower case."""
    for separator in SEPARATORS:
        cells = _cells(line, separator)
        if isinstance(cells, str):
            continue
        found = [cell.casefold() for cell in _without_blanks(cells, 0)]
        if all(_columns_of(name, others, found) for name, others in names.items()):
            return separator, found
    raise DataError(f"{path}: expected the columns {', '.join(names)}, got '{line[:SHOWN]}'")


def _places(path: Path, header: list[str], names: Mapping[str, Collection[str]]) -> dict[str, int]:
    """The position of each column."""
    places = {}
    for name, others in names.items():
        found = _columns_of(name, others, header)
        if len(found) > 1:
            raise DataError(
                f"{path}: {' and '.join(found)} may both be the column {name}; rename the right one to {name}"
            )
        places[name] = header.index(found[0])
    twice = next((name for name in header if name and header.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{path}: the column {twice} occurs {header.count(twice)} times; keep one")
    return places


def _columns_of(name: str, others: Collection[str], header: list[str]) -> list[str]:
    """The candidates for a column: the one with its own name, otherwise those with alternative names."""
    if name.casefold() in header:
        return [name.casefold()]
    return [column for column in dict.fromkeys(header) if column in others]


def _without_blanks(cells: list[str], keep: int) -> list[str]:
    """The cells without trailing blank ones, but at least the first `keep`."""
    end = len(cells)
    while end > keep and not cells[end - 1].strip():
        end -= 1
    return [cell.strip() for cell in cells[:end]]


def _cells(line: str, separator: str) -> list[str] | str:
    try:
        return next(csv.reader([line], strict=True, delimiter=separator, skipinitialspace=True), [])
    except csv.Error as error:
        return f"not a row of a CSV file: {error}"
