"""The 40 binary attributes of CelebA, and of CelebAMask-HQ, whose file has the same form."""

from collections.abc import Sequence
from pathlib import Path

from bauta.datasets import Attributes
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.files import read_lines

SEPARATOR = ","


def read_first(root: Path, names: Sequence[str], builder: ListingBuilder) -> dict[str, Attributes]:
    """Read the first file of some names that exists; no attributes without any."""
    found = next((root / name for name in names if (root / name).is_file()), None)
    return {} if found is None else read_celeba_attributes(found, builder)


def read_celeba_attributes(path: Path, builder: ListingBuilder) -> dict[str, Attributes]:
    """Read `list_attr_celeba`: 1 for yes and −1 for no; broken rows are reported.

    Args:
        path: Text file with a count, a line of names and a row an image; or Kaggle's CSV file with a header.
        builder: The builder that problems are reported to.

    Returns:
        Attributes of each image, `yes` or `no`, by their names in lower case.

    Raises:
        DataError: the file cannot be read.
    """
    names: list[str] = []
    found: dict[str, Attributes] = {}
    answers: dict[tuple[str, str], tuple[str, str]] = {}
    csv = path.suffix == ".csv"
    for line, text in read_lines(path):
        cells = [cell.strip() for cell in text.split(SEPARATOR)] if csv else text.split()
        if line == (1 if csv else 2):
            names = [name.lower() for name in (cells[1:] if csv else cells)]
        elif line > 1:
            image, *values = cells
            if len(values) != len(names) or not set(values) <= {"1", "-1"}:
                builder.remark(f"{path.name}, line {line}", f"expected {len(names)} values of 1 or -1")
                continue
            # Few objects for eight million answers: equal ones are one object.
            found[image] = tuple(
                answers.setdefault((name, value), (name, "yes" if value == "1" else "no"))
                for name, value in zip(names, values, strict=True)
            )
    return found
