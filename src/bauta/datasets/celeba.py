"""CelebA, aligned and cropped (Liu et al., Deep learning face attributes in the wild, ICCV 2015)."""

from collections.abc import Iterator
from pathlib import Path

from bauta.datasets import NO_BOX, PARTS, ImageRecord, Listing, Points
from bauta.datasets.builder import ListingBuilder, required
from bauta.datasets.files import read_lines

IDENTITIES = ("identity_CelebA.txt", "Anno/identity_CelebA.txt")
PARTITION = ("list_eval_partition.txt", "Eval/list_eval_partition.txt")
LANDMARKS = ("list_landmarks_align_celeba.txt", "Anno/list_landmarks_align_celeba.txt")
IMAGES = ("img_align_celeba", "Img/img_align_celeba")


def list_celeba(root: Path | str) -> Listing:
    """List the aligned images, 178×218 pixels, with identities, the official split and five points.

    Args:
        root: Folder with `img_align_celeba`, `identity_CelebA.txt` and `list_eval_partition.txt`, or with
            them in `Img`, `Anno` and `Eval`. `list_landmarks_align_celeba.txt` is read where it is there.

    Returns:
        The listing in the order of the identities; an image's id is its file's name. Rows that cannot be
        used are problems.

    Raises:
        DataError: the images, the identities or the partition are missing or cannot be read.
    """
    root = Path(root)
    builder = ListingBuilder(root)
    folder = required(root, *IMAGES).relative_to(root).as_posix()
    parts = read_partition(required(root, *PARTITION), builder)
    points = next((_read_points(root / name, builder) for name in LANDMARKS if (root / name).is_file()), {})
    for where, name, subject in read_identities(required(root, *IDENTITIES), builder):
        if name not in parts:
            builder.report(where, f"'{name}' is in no part of the official split")
            continue
        builder.add(
            where,
            ImageRecord(
                name,
                f"{folder}/{name}",
                subject,
                official_split=parts[name],
                boxes=(NO_BOX,) if name in points else None,
                points=(points[name],) if name in points else None,
            ),
        )
    return builder.listing(folders=[folder])


def read_identities(path: Path, builder: ListingBuilder) -> Iterator[tuple[str, str, str]]:
    """Place, image and person of each row of identity_CelebA.txt; broken rows are reported.

    Raises:
        DataError: the file cannot be read.
    """
    for where, cells in _rows(path, 2, builder):
        if cells[1].isdecimal():
            yield where, cells[0], cells[1]
        else:
            builder.report(where, f"expected the number of a person, got '{cells[1]}'")


def read_partition(path: Path, builder: ListingBuilder) -> dict[str, str]:
    """Part of the split of each image by list_eval_partition.txt; broken rows are reported.

    Raises:
        DataError: the file cannot be read.
    """
    parts: dict[str, str] = {}
    for where, (name, code) in _rows(path, 2, builder):
        if code not in ("0", "1", "2"):
            builder.report(where, f"unknown part '{code}': expected 0, 1 or 2")
        elif name in parts:
            builder.report(where, f"'{name}' is listed already")
        else:
            parts[name] = PARTS[int(code)]
    return parts


def _read_points(path: Path, builder: ListingBuilder) -> dict[str, Points]:
    """Five points of each image; the file's first two lines are a count and the columns' names."""
    points: dict[str, Points] = {}
    for where, (name, *cells) in _rows(path, 11, builder, skip=2):
        try:
            values = [float(cell) for cell in cells]
        except ValueError as error:
            builder.report(where, f"expected ten coordinates: {error}")
            continue
        points.setdefault(name, tuple(zip(values[::2], values[1::2], strict=True)))
    return points


def _rows(path: Path, cells: int, builder: ListingBuilder, skip: int = 0) -> Iterator[tuple[str, list[str]]]:
    for line, text in read_lines(path):
        if line <= skip:
            continue
        where = f"{path.name}, line {line}"
        row = text.split()
        if len(row) == cells:
            yield where, row
        else:
            builder.report(where, f"expected {cells} columns, got {len(row)}")
