"""AffectNet+: AffectNet's images with soft labels (Fard et al., arXiv 2410.22506, 2024)."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from bauta.datasets import NO_BOX, ImageRecord, Listing
from bauta.datasets.affectnet import five_points
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.expression_words import Vocabulary
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.labels import EXPRESSIONS, label_space
from bauta.registry import Card

CARD = Card(
    name="affectnet_plus",
    kind="adapter",
    implementation="bauta.datasets.affectnet_plus:list_affectnet_plus",
    about="AffectNet+: AffectNet with soft labels.",
    settings="bauta.config.datasets.expressions:AffectNetPlusDataset",
    source="Fard et al., arXiv 2410.22506, 2024",
)


log = logging.getLogger(__name__)

PLACES = ("human_annotated", "AffectNet+/human_annotated", ".")
"""Folders below the root in which the sets may lie."""

SETS: Mapping[str, str] = {"train_set": "train", "validation_set": "test"}
"""Folder of a set and its part; the images without a label by a person are in no part."""

UNLABELLED = "no_human_annotated"

SOFT_CLASSES = label_space("emonet8").classes
"""The classes of a soft label: AffectNet's codes 0 to 7."""


def list_affectnet_plus(
    root: Path | str, *, classes: Mapping[str, str | None] | None = None, links: Links = "follow"
) -> Listing:
    """List the images that people have labelled, with labels, soft labels and points.

    Args:
        root: Folder with `human_annotated/{train_set,validation_set}`, each with `images/<id>.jpg` and
            `annotations/<id>.json`, or that folder itself, or the one above. One of the sets is enough.
        classes: The meaning of other labels.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in natural order; an image's id is its path. The expression is the label by a person, the
        distribution the soft label without contempt, scaled to 1. Images labelled contempt, none, uncertain
        or no face stay without a label, with the reason among the problems, which also list images without
        a usable annotation.

    Raises:
        DataError: no set is found, a label is unknown, or more than a tenth of the images cannot be used.
    """
    root = Path(root)
    place = next((place for place in PLACES if _sets(root / place)), None)
    if place is None:
        raise DataError(
            f"expected human_annotated/train_set/images or human_annotated/validation_set/images below "
            f"{root}, got neither: see docs/datasets/affectnet_plus.md"
        )
    names = _sets(root / place)
    log.info("layout: %s below %s", " and ".join(names), root / place)
    words = Vocabulary.of_space(label_space("affectnet"), classes=classes)
    builder = ListingBuilder(root, links, words=words, source=root / place)
    folders = [str(PurePosixPath(place, name, "images")) for name in names]
    for name, folder in zip(names, folders, strict=True):
        for path in builder.images(folder):
            _add(root, path, SETS[name], builder)
    others = [str(PurePosixPath(place).parent / UNLABELLED / "images"), f"{UNLABELLED}/images"]
    return builder.listing(folders=[*folders, *dict.fromkeys(others)])


def _sets(folder: Path) -> list[str]:
    return [name for name in SETS if (folder / name / "images").is_dir()]


def _add(root: Path, path: str, part: str, builder: ListingBuilder) -> None:
    image = PurePosixPath(path)
    annotation = root / image.parent.parent / "annotations" / f"{image.stem}.json"
    try:
        content = json.loads(annotation.read_text(encoding="utf-8"))
        label = str(content["human-label"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        builder.report(path, f"its annotation cannot be read: {type(error).__name__}: {error}")
        return
    record = ImageRecord(path, path, official_split=part)
    try:
        record = replace(record, distribution=distribution_of(content.get("soft-label")))
        landmarks = (content.get("meta-data") or {}).get("landmark-68")
        if landmarks is not None:
            points = five_points(np.asarray(landmarks, dtype=np.float64))
            record = replace(record, boxes=(NO_BOX,), points=(points,))
    except (ValueError, TypeError, AttributeError) as error:
        builder.remark(path, f"only its label is used: {error}")
    builder.add_labelled(path, record, label)


def distribution_of(shares: Sequence[Any] | None) -> tuple[float, ...] | None:
    """The shares of bauta's expressions in a soft label, without contempt and scaled to 1.

    Args:
        shares: A share of each of `SOFT_CLASSES`; None if there is no soft label.

    Returns:
        The shares of `EXPRESSIONS`; None without a soft label, or if contempt has everything.

    Raises:
        ValueError: there are not eight finite shares of 0 or more.
    """
    if shares is None:
        return None
    values = np.asarray(shares, dtype=np.float64)
    if values.shape != (len(SOFT_CLASSES),) or not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"expected a soft label of {len(SOFT_CLASSES)} shares, got {shares}"[:200])
    counterparts = label_space("emonet8").counterparts
    of = {counterparts[name]: value for name, value in zip(SOFT_CLASSES, values.tolist(), strict=True)}
    total = sum(of[name] for name in EXPRESSIONS)
    return tuple(of[name] / total for name in EXPRESSIONS) if total > 0 else None
