"""FACES (Ebner et al., Behavior Research Methods 2010): 171 people, six expressions, two pictures each."""

import re
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.expression_words import Vocabulary
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.labels import label_space
from bauta.registry import Card

CARD = Card(
    name="faces",
    kind="adapter",
    implementation="bauta.datasets.faces_database:list_faces",
    about="FACES: 171 people, six expressions.",
    settings="bauta.config.datasets.expressions:FacesDataset",
    source="Ebner et al., Behavior Research Methods 2010",
)


NAME = re.compile(r"([0-9]{1,3})_([ymo])_([mf])_([a-z])_([ab])")


AGES = {"y": "young", "m": "middle-aged", "o": "old"}
GENDERS = {"m": "male", "f": "female"}


def list_faces(root: Path | str, *, links: Links = "follow") -> Listing:
    """List the images, whose names encode what they show, such as `004_o_m_a_a.jpg`.

    A name consists of person, age group (young, middle-aged, old), sex, expression (angry, disgusted,
    fearful, happy, neutral, sad) and picture set; there is no surprise.

    Args:
        root: Folder of the images, at any depth.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in natural order; an image's id is its name without the suffix, and its
        attributes are the person's age group and gender. Images with other names
        are problems.

    Raises:
        DataError: the root is not a folder, the letter of an expression is unknown, or more than a tenth of
            the images have other names.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"expected the images of FACES at {root}, got no folder")
    letters = {name[0]: name for name in label_space("faces").classes}
    builder = ListingBuilder(root, links, words=Vocabulary(codes=letters))
    for name in builder.images():
        stem = PurePosixPath(name).stem
        parts = NAME.fullmatch(stem)
        if parts is None:
            builder.report(name, "expected a name such as 004_o_m_a_a: person, age, sex, expression, set")
        else:
            attributes = (("age", AGES[parts[2]]), ("gender", GENDERS[parts[3]]))
            builder.add_labelled(name, ImageRecord(stem, name, parts[1], attributes=attributes), parts[4])
    return builder.listing(folders=[""])
