"""Labeled Faces in the Wild (Huang et al., University of Massachusetts, TR 07-49, 2007)."""

import re
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.files import files_below, natural_order
from bauta.errors import DataError


def list_lfw(root: Path | str) -> Listing:
    """List `<Name>/<Name>_0001.jpg` below a folder.

    Args:
        root: Folder of the people's folders, such as `lfw` or `lfw_funneled`.

    Returns:
        The listing in natural order; an image's id is its name without the suffix, as `image_id` makes it
        from a name and a number of pairs.txt. A file in a person's folder with another name is a problem.

    Raises:
        DataError: the root is no folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"expected the people's folders of LFW at {root}, got no folder")
    builder = ListingBuilder(root)
    for name in sorted(files_below(root), key=natural_order):
        path = PurePosixPath(name)
        if path.suffix.lower() != ".jpg":
            continue
        person = path.parent.as_posix()
        if re.fullmatch(re.escape(person) + "_[0-9]{4,}", path.stem):
            builder.add(name, ImageRecord(path.stem, name, person))
        else:
            builder.report(name, f"expected the name {person}_ and four digits, got '{path.name}'")
    return builder.listing(folders=[""])


def image_id(name: str, number: int) -> str:
    """Id of an image that pairs.txt names."""
    return f"{name}_{number:04d}"
