"""CelebA, aligned and cropped (Liu et al., Deep learning face attributes in the wild, ICCV 2015)."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from bauta.datasets import NO_BOX, PARTS, ImageRecord, Listing, Points
from bauta.datasets.builder import ListingBuilder, required
from bauta.datasets.celeba_attributes import read_first
from bauta.datasets.files import read_csv, read_lines
from bauta.datasets.places import CELEBA_ATTRIBUTES, CELEBA_IDENTITIES
from bauta.io.walk import Links
from bauta.registry import Card

CARD = Card(
    name="celeba",
    kind="adapter",
    implementation="bauta.datasets.celeba:list_celeba",
    about="CelebA, aligned and cropped.",
    settings="bauta.config.datasets.people:CelebADataset",
    source="Liu et al., ICCV 2015",
)


log = logging.getLogger(__name__)

PARTITION = ("list_eval_partition.txt", "Eval/list_eval_partition.txt", "list_eval_partition.csv")
LANDMARKS = (
    "list_landmarks_align_celeba.txt",
    "Anno/list_landmarks_align_celeba.txt",
    "list_landmarks_align_celeba.csv",
)
IMAGES = ("img_align_celeba", "Img/img_align_celeba")

IMAGE = "image_id"
POINTS = tuple(
    f"{point}_{axis}" for point in ("lefteye", "righteye", "nose", "leftmouth", "rightmouth") for axis in "xy"
)
"""Columns of the landmark file in Kaggle's packing."""


def list_celeba(root: Path | str, *, attributes: bool = False, links: Links = "follow") -> Listing:
    """List the aligned images, 178×218 pixels, with identities, the official split and five points.

    Args:
        root: Folder with `img_align_celeba`, `identity_CelebA.txt` and `list_eval_partition.txt`, or with
            them in `Img`, `Anno` and `Eval`, or with `list_eval_partition.csv` and the images one folder
            deeper, as in Kaggle's packing. `list_landmarks_align_celeba` is read if it exists. Kaggle's
            packing lacks `identity_CelebA.txt`; without it, no identities are known.
        attributes: Whether `list_attr_celeba` is read.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in the order of the identities, or of the partition if there are none; an image's id is
        its file name. Unusable rows are problems.

    Raises:
        DataError: the images or the partition are missing, or a file cannot be read.
    """
    root = Path(root)
    builder = ListingBuilder(root, links)
    folder = _images(root)
    partition, landmarks, identities = (
        next((root / name for name in names if (root / name).is_file()), None)
        for names in (PARTITION, LANDMARKS, CELEBA_IDENTITIES)
    )
    log.info(
        "layout: images in %s, parts in %s, %s, %s",
        folder,
        partition,
        f"points in {landmarks}" if landmarks else "no points",
        f"people in {identities}" if identities else "no identity_CelebA.txt, so no identities are known",
    )
    parts = read_partition(required(root, *PARTITION), builder)
    points = {} if landmarks is None else _read_points(landmarks, builder)
    known = read_first(root, CELEBA_ATTRIBUTES, builder) if attributes else {}
    people: Iterable[tuple[str, str, str | None]] = (
        ((name, name, None) for name in parts) if identities is None else read_identities(identities, builder)
    )
    for where, name, subject in people:
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
                attributes=known.get(name, ()),
            ),
        )
    return builder.listing(folders=[folder])


def _images(root: Path) -> str:
    """The folder of the images: in Kaggle's archive, it is nested in a folder of the same name."""
    outer = required(root, *IMAGES)
    inner = outer / outer.name
    doubled = inner.is_dir() and not any(path.suffix == ".jpg" for path in outer.iterdir())
    return (inner if doubled else outer).relative_to(root).as_posix()


def read_identities(path: Path, builder: ListingBuilder) -> Iterator[tuple[str, str, str]]:
    """Yield line, image and person of each row of identity_CelebA.txt; broken rows are reported.

    Raises:
        DataError: the file cannot be read.
    """
    for where, cells in _rows(path, (IMAGE, "identity"), builder):
        if cells[1].isdecimal():
            yield where, cells[0], cells[1]
        else:
            builder.report(where, f"expected the number of a person, got '{cells[1]}'")


def read_partition(path: Path, builder: ListingBuilder) -> dict[str, str]:
    """Part of the split of each image, from list_eval_partition; broken rows are reported.

    Raises:
        DataError: the file cannot be read.
    """
    parts: dict[str, str] = {}
    for where, (name, code) in _rows(path, (IMAGE, "partition"), builder):
        if code not in ("0", "1", "2"):
            builder.report(where, f"unknown part '{code}': expected 0, 1 or 2")
        elif name in parts:
            builder.report(where, f"'{name}' is listed already")
        else:
            parts[name] = PARTS[int(code)]
    return parts


def _read_points(path: Path, builder: ListingBuilder) -> dict[str, Points]:
    """Five points of each image; a text file's first two lines hold a count and the column names."""
    points: dict[str, Points] = {}
    for where, (name, *cells) in _rows(path, (IMAGE, *POINTS), builder, skip=2):
        try:
            values = [float(cell) for cell in cells]
        except ValueError as error:
            builder.report(where, f"expected ten coordinates: {error}")
            continue
        points.setdefault(name, tuple(zip(values[::2], values[1::2], strict=True)))
    return points


def _rows(
    path: Path, columns: tuple[str, ...], builder: ListingBuilder, skip: int = 0
) -> Iterator[tuple[str, list[str]]]:
    """Yield line and cells of each row of a CSV file, or of a text file with some leading lines to skip."""
    for line, row in (
        _csv_rows(path, columns) if path.suffix == ".csv" else _text_rows(path, len(columns), skip)
    ):
        where = f"{path.name}, line {line}"
        if isinstance(row, str):
            builder.report(where, row)
        else:
            yield where, row


def _csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str] | str]]:
    for line, row in read_csv(path, columns):
        yield line, row if isinstance(row, str) else [row[name] for name in columns]


def _text_rows(path: Path, cells: int, skip: int) -> Iterator[tuple[int, list[str] | str]]:
    for line, text in read_lines(path):
        row = text.split()
        if line > skip:
            yield line, row if len(row) == cells else f"expected {cells} columns, got {len(row)}"
