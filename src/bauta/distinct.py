"""Compute once for each distinct image: blacked-out and k-Same faces repeat the same few pictures."""

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bauta.protocols import Images
from bauta.store import Store

BATCH = 64


def compute_distinct(
    store: Store, rows: NDArray[np.integer], compute: Callable[[Images], NDArray[Any]]
) -> list[NDArray[Any]]:
    """Results for the images of a store, with equal images computed once.

    Args:
        store: Store with `images` uint8 (N, H, W, 3).
        rows: Rows to compute for.
        compute: Gives one result a row for a batch of images.

    Returns:
        One result for each of `rows`.

    Raises:
        StoreError: the store cannot be read.
    """
    known: dict[bytes, NDArray[Any]] = {}
    digests: list[bytes] = []
    for start in range(0, len(rows), BATCH):
        images = store.take("images", rows[start : start + BATCH])
        batch = [hashlib.sha256(image.tobytes()).digest() for image in images]
        fresh = {digest: row for row, digest in enumerate(batch) if digest not in known}
        if fresh:
            known |= zip(fresh, compute(images[list(fresh.values())]), strict=True)
        digests += batch
    return [known[digest] for digest in digests]
