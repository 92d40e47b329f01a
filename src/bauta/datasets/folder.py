"""Photographs in one folder per person: ORL, Pins, VGGFace and the like."""

import os
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from bauta.datasets import Attributes, ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.label_attributes import read_label_attributes
from bauta.datasets.label_file import read_labels
from bauta.datasets.levels import check_level, subject_at
from bauta.datasets.places import option_path
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.registry import Card

CARD = Card(
    name="folder",
    kind="adapter",
    implementation="bauta.datasets.folder:list_folder",
    about="Photographs, one folder a person.",
    settings="bauta.config.datasets.people:FolderDataset",
)


def list_folder(
    root: Path | str,
    *,
    labels: str | None = None,
    limit: int | None = None,
    subject_level: int | None = None,
    classes: Mapping[str, str | None] | None = None,
    attributes: Collection[str] = (),
    links: Links = "follow",
) -> Listing:
    """List the files below a folder.

    The first folder below the root names the person, however deep a file lies; the subject of a file directly
    in the root is unknown. A file is an image if its suffix or first bytes suggest so. An unreadable entry
    such as a pipe or a broken link also counts as an image, and `write_manifest` records the reason.

    Args:
        root: The dataset's folder.
        labels: CSV file with the columns `path` and `expression`, see `label_file`; a relative name is
            relative to the root. Images that it does not list have no label; its unusable rows are problems
            of the listing.
        limit: Maximal number of images per person, taken in natural order (2.jpg before 10.jpg).
        subject_level: Which folder below the root names the person, 0 if no subjects are known. If None, the
            first one must look as if it did, see `levels.check_level`.
        classes: The meaning of labels that are not among the field's words.
        attributes: Further columns of the labels that are read as attributes of people.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing, in natural order; an image's id is its path.

    Raises:
        DataError: the root is not a folder, its folders do not name people, or the labels cannot be read or
            do not belong to these images.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"expected a folder of images at {root}, got none: put the images there")
    builder = ListingBuilder(root, links)
    images = builder.images()
    check_level(root, images, subject_level)
    level = 1 if subject_level is None else subject_level
    besides = [name for name in images if level and subject_at(name, level) is None]
    strangers = [name for name in besides if (root / name).is_file()]
    if strangers:
        builder.remark(
            strangers[0], f"{len(strangers)} images lie in no person's folder: their subject is unknown"
        )
    expressions = {}
    if labels is not None:
        expressions = read_labels(option_path(root, labels), root, images, builder, classes)
        builder.uses(os.path.relpath(option_path(root, labels), root))
    known: Mapping[str, Attributes] = {}
    if labels is not None and attributes:
        known = read_label_attributes(option_path(root, labels), root, images, attributes, builder)
    taken: Counter[str | None] = Counter()
    over_limit = []
    for name in images:
        subject = subject_at(name, level)
        taken[subject] += 1
        if limit is not None and taken[subject] > limit:
            over_limit.append(name)
        else:
            expression = expressions.get(name)
            builder.add(name, ImageRecord(name, name, subject, expression, attributes=known.get(name, ())))
    return builder.listing(folders=[""], over_limit=over_limit)
