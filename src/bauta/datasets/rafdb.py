"""RAF-DB, basic emotions (Li et al., Reliable crowdsourcing …, CVPR 2017), in two packings."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from bauta.datasets import Attributes, ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.class_folders import find_class_folders, list_class_folders
from bauta.datasets.expression_words import Vocabulary
from bauta.datasets.files import read_lines
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.labels import label_space
from bauta.registry import Card

CARD = Card(
    name="rafdb",
    kind="adapter",
    implementation="bauta.datasets.rafdb:list_rafdb",
    about="RAF-DB, basic emotions.",
    settings="bauta.config.datasets.expressions:RafDbDataset",
    source="Li et al., CVPR 2017",
)


log = logging.getLogger(__name__)

LABELS = "EmoLabel/list_patition_label.txt"
IMAGES = "Image/aligned"
SPLITS = ("train", "test")
ATTRIBUTES = "Annotation/manual"
CODES: Mapping[str, Sequence[str]] = {
    "gender": ("male", "female"),
    "race": ("caucasian", "african_american", "asian"),
    "age": ("0-3", "4-19", "20-39", "40-69", "70+"),
}
"""Attribute → its classes by number, in the order of the lines; 2 is a gender of which nobody was sure."""

POINTS = 5
"""Lines of landmarks that precede the attributes."""

PLACES = ("", "basic/")
"""Folders below the root in which the official packing may begin."""


def list_rafdb(
    root: Path | str,
    *,
    classes: Mapping[str, str | None] | None = None,
    attributes: bool = False,
    links: Links = "follow",
) -> Listing:
    """List the aligned images, 100×100 pixels, with their labels and the official split.

    Args:
        root: Folder with `EmoLabel/list_patition_label.txt` and `Image/aligned`, or with a folder `basic`
            that holds them; or with `train` and `test`, each with folders `1` to `7` or named after the
            expressions, as in Kaggle's packing below `DATASET`.
        classes: The meaning of other labels or folder names.
        attributes: Whether the gender, race and age in `Annotation/manual` of the official packing are read.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing. For the official packing, it has the order of the labels, and `train_00001` is the id of
        `train_00001_aligned.jpg`; for class folders, it has natural order, and an image's id is its path.
        Unusable rows are problems.

    Raises:
        DataError: neither packing is found, its labels cannot be read, or one of them is unknown.
    """
    root = Path(root)
    words = Vocabulary.of_space(label_space("rafdb"), first=1, classes=classes)
    place = next((place for place in PLACES if (root / place / LABELS).exists()), None)
    if place is not None:
        return _list_official(root, place, words, links, attributes=attributes)
    layout = find_class_folders(root, words, two_parts=True)
    if layout is None:
        raise DataError(
            f"expected {LABELS} or class folders such as train/1 below {root}, got neither: "
            "see docs/datasets/rafdb.md"
        )
    return list_class_folders(root, layout, words, links)


def _list_official(root: Path, place: str, words: Vocabulary, links: Links, *, attributes: bool) -> Listing:
    source = root / place / LABELS
    log.info("layout: official, %s", source)
    builder = ListingBuilder(root, links, words=words, source=source)
    for line, text in read_lines(source):
        where = f"{LABELS}, line {line}"
        parts = text.split()
        if len(parts) != 2:
            builder.report(where, f"expected a file and a label, got '{text}'")
            continue
        path = PurePosixPath(parts[0])
        part = path.name.partition("_")[0]
        if part not in SPLITS:
            builder.report(where, f"expected a name that begins with train or test, got '{path}'")
            continue
        name = f"{place}{IMAGES}/{path.with_suffix('')}_aligned{path.suffix}"
        known = _attributes(root / place / ATTRIBUTES / f"{path.stem}_manu_attri.txt") if attributes else ()
        record = ImageRecord(path.stem, name, official_split=part, attributes=known)
        builder.add_labelled(where, record, parts[1])
    return builder.listing(folders=[f"{place}{IMAGES}"])


def _attributes(path: Path) -> Attributes:
    """Attributes of an image: below the landmarks, its file has a line for each; none without a file."""
    if not path.is_file():
        return ()
    lines = [text.strip() for _, text in read_lines(path)][POINTS : POINTS + len(CODES)]
    return tuple(
        (name, classes[int(code)])
        for (name, classes), code in zip(CODES.items(), lines, strict=False)
        if code.isdecimal() and int(code) < len(classes)
    )
