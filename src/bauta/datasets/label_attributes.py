"""Attributes of people in a user's file of labels: columns beside the path and the expression."""

from collections.abc import Collection
from pathlib import Path

from bauta.datasets import Attributes
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.files import read_csv
from bauta.datasets.label_file import PATH_COLUMNS
from bauta.datasets.label_paths import ImagePaths


def read_label_attributes(
    path: Path, root: Path, images: Collection[str], names: Collection[str], builder: ListingBuilder
) -> dict[str, Attributes]:
    """Read the columns of some attributes; rows that are no image's are reported with their expression.

    Args:
        path: CSV file with a column of paths, see `label_file`, and one for each attribute.
        root: The dataset's folder.
        images: Paths of its images, relative to the root.
        names: Names of the attributes, which are those of their columns regardless of case.
        builder: The builder that problems are reported to.

    Returns:
        Attributes of each image that a row names. An empty cell is no class, nor is one that another row of
        the same image contradicts.

    Raises:
        DataError: the file cannot be read or lacks a column.
    """
    paths = ImagePaths(root, images, path.parent)
    found: dict[str, dict[str, str]] = {}
    for line, row in read_csv(path, {"path": PATH_COLUMNS, **dict.fromkeys(names, ())}):
        image = None if isinstance(row, str) else paths.find(row["path"])[0]
        if image is None or isinstance(row, str):
            continue
        known = found.setdefault(image, {})
        for name in names:
            if row[name] and known.setdefault(name, row[name]) != row[name]:
                builder.remark(
                    f"{path.name}, line {line}", f"'{image}' has contradictory values of {name}; none is used"
                )
                known[name] = ""
    return {
        image: tuple((name, value) for name, value in known.items() if value)
        for image, known in found.items()
    }
