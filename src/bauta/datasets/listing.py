"""Listing a dataset as configured."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from bauta.datasets import ADAPTERS, Listing
from bauta.datasets.sample import narrow
from bauta.errors import DataError
from bauta.io.walk import Links, walk


def list_dataset(
    root: Path | str,
    images: Path | str,
    *,
    adapter: str,
    options: Mapping[str, Any],
    links: Links | None = None,
    parts: Collection[str] | None = None,
    sample: int | None = None,
    seed: int = 0,
) -> Listing:
    """List the images of a dataset.

    Args:
        root: Folder of the raw data.
        images: Folder to which the listing's paths are relative: the root, unless the adapter writes images.
        adapter: A name in `ADAPTERS`.
        options: Further arguments of the adapter.
        links: Which links below the root are followed; None for an adapter of rendered images.
        parts: See `sample.narrow`.
        sample: See `sample.narrow`.
        seed: See `sample.narrow`.

    Raises:
        DataError: the dataset cannot be used, or no image remains.
        UnknownNameError: the adapter does not exist.
    """
    unpacked = {} if Path(images) == Path(root) else {"images": images}
    following = {} if links is None else {"links": links}
    listing: Listing = ADAPTERS.load(adapter)(root, **options, **following, **unpacked)
    _check_links(Path(root), listing)
    return narrow(listing, parts=parts, sample=sample, seed=seed)


def _check_links(root: Path, listing: Listing) -> None:
    """Refuse links outside the image folders that must not be followed, as an adapter reads labels there.

    Their targets are not part of the dataset's fingerprint, so their content must not be used.

    Raises:
        DataError: there is such a link.
    """
    if listing.links == "follow":
        return
    known = {record.path for record in listing.records}.union(listing.ignored, listing.over_limit)
    for found in walk(root, links=listing.links):
        if found.unread is not None and found.name not in known and (root / found.name).is_symlink():
            raise DataError(
                f"links: {listing.links}, but {root / found.name} is a link that this leaves out, and the "
                "adapter may need it: put the file itself there, remove the link or set links: follow"
            )
