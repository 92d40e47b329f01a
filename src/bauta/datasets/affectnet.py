"""AffectNet in three packings (Mollahosseini et al., IEEE Trans. Affective Computing, 2019)."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from bauta.datasets import NO_BOX, ImageRecord, Listing, Points
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.class_folders import find_class_folders, list_class_folders
from bauta.datasets.expression_words import Vocabulary, normal
from bauta.datasets.files import Row, read_csv
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.labels import label_space
from bauta.landmarks import ibug
from bauta.registry import Card

CARD = Card(
    name="affectnet",
    kind="adapter",
    implementation="bauta.datasets.affectnet:list_affectnet",
    about="AffectNet, manually annotated.",
    settings="bauta.config.datasets.expressions:AffectNetDataset",
    source="Mollahosseini et al., IEEE TAC 2019",
)


log = logging.getLogger(__name__)

LISTS: Mapping[str, str] = {"training.csv": "train", "validation.csv": "test"}
"""File lists of the older packing and the part of each; the test labels are not public."""

SETS: Mapping[str, str] = {"train_set": "train", "val_set": "test"}
"""Folders of the newer packing and the part of each."""

FOLDER = "Manually_Annotated_file_lists"
IMAGES = "Manually_Annotated_Images"
BOX = ("face_x", "face_y", "face_width", "face_height")
WITHOUT_A_FACE = ("8", "9", "10", "none", "uncertain", "no face")
"""Labels of rows that may lack a box and points."""

COLUMNS = ("subDirectory_filePath", *BOX, "facial_landmarks", "expression")


def list_affectnet(
    root: Path | str, *, classes: Mapping[str, str | None] | None = None, links: Links = "follow"
) -> Listing:
    """List the manually annotated images with their labels, boxes and points.

    Args:
        root: Folder with `Manually_Annotated_file_lists/*.csv` and `Manually_Annotated_Images` (the older
            packing), or with `train_set` and `val_set` (the newer one, with `.npy` files for each image), or
            with class folders, `train/<class>/<image>` or `<class>/<image>`, as in Kaggle's packings, which
            have only labels. A class is a code or a word.
        classes: The meaning of other labels or folder names.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing; an image's id is its path. Images labelled contempt, none, uncertain or no face stay
        without a label, with the reason among the problems, which also list unusable rows.

    Raises:
        DataError: no packing is found, a file list cannot be read, or a label is unknown.
    """
    root = Path(root)
    words = Vocabulary.of_space(label_space("affectnet"), classes=classes)
    lists = [name for name in LISTS if (root / FOLDER / name).is_file()]
    sets = [name for name in SETS if (root / name / "images").is_dir()]
    if sets:
        log.info("layout: newer packing, %s", " and ".join(sets))
        return _list_sets(root, sets, ListingBuilder(root, links, words=words))
    if lists:
        log.info("layout: older packing, %s", " and ".join(lists))
        return _list_rows(root, lists, ListingBuilder(root, links, words=words))
    # The older packing's images lie in numbered folders, which are not classes.
    layout = None if (root / IMAGES).exists() else find_class_folders(root, words, two_parts=True)
    if layout is None:
        raise DataError(
            f"expected {FOLDER}/training.csv, train_set/images or class folders such as train/happy below "
            f"{root}, got none: see docs/datasets/affectnet.md"
        )
    return list_class_folders(root, layout, words, links)


def _list_sets(root: Path, names: list[str], builder: ListingBuilder) -> Listing:
    for name in names:
        _list_set(root, name, SETS[name], builder)
    return builder.listing(folders=[f"{name}/images" for name in names])


def _list_rows(root: Path, names: list[str], builder: ListingBuilder) -> Listing:
    for name in names:
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
        # Undetected faces have no coordinates; their label decides how they are handled.
        if normal(row["expression"]) not in WITHOUT_A_FACE:
            builder.report(where, f"expected a box and 68 points: {error}")
            return
        record = ImageRecord(path, path, official_split=part)
    else:
        record = ImageRecord(path, path, official_split=part, boxes=(box,), points=(points,))
    builder.add_labelled(where, record, row["expression"])


def _list_set(root: Path, name: str, part: str, builder: ListingBuilder) -> None:
    for path in builder.images(f"{name}/images"):
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
        builder.add_labelled(path, record, code)


def _read_array(stem: Path, kind: str) -> np.ndarray:
    return np.load(stem.with_name(f"{stem.name}_{kind}.npy"), allow_pickle=False)


def five_points(landmarks: np.ndarray) -> Points:
    """Derive five points from 68 landmarks: the means of the eyes, the nose tip and the mouth corners.

    Args:
        landmarks: 136 numbers, x and y of each iBUG point in turn.

    Raises:
        ValueError: the landmarks are not 136 finite numbers.
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
