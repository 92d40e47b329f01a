"""FairFace: faces with age, gender and race (Karkkainen and Joo, WACV 2021)."""

import logging
from collections.abc import Mapping
from pathlib import Path

from bauta.datasets import Attributes, ImageRecord, Listing
from bauta.datasets.age_groups import AGE_GROUPS
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.files import Row, read_csv
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.registry import Card

CARD = Card(
    name="fairface",
    kind="adapter",
    implementation="bauta.datasets.fairface:list_fairface",
    about="FairFace: age, gender and race.",
    settings="bauta.config.datasets.people:FairFaceDataset",
    source="Karkkainen and Joo, WACV 2021",
)


log = logging.getLogger(__name__)

LABELS: Mapping[str, str] = {"train": "fairface_label_train.csv", "val": "fairface_label_val.csv"}
"""Folder of the images → their labels."""

PART_OF: Mapping[str, str] = {"train": "train", "val": "test"}
"""Part of the split for each folder; there are no other images."""

FOLDERS = ("", "fairface-img-margin025-trainval", "fairface-img-margin125-trainval")
"""Folders below the root in which `train` and `val` may lie; the first one that exists is used."""

CLASSES: Mapping[str, Mapping[str, str]] = {
    "age": {**{group: group for group in AGE_GROUPS[:-1]}, "more than 70": AGE_GROUPS[-1]},
    "gender": {"Male": "male", "Female": "female"},
    "race": {
        "Black": "black",
        "East Asian": "east_asian",
        "Indian": "indian",
        "Latino_Hispanic": "latino_hispanic",
        "Middle Eastern": "middle_eastern",
        "Southeast Asian": "southeast_asian",
        "White": "white",
    },
}
"""Column → value in the file → class of the attribute."""


def list_fairface(root: Path | str, *, links: Links = "follow") -> Listing:
    """List the images with age, gender and race, and the official split.

    Args:
        root: Folder with `fairface_label_train.csv` or `fairface_label_val.csv`, and with the images of
            either padding in `train` and `val`, or in one of `FOLDERS` as the archives are named.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in the order of the labels; an image's id is its name in them, such as `train/1.jpg`. A
        value that is none of FairFace's leaves the attribute out and is a problem, as is an unusable row.

    Raises:
        DataError: no labels or no images are found, or the labels cannot be read.
    """
    root = Path(root)
    parts = [part for part, name in LABELS.items() if (root / name).is_file()]
    folders = [folder for folder in FOLDERS if any((root / folder / part).is_dir() for part in LABELS)]
    if not parts or not folders:
        raise DataError(
            f"expected {' or '.join(LABELS.values())} and the folders train and val below {root}, got "
            f"{'no labels' if not parts else 'no images'}: see docs/datasets/fairface.md"
        )
    log.info("layout: %s, images below %s", " and ".join(LABELS[part] for part in parts), root / folders[0])
    builder = ListingBuilder(root, links)
    for part in parts:
        for line, row in read_csv(root / LABELS[part], ("file", *CLASSES)):
            where = f"{LABELS[part]}, line {line}"
            if isinstance(row, str):
                builder.report(where, row)
                continue
            path = "/".join(filter(None, (folders[0], row["file"])))
            known = _attributes(row, where, builder)
            builder.add(where, ImageRecord(row["file"], path, official_split=PART_OF[part], attributes=known))
    images = ["/".join(filter(None, (folder, part))) for folder in folders for part in LABELS]
    return builder.listing(folders=images)


def _attributes(row: Row, where: str, builder: ListingBuilder) -> Attributes:
    known = []
    for name, classes in CLASSES.items():
        if row[name] in classes:
            known.append((name, classes[row[name]]))
        else:
            builder.remark(where, f"expected {name} to be one of {', '.join(classes)}, got '{row[name]}'")
    return tuple(known)
