"""AffectNet in both of its packings (Mollahosseini et al., IEEE Trans. Affective Computing, 2019)."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from bauta.datasets import NO_BOX, ImageRecord, Listing, Points
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.files import Row, files_below, natural_order, read_csv
from bauta.datasets.folder import is_image
from bauta.errors import DataError
from bauta.labels import label_space
from bauta.landmarks import ibug

LISTS: Mapping[str, str] = {"training.csv": "train", "validation.csv": "test"}
"""File lists of the older packing and the part that each stands for; the test labels are not public."""

SETS: Mapping[str, str] = {"train_set": "train", "val_set": "test"}
"""Folders of the newer packing."""

FOLDER = "Manually_Annotated_file_lists"
IMAGES = "Manually_Annotated_Images"
BOX = ("face_x", "face_y", "face_width", "face_height")
COLUMNS = ("subDirectory_filePath", *BOX, "facial_landmarks", "expression")


def list_affectnet(root: Path | str) -> Listing:
    """List the manually annotated images with their labels, boxes and points.

    Args:
        root: Folder with `Manually_Annotated_file_lists/*.csv` and `Manually_Annotated_Images` (the older
            packing), or with `train_set` and `val_set` (the newer one: an image and `.npy` files each).

    Returns:
        The listing; an image's id is its path. Contempt, none, uncertain and no face leave an image without a
        label, with the reason among the problems, as do rows that cannot be used.

    Raises:
        DataError: neither packing is there, or a file list cannot be read.
    """
    root = Path(root)
    builder = ListingBuilder(root)
    if any((root / name).is_dir() for name in SETS):
        for name, part in SETS.items():
            if (root / name / "images").is_dir():
                _list_set(root, name, part, builder)
        return builder.listing(folders=[f"{name}/images" for name in SETS])
    found = [name for name in LISTS if (root / FOLDER / name).is_file()]
    if not found:
        raise DataError(
            f"expected {FOLDER}/training.csv or train_set below {root}, got neither: "
            "see docs/datasets/affectnet.md"
        )
    for name in found:
        for line, row in read_csv(root / FOLDER / name, COLUMNS):
            where = f"{name}, line {line}"
            if isinstance(row, str):
                builder.report(where, row)
            else:
                _add_row(row, where, LISTS[name], builder)
    return builder.listing(folders=[IMAGES])


def _add_row(row: Row, where: str, part: str, builder: ListingBuilder) -> None:
    path = f"{IMAGES}/{row['subDirectory_filePath']}"
    try:
        x, y, width, height = (float(row[name]) for name in BOX)
        box = (x - 0.5, y - 0.5, x + width - 0.5, y + height - 0.5)
        points = five_points(np.array(row["facial_landmarks"].split(";"), dtype=np.float64))
    except ValueError as error:
        # faces that were not found have no numbers; their label decides what becomes of them
        if row["expression"].strip() not in ("8", "9", "10"):
            builder.report(where, f"expected a box and 68 points: {error}")
            return
        record = ImageRecord(path, path, official_split=part)
    else:
        record = ImageRecord(path, path, official_split=part, boxes=(box,), points=(points,))
    builder.add_labelled(where, record, label_space("affectnet"), row["expression"].strip())


def _list_set(root: Path, name: str, part: str, builder: ListingBuilder) -> None:
    for path in sorted(files_below(root, f"{name}/images"), key=natural_order):
        if not is_image(root, path):
            continue
        stem = root / name / "annotations" / Path(path).stem
        try:
            code = str(_read_array(stem, "exp").item()).strip()
            landmarks = stem.with_name(f"{stem.name}_lnd.npy")
            points = five_points(_read_array(stem, "lnd")) if landmarks.exists() else None
        except (OSError, ValueError, EOFError) as error:
            builder.report(path, f"its annotation cannot be read: {error}")
            continue
        record = ImageRecord(path, path, official_split=part)
        if points is not None:
            record = replace(record, boxes=(NO_BOX,), points=(points,))
        builder.add_labelled(path, record, label_space("affectnet"), code)


def _read_array(stem: Path, kind: str) -> np.ndarray:
    return np.load(stem.with_name(f"{stem.name}_{kind}.npy"), allow_pickle=False)


def five_points(landmarks: np.ndarray) -> Points:
    """Five points of 68 landmarks: the eyes' means, the tip of the nose, the corners of the mouth.

    Args:
        landmarks: 136 numbers, x and y of each iBUG point in turn.

    Raises:
        ValueError: there are not 136 finite numbers.
    """
    values = np.asarray(landmarks, dtype=np.float64)
    if values.size != 136 or not np.isfinite(values).all():
        raise ValueError(f"expected 136 coordinates, got {values.size}")
    points = values.reshape(68, 2)
    five = (
        points[ibug.LEFT_EYE].mean(axis=0),
        points[ibug.RIGHT_EYE].mean(axis=0),
        points[ibug.NOSE_TIP],
        points[ibug.LEFT_MOUTH_CORNER],
        points[ibug.RIGHT_MOUTH_CORNER],
    )
    return tuple((float(x), float(y)) for x, y in five)
