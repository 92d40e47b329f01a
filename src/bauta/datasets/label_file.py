"""A user's file of expression labels: a CSV file with a path and an expression on each line."""

import logging
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from bauta.datasets.builder import ListingBuilder
from bauta.datasets.expression_words import Meaning, Vocabulary, require_usable
from bauta.datasets.files import Row, read_csv
from bauta.datasets.label_paths import ImagePaths

log = logging.getLogger(__name__)

PATH_COLUMNS = (
    *("file", "filename", "file_name", "filepath", "file_path", "image", "image_name", "imagename"),
    *("image_path", "imagepath", "image_id", "img", "img_name", "img_path", "pth", "relative_path"),
)
"""Alternative names of the column `path`, in lower case."""

EXPRESSION_COLUMNS = (
    "emotion",
    "emotions",
    "label",
    "labels",
    "class",
    "classname",
    "class_name",
    "category",
)
"""Alternative names of the column `expression`, in lower case."""

COLUMNS: Mapping[str, Collection[str]] = {"path": PATH_COLUMNS, "expression": EXPRESSION_COLUMNS}


def read_labels(
    path: Path,
    root: Path,
    images: Collection[str],
    builder: ListingBuilder,
    classes: Mapping[str, str | None] | None = None,
) -> dict[str, str]:
    """Read expression labels; unusable rows are reported.

    Args:
        path: CSV file with the columns `path` and `expression`, or columns with alternative names of these.
        root: The dataset's folder.
        images: Paths of its images, relative to the root.
        builder: The builder that problems are reported to.
        classes: The meaning of words that `expression_words.WORDS` lacks or defines differently.

    Returns:
        Expression of each labelled image. An image whose label is none of the seven expressions, or that has
        contradictory labels, is left out, with the reason among the problems.

    Raises:
        DataError: the file cannot be read or lacks a column; a word is unknown; or fewer than nine tenths of
            the rows can be used.
    """
    labels = _Labels(ImagePaths(root, images, path.parent), Vocabulary(classes or {}))
    for line, row in read_csv(path, COLUMNS):
        if isinstance(row, str) or any(row.values()):
            labels.add(f"{path.name}, line {line}", row, builder)
    labels.check(path)
    known = {image: meaning.expression for image, meaning in labels.meanings.items()}
    return {image: expression for image, expression in known.items() if expression is not None}


class _Labels:
    """The labels read so far, and the counts needed to check them at the end."""

    def __init__(self, paths: ImagePaths, words: Vocabulary) -> None:
        self.meanings: dict[str, Meaning] = {}
        self._paths = paths
        self._words = words
        self._found: Counter[str] = Counter()
        self._rows = 0
        self._repeated = 0
        self._example = ""

    def add(self, where: str, row: Row | str, builder: ListingBuilder) -> None:
        """Add the label of a row, or report the row."""
        self._rows += 1
        image, reason = (None, row) if isinstance(row, str) else self._read(row)
        if image is None:
            builder.report(where, reason)
            self._example = self._example or f"{where}: {reason}"
        elif reason:
            builder.remark(image, f"{reason}; the image stays without a label")

    def _read(self, row: Row) -> tuple[str | None, str]:
        """The image that a row labels, and the reason if it has no expression; or None and the problem."""
        image, reason = self._paths.find(row["path"])
        if not row["expression"]:
            return None, f"'{row['path']}' has no expression"
        self._found[row["expression"]] += 1
        meaning = self._words.meaning(row["expression"])
        if meaning is None:
            return None, f"unknown expression '{row['expression']}'"
        if image is None:
            return None, reason
        known = self.meanings.setdefault(image, meaning)
        if known is not meaning:
            return self._again(image, known, meaning, row["expression"])
        return image, meaning.reason or ""

    def _again(self, image: str, known: Meaning, meaning: Meaning, word: str) -> tuple[str | None, str]:
        """The result of `_read` for a row whose image already has a label."""
        if known.expression == meaning.expression:
            self._repeated += 1
            return image, ""
        reason = f"'{image}' has contradictory labels, here '{word}'; it stays without a label"
        self.meanings[image] = Meaning(None, reason)
        return None, reason

    def check(self, path: Path) -> None:
        """Refuse labels that were probably misunderstood, see `require_usable`."""
        self._words.check(str(path))
        expressions = [meaning.expression for meaning in self.meanings.values()]
        rows = self._rows - self._repeated
        require_usable(str(path), expressions, rows, self._found, self._example)
        log.info("%s: %d of %d rows label an image", path, len(self.meanings), self._rows)
