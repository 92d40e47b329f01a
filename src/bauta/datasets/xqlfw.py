"""XQLFW, Cross-Quality LFW (Knoche et al., FG 2021): LFW with images of it made worse on purpose."""

import logging
from pathlib import Path

from bauta.datasets import Listing
from bauta.datasets.builder import ListingBuilder
from bauta.datasets.lfw import add_people
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.registry import Card

CARD = Card(
    name="xqlfw",
    kind="adapter",
    implementation="bauta.datasets.xqlfw:list_xqlfw",
    about="Cross-Quality LFW.",
    settings="bauta.config.datasets.pairs:XqlfwDataset",
    source="Knoche et al., FG 2021",
)


log = logging.getLogger(__name__)

FOLDERS = ("lfw_original_imgs_min_qual0.85variant11", "xqlfw_aligned_112")
"""Folders of the two archives, xqlfw.zip and xqlfw_aligned_112.zip; the first one that exists is used."""


def list_xqlfw(root: Path | str, *, links: Links = "follow") -> Listing:
    """List `<Name>/<Name>_0001.jpg` below the folder of an archive.

    Args:
        root: Folder with one of `FOLDERS`, or one of them itself.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing, see `lfw.list_lfw`. An image has the id of LFW's image that it shows, so that pairs.txt
        of either may be used.

    Raises:
        DataError: the root is not a folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"expected the people's folders of XQLFW at {root}, got no folder")
    found = [name for name in FOLDERS if (root / name).is_dir()]
    folder = found[0] if found else ""
    log.info("layout: people's folders below %s", root / folder)
    builder = ListingBuilder(root, links)
    add_people(builder, folder)
    return builder.listing(folders=found or [""])
