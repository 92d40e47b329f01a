"""FER-2013 as CSV (Goodfellow et al., Challenges in Representation Learning, 2013): the pixels are text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder, required
from bauta.datasets.files import read_csv
from bauta.files import write_bytes
from bauta.labels import label_space

SIDE = 48
COLUMNS = ("emotion", "pixels", "Usage")
PART_OF: Mapping[str, str] = {"Training": "train", "PublicTest": "dev", "PrivateTest": "test"}
"""Part of the split that a value of the column Usage stands for."""


@dataclass(frozen=True)
class FerRow:
    """One image of fer2013.csv, written as a PNG file.

    Attributes:
        position: Row below the header, from 0.
        where: File and line, for reports.
        emotion: Code of the label as it stands there.
        usage: Training, PublicTest or PrivateTest.
        record: The image, without its label.
    """

    position: int
    where: str
    emotion: str
    usage: str
    record: ImageRecord


def list_fer2013(root: Path | str, *, images: Path | str) -> Listing:
    """List the rows of fer2013.csv and write each as a PNG file.

    Args:
        root: Folder with fer2013.csv.
        images: Folder of the PNG files, made if need be; the listing's paths start there.

    Returns:
        The listing in the order of the file; an image's id is its row, from `00000`. Broken rows are
        problems.

    Raises:
        DataError: the file is missing, cannot be read or lacks a column.
    """
    builder = ListingBuilder(Path(images))
    space = label_space("fer2013")
    for row in unpack(Path(root), Path(images), builder):
        builder.add_labelled(row.where, row.record, space, row.emotion)
    return builder.listing()


def unpack(root: Path, images: Path, builder: ListingBuilder) -> Iterator[FerRow]:
    """Write the rows of fer2013.csv that hold an image as PNG files; the others are reported.

    Raises:
        DataError: the file is missing, cannot be read or lacks a column.
    """
    path = required(root, "fer2013.csv")
    images.mkdir(parents=True, exist_ok=True)
    for position, (line, row) in enumerate(read_csv(path, COLUMNS)):
        where = f"fer2013.csv, line {line}"
        if isinstance(row, str):
            builder.report(where, row)
            continue
        usage = row["Usage"].strip()
        pixels = _pixels(row["pixels"])
        if usage not in PART_OF:
            builder.report(where, f"unknown usage '{usage}': expected one of: {', '.join(PART_OF)}")
        elif isinstance(pixels, str):
            builder.report(where, pixels)
        else:
            name = f"{position:05d}.png"
            # In one go: another run on the same cache may be reading the file that this replaces.
            write_bytes(images / name, cv2.imencode(".png", pixels)[1].tobytes())
            record = ImageRecord(f"{position:05d}", name, official_split=PART_OF[usage])
            yield FerRow(position, where, row["emotion"].strip(), usage, record)


def _pixels(text: str) -> NDArray[np.uint8] | str:
    """uint8 (48, 48), or what is the matter."""
    try:
        values = np.array(text.split(), dtype=np.int64)
    except (ValueError, OverflowError) as error:
        return f"expected whole numbers of pixels: {error}"
    if len(values) != SIDE * SIDE:
        return f"expected {SIDE * SIDE} pixels, got {len(values)}"
    if values.min() < 0 or values.max() > 255:
        return f"expected pixels from 0 to 255, got {values.min()} to {values.max()}"
    return values.astype(np.uint8).reshape(SIDE, SIDE)
