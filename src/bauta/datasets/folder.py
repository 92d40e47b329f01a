"""Photographs in folders, one folder a person: ORL, LFW, Pins and the like."""

import csv
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.errors import DataError
from bauta.images import SUFFIXES, looks_like_image
from bauta.labels import EXPRESSIONS
from bauta.registry import nearest

log = logging.getLogger(__name__)


def list_folder(root: Path | str, *, labels: str | None = None, limit: int | None = None) -> Listing:
    """List the files below a folder.

    The first folder below the root names the person, however deep a file lies; a file directly in the root
    shows nobody known. A file is an image when its suffix or its first bytes say so; links are images that
    `write_manifest` judges, and links to folders are not entered.

    Args:
        root: The dataset.
        labels: CSV file with the columns `path` (relative to the root) and `expression`; a relative name
            starts from the root. Images that it does not list have no label.
        limit: How many images of each person are used, the first in natural order (2.jpg before 10.jpg).

    Returns:
        The listing, in natural order; an image's id is its path.

    Raises:
        DataError: the root is no folder, or the labels cannot be used.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"expected a folder of images at {root}, got none: put the images there")
    names = sorted(_files(root), key=natural_order)
    images = [name for name in names if _is_image(root, name)]
    expressions = {} if labels is None else read_labels(root / labels, set(images))
    taken: Counter[str | None] = Counter()
    records, over_limit = [], []
    for name in images:
        subject = _subject(name)
        taken[subject] += 1
        if limit is not None and taken[subject] > limit:
            over_limit.append(name)
        else:
            records.append(ImageRecord(name, name, subject, expressions.get(name)))
    chosen = set(images)
    ignored = tuple(name for name in names if name not in chosen)
    for name in ignored:
        log.info("file %r is no image and is ignored", name)
    return Listing(tuple(records), ignored, tuple(over_limit))


def read_labels(path: Path, images: set[str]) -> dict[str, str]:
    """Read expression labels.

    Args:
        path: CSV file with the columns `path` and `expression`.
        images: Paths of the dataset's images; labels of others are logged.

    Returns:
        Expression of each labelled image.

    Raises:
        DataError: the file cannot be read, lacks a column, names an unknown expression, a path outside the
            root or a path twice.
    """
    labels: dict[str, str] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            lacking = {"path", "expression"} - set(rows.fieldnames or ())
            if lacking:
                raise DataError(
                    f"labels {path}: expected the columns path and expression, got {rows.fieldnames}"
                )
            for row in rows:
                name, expression = _label(row, f"labels {path}, line {rows.line_num}")
                if name in labels:
                    raise DataError(f"labels {path}, line {rows.line_num}: '{name}' has a label already")
                labels[name] = expression
    except (OSError, UnicodeError, csv.Error) as error:
        raise DataError(f"labels {path} cannot be read: {error}") from error
    absent = sorted(set(labels) - images)
    if absent:
        log.warning("labels %s: %d labelled images do not exist, such as %r", path, len(absent), absent[0])
    return labels


def natural_order(name: str) -> list[str | int]:
    """Sorting key that compares runs of digits as numbers."""
    return [int(part) if index % 2 else part for index, part in enumerate(re.split(r"([0-9]+)", name))]


def _label(row: dict[str, str], where: str) -> tuple[str, str]:
    name, expression = row["path"], row["expression"]
    if not name or not expression:
        raise DataError(f"{where}: expected a path and an expression, got {name!r} and {expression!r}")
    if expression not in EXPRESSIONS:
        raise DataError(
            f"{where}: unknown expression '{expression}': {nearest(expression, list(EXPRESSIONS))}"
        )
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise DataError(f"{where}: expected a path inside the dataset's root, got '{name}'")
    return path.as_posix(), expression


def _files(root: Path) -> Iterator[str]:
    """Relative name of everything below the root that is not a folder of its own."""

    def stop(error: OSError) -> None:
        raise DataError(f"folder {error.filename} cannot be listed: {error.strerror}") from error

    for folder, folders, files in os.walk(root, onerror=stop):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in files + links:
            yield (Path(folder) / name).relative_to(root).as_posix()


def _is_image(root: Path, name: str) -> bool:
    path = root / name
    if PurePosixPath(name).suffix.lower() in SUFFIXES:
        return True
    if path.is_symlink():
        return path.is_dir()
    return path.is_file() and looks_like_image(path)


def _subject(name: str) -> str | None:
    parts = PurePosixPath(name).parts
    return parts[0] if len(parts) > 1 else None
