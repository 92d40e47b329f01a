"""CFP, Celebrities in Frontal-Profile (Sengupta et al., WACV 2016)."""

import re
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.places import CFP_PLACES
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.registry import Card

CARD = Card(
    name="cfp",
    kind="adapter",
    implementation="bauta.datasets.cfp:list_cfp",
    about="CFP: celebrities from the front and in profile.",
    settings="bauta.config.datasets.pairs:CfpDataset",
    source="Sengupta et al., WACV 2016",
)


IMAGES = "Data/Images"
IMAGE = re.compile(r"(?P<person>[0-9]{3})/(frontal|profile)/[0-9]{2}")


def list_cfp(root: Path | str, *, links: Links = "follow") -> Listing:
    """List `Data/Images/001/frontal/01.jpg` and so on: ten frontal and four profile images of each person.

    Args:
        root: Folder with `Data` and `Protocol`, or with the folder `cfp-dataset` that holds them.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in natural order; the first folder below `Images` is the person, and an image's id is its
        path below it without the suffix, such as `001/frontal/01`. Images elsewhere are problems.

    Raises:
        DataError: there are no such folders.
    """
    root = Path(root)
    place = next((place for place in CFP_PLACES if (root / place / IMAGES).is_dir()), None)
    if place is None:
        raise DataError(f"expected {IMAGES} or cfp-dataset/{IMAGES} below {root}, got neither")
    folder = PurePosixPath(place, IMAGES)
    builder = ListingBuilder(root, links)
    for name in builder.images(str(folder)):
        image_id = image_id_of(str(PurePosixPath(name).relative_to(folder)))
        if image_id is None:
            builder.report(name, f"expected {folder}/<three digits>/frontal or profile/<two digits>.jpg")
        else:
            builder.add(name, ImageRecord(image_id, name, image_id.partition("/")[0]))
    return builder.listing(folders=[str(folder)])


def image_id_of(path: str) -> str | None:
    """The id of an image by its path below `Images`; None for a path of another form."""
    found = str(PurePosixPath(path).with_suffix(""))
    return found if IMAGE.fullmatch(found) else None
