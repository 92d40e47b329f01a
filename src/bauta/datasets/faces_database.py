"""FACES (Ebner et al., Behavior Research Methods 2010): 171 people, six expressions, two pictures of each."""

import re
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.files import files_below, natural_order
from bauta.datasets.folder import is_image
from bauta.errors import DataError
from bauta.labels import label_space

NAME = re.compile(r"([0-9]{1,3})_([ymo])_([mf])_([a-z])_([ab])")


def list_faces(root: Path | str) -> Listing:
    """List images whose names say what they show: `004_o_m_a_a.jpg`.

    Person, age group (young, middle-aged, old), sex, expression (angry, disgusted, fearful, happy, neutral,
    sad) and picture set; there is no surprise.

    Args:
        root: Folder of the images, at any depth.

    Returns:
        The listing in natural order; an image's id is its name without the suffix. Images with other names
        are problems.

    Raises:
        DataError: the root is no folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"expected the images of FACES at {root}, got no folder")
    builder = ListingBuilder(root)
    space = label_space("faces")
    letters = {name[0]: str(code) for code, name in enumerate(space.classes)}
    for name in sorted(files_below(root), key=natural_order):
        if not is_image(root, name):
            continue
        stem = PurePosixPath(name).stem
        parts = NAME.fullmatch(stem)
        if parts is None:
            builder.report(name, "expected a name such as 004_o_m_a_a: person, age, sex, expression, set")
        elif parts[4] not in letters:
            builder.report(name, f"unknown expression '{parts[4]}': expected one of: {', '.join(letters)}")
        else:
            builder.add_labelled(name, ImageRecord(stem, name, parts[1]), space, letters[parts[4]])
    return builder.listing(folders=[""])
