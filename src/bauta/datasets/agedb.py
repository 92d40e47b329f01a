"""AgeDB: 568 people at different ages (Moschoglou et al., CVPR Workshops 2017)."""

import re
from pathlib import Path, PurePosixPath

from bauta.datasets import Attributes, ImageRecord, Listing
from bauta.datasets.age_groups import age_group
from bauta.datasets.builder import ListingBuilder
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.registry import Card

CARD = Card(
    name="agedb",
    kind="adapter",
    implementation="bauta.datasets.agedb:list_agedb",
    about="AgeDB: people at different ages.",
    settings="bauta.config.datasets.pairs:AgeDbDataset",
    source="Moschoglou et al., CVPRW 2017",
)


NAME = re.compile(r"(?P<number>[0-9]+)_(?P<person>.+)_(?P<age>[0-9]{1,3})_(?P<gender>[mf])")

PROTOCOL_NAME = re.compile(r"(?P<person>[^\W\d_][^_]*)(_[^_]+){4,}")
"""Names in `03_Protocol_Images`: the person and four parts or more, as InsightFace reads them."""

GENDERS = {"m": "male", "f": "female"}


def list_agedb(root: Path | str, *, links: Links = "follow") -> Listing:
    """List the images, whose names hold what they show, such as `0_MariaCallas_35_f.jpg`.

    A name consists of a number, the person, the age in years and the gender. The images of the verification
    protocols are copies with other names, which begin with the person.

    Args:
        root: Folder of the images, at any depth: of the database, or `03_Protocol_Images`.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in natural order; an image's id is its name without the suffix, and its attributes are the
        gender and the age, in the groups of FairFace; those of the protocols have none. Images with other
        names are problems.

    Raises:
        DataError: the root is not a folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"expected the images of AgeDB at {root}, got no folder")
    builder = ListingBuilder(root, links)
    for name in builder.images():
        stem = PurePosixPath(name).stem
        person = person_of(stem)
        if person is None:
            builder.report(name, "expected a name such as 0_MariaCallas_35_f: number, person, age, gender")
            continue
        parts = NAME.fullmatch(stem)
        known: Attributes = ()
        if parts is not None:
            known = (("age", age_group(int(parts["age"]))), ("gender", GENDERS[parts["gender"]]))
        builder.add(name, ImageRecord(stem, name, person, attributes=known))
    return builder.listing(folders=[""])


def person_of(image_id: str) -> str | None:
    """The person named in an image's id; None if it has neither form."""
    parts = NAME.fullmatch(image_id) or PROTOCOL_NAME.fullmatch(image_id)
    return None if parts is None else parts["person"]
