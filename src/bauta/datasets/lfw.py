"""Labeled Faces in the Wild (Huang et al., University of Massachusetts, TR 07-49, 2007)."""

import re
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.files import composed
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.registry import Card

CARD = Card(
    name="lfw",
    kind="adapter",
    implementation="bauta.datasets.lfw:list_lfw",
    about="Labeled Faces in the Wild.",
    settings="bauta.config.datasets.pairs:LfwDataset",
    source="Huang et al., TR 07-49, 2007",
)


def list_lfw(root: Path | str, *, links: Links = "follow") -> Listing:
    """List `<Name>/<Name>_0001.jpg` below a folder.

    Args:
        root: Folder of the people's folders, such as `lfw` or `lfw_funneled`.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in natural order; an image's id is its name without the suffix, as `image_id` derives it
        from a name and a number in pairs.txt. A file with another name in a person's folder is a problem.

    Raises:
        DataError: the root is not a folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"expected the people's folders of LFW at {root}, got no folder")
    builder = ListingBuilder(root, links)
    add_people(builder)
    return builder.listing(folders=[""])


def add_people(builder: ListingBuilder, folder: str = "") -> None:
    """Add the images of the people's folders below a folder; images with other names are reported."""
    for name in builder.images(folder):
        path = PurePosixPath(composed(name)).relative_to(folder)
        person = path.parent.as_posix()
        if re.fullmatch(re.escape(person) + "_[0-9]{4,}", path.stem):
            builder.add(name, ImageRecord(path.stem, name, person))
        else:
            builder.report(name, f"expected the name {person}_ and four digits, got '{path.name}'")


def image_id(name: str, number: int) -> str:
    """The id of an image named in pairs.txt."""
    return f"{composed(name)}_{number:04d}"
