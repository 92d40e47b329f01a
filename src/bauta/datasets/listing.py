"""List a dataset as the configuration says."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from bauta.datasets import ADAPTERS, Listing
from bauta.datasets.sample import narrow


def list_dataset(
    root: Path | str,
    images: Path | str,
    *,
    adapter: str,
    options: Mapping[str, Any],
    parts: Collection[str] | None = None,
    sample: int | None = None,
    seed: int = 0,
) -> Listing:
    """List the images of a dataset.

    Args:
        root: Folder of the raw data.
        images: Folder that the listing's paths start from: the root, unless the adapter writes images.
        adapter: A name of `ADAPTERS`.
        options: What the adapter takes besides.
        parts: See `sample.narrow`.
        sample: See `sample.narrow`.
        seed: See `sample.narrow`.

    Raises:
        DataError: the dataset cannot be used, or no image is left.
        UnknownNameError: there is no such adapter.
    """
    unpacked = {} if Path(images) == Path(root) else {"images": images}
    listing: Listing = ADAPTERS.load(adapter)(root, **options, **unpacked)
    return narrow(listing, parts=parts, sample=sample, seed=seed)
