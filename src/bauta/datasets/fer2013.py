"""FER-2013 as CSV, with pixels as text (Goodfellow et al., Challenges in Representation Learning, 2013)."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder, required
from bauta.datasets.expression_words import Vocabulary
from bauta.datasets.files import read_csv
from bauta.io.atomic import write_bytes
from bauta.io.walk import Links
from bauta.labels import label_space
from bauta.registry import Card

CARD = Card(
    name="fer2013",
    kind="adapter",
    implementation="bauta.datasets.fer2013:list_fer2013",
    about="FER-2013 as CSV.",
    settings="bauta.config.datasets.expressions:Fer2013Dataset",
    source="Goodfellow et al., 2013",
)


log = logging.getLogger(__name__)

SIDE = 48
FILES = ("fer2013.csv", "fer2013/fer2013.csv", "icml_face_data.csv")
COLUMNS = ("emotion", "pixels", "Usage")
PART_OF: Mapping[str, str] = {"Training": "train", "PublicTest": "dev", "PrivateTest": "test"}
"""Part of the split for each value of the column Usage."""


@dataclass(frozen=True)
class FerRow:
    """A row of fer2013.csv, whose image was written as a PNG file.

    Attributes:
        position: Index of the row below the header, from 0.
        where: File and line, for reports.
        emotion: Code of the label as written in the file.
        usage: Training, PublicTest or PrivateTest.
        record: The image, without its label.
    """

    position: int
    where: str
    emotion: str
    usage: str
    record: ImageRecord


def list_fer2013(root: Path | str, *, images: Path | str, links: Links = "follow") -> Listing:
    """List the rows of fer2013.csv and write each as a PNG file.

    Args:
        root: Folder with fer2013.csv or icml_face_data.csv, which has the same columns in another order, or
            with a folder `fer2013` that holds fer2013.csv, as in the challenge's archive.
        images: Folder of the PNG files, created if missing; the listing's paths are relative to it.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in the order of the file; an image's id is its row, from `00000`. Broken rows are
        problems.

    Raises:
        DataError: the file is missing, cannot be read or lacks a column; or a label is unknown, or more than
            a tenth of the rows are broken.
    """
    path = required(Path(root), *FILES)
    words = Vocabulary.of_space(label_space("fer2013"))
    builder = ListingBuilder(Path(images), links, words=words, source=path)
    log.info("layout: pixels in %s", path)
    for row in unpack(path, Path(images), builder):
        builder.add_labelled(row.where, row.record, row.emotion)
    return builder.listing()


def unpack(path: Path, images: Path, builder: ListingBuilder) -> Iterator[FerRow]:
    """Write the images in the rows of fer2013.csv as PNG files; rows without one are reported.

    Raises:
        DataError: the file cannot be read or lacks a column.
    """
    images.mkdir(parents=True, exist_ok=True)
    for position, (line, row) in enumerate(read_csv(path, COLUMNS)):
        where = f"{path.name}, line {line}"
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
            # Written atomically: another run on the same cache may be reading the file that this replaces.
            write_bytes(images / name, cv2.imencode(".png", pixels)[1].tobytes())
            record = ImageRecord(f"{position:05d}", name, official_split=PART_OF[usage])
            yield FerRow(position, where, row["emotion"].strip(), usage, record)


def _pixels(text: str) -> NDArray[np.uint8] | str:
    """Parse pixels to uint8 (48, 48); text that describes the problem if they are malformed."""
    try:
        values = np.array(text.split(), dtype=np.int64)
    except (ValueError, OverflowError) as error:
        return f"expected whole numbers of pixels: {error}"
    if len(values) != SIDE * SIDE:
        return f"expected {SIDE * SIDE} pixels, got {len(values)}"
    if values.min() < 0 or values.max() > 255:
        return f"expected pixels from 0 to 255, got {values.min()} to {values.max()}"
    return values.astype(np.uint8).reshape(SIDE, SIDE)
