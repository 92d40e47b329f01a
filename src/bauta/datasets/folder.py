"""Photographs in folders, one folder a person: ORL, Pins, VGGFace and the like."""

from collections import Counter
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder, leaves_root
from bauta.datasets.files import files_below, natural_order, read_csv
from bauta.errors import DataError
from bauta.images import SUFFIXES, looks_like_image
from bauta.labels import EXPRESSIONS
from bauta.registry import nearest


def list_folder(root: Path | str, *, labels: str | None = None, limit: int | None = None) -> Listing:
    """List the files below a folder.

    The first folder below the root names the person, however deep a file lies; a file directly in the root
    shows nobody known. A file is an image when its suffix or its first bytes say so; links are images that
    `write_manifest` judges, and links to folders are not entered.

    Args:
        root: The dataset.
        labels: CSV file with the columns `path` (relative to the root) and `expression`; a relative name
            starts from the root. Images that it does not list have no label; its rows that cannot be used
            are problems of the listing.
        limit: How many images of each person are used, the first in natural order (2.jpg before 10.jpg).

    Returns:
        The listing, in natural order; an image's id is its path.

    Raises:
        DataError: the root is no folder, or the labels cannot be read or lack a column.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"expected a folder of images at {root}, got none: put the images there")
    builder = ListingBuilder(root)
    names = sorted(files_below(root), key=natural_order)
    images = [name for name in names if is_image(root, name)]
    expressions = {} if labels is None else read_labels(root / labels, set(images), builder)
    taken: Counter[str | None] = Counter()
    over_limit = []
    for name in images:
        subject = _subject(name)
        taken[subject] += 1
        if limit is not None and taken[subject] > limit:
            over_limit.append(name)
        else:
            builder.add(name, ImageRecord(name, name, subject, expressions.get(name)))
    return builder.listing(folders=[""], over_limit=over_limit)


def read_labels(path: Path, images: set[str], builder: ListingBuilder) -> dict[str, str]:
    """Read expression labels; a row that cannot be used is reported.

    Args:
        path: CSV file with the columns `path` and `expression`.
        images: Paths of the dataset's images.
        builder: Where problems are reported.

    Returns:
        Expression of each labelled image; of two labels of an image the first.

    Raises:
        DataError: the file cannot be read or lacks a column.
    """
    labels: dict[str, str] = {}
    for line, row in read_csv(path, ("path", "expression")):
        where = f"{path.name}, line {line}"
        if isinstance(row, str):
            builder.report(where, row)
            continue
        name, expression = PurePosixPath(row["path"]).as_posix(), row["expression"]
        reason = _refusal(name, expression, images)
        if reason is None and name in labels:
            reason = f"'{name}' has a label already"
        if reason is None:
            labels[name] = expression
        else:
            builder.report(where, reason)
    return labels


def _refusal(name: str, expression: str, images: set[str]) -> str | None:
    if leaves_root(name):
        return f"expected a path inside the dataset's root, got '{name}'"
    if expression not in EXPRESSIONS:
        return f"unknown expression '{expression}': {nearest(expression, list(EXPRESSIONS))}"
    if name not in images:
        return f"there is no image '{name}'"
    return None


def is_image(root: Path, name: str) -> bool:
    """Whether a file's suffix or its first bytes promise an image; links do, as `write_manifest` judges."""
    path = root / name
    if PurePosixPath(name).suffix.lower() in SUFFIXES:
        return True
    if path.is_symlink():
        return path.is_dir()
    return path.is_file() and looks_like_image(path)


def _subject(name: str) -> str | None:
    parts = PurePosixPath(name).parts
    return parts[0] if len(parts) > 1 else None
