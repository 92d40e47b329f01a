"""Computing once per distinct image, as blacked-out and k-Same faces repeat the same few images."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bauta.contract import Status
from bauta.protocols import Floats, Images
from bauta.store import Store
from bauta.store.ahead import one_ahead

BATCH = 64

Compute = Callable[[Images], NDArray[Any]]
"""Computes one row of results per image of a batch."""


class Distinct:
    """Computes results for batches of images, once for equal images.

    Args:
        compute: The function that computes them.
    """

    def __init__(self, compute: Compute) -> None:
        self._compute = compute
        self._known: dict[bytes, NDArray[Any]] = {}

    def __call__(self, images: Images, digests: Sequence[bytes] | None = None) -> list[NDArray[Any]]:
        """One result for each image; `digests` are those of `image_digests`, where they are known."""
        digests = image_digests(images) if digests is None else digests
        fresh = {digest: row for row, digest in enumerate(digests) if digest not in self._known}
        if fresh:
            self._known |= zip(fresh, self._compute(images[list(fresh.values())]), strict=True)
        return [self._known[digest] for digest in digests]

    def learn(self, images: Images, results: NDArray[Any]) -> None:
        """Add results of an earlier job, so that the same images are batched together as in a single job."""
        for digest, result in zip(image_digests(images), results, strict=True):
            self._known.setdefault(digest, result)


def compute_distinct(store: Store, rows: NDArray[np.integer], compute: Compute) -> list[NDArray[Any]]:
    """Compute results for the images of a store, once for equal images.

    Args:
        store: Store with `images` uint8 (N, H, W, 3).
        rows: Rows to compute for.
        compute: The function that computes them.

    Returns:
        One result for each of `rows`.

    Raises:
        StoreError: the store cannot be read.
    """
    distinct = Distinct(compute)
    results: list[NDArray[Any]] = []
    starts = range(0, len(rows), BATCH)
    for images in one_ahead(store.take("images", rows[start : start + BATCH]) for start in starts):
        results += distinct(images)
    return results


def output_digests(store: Store, rows: NDArray[np.integer]) -> list[bytes | None]:
    """SHA-256 of the pixels of faces in a store, None where the status is not ok.

    Args:
        store: Store with `images` uint8 (N, H, W, 3) and `status` uint8 (N,).
        rows: Rows of the faces, in order.

    Raises:
        StoreError: the store cannot be read.
    """
    found: list[bytes | None] = []
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        digests = image_digests(store.take("images", part))
        ok = store.take("status", part) == Status.OK.code
        found += [digest if good else None for digest, good in zip(digests, ok.tolist(), strict=True)]
    return found


def distinct_batches(
    store: Store, rows: NDArray[np.integer], compute: Callable[[Images], Floats], earlier: Floats
) -> Iterator[tuple[Floats, NDArray[np.uint8]]]:
    """Compute vectors for the faces of a store, batch by batch and once for equal images.

    Args:
        store: Store with `images` uint8 (N, H, W, 3) and `status` uint8 (N,).
        rows: Rows to compute for, in order.
        compute: Computes float32 (B, D) for B images whose status is ok.
        earlier: Vectors of the first of these rows, float32 (E, D), computed by an earlier job.

    Yields:
        float32 (B, D), NaN where the status is not ok, and the status uint8 (B,), from row E on.

    Raises:
        StoreError: the store cannot be read.
    """
    distinct = Distinct(compute)
    for start, batch in one_ahead(_read(store, rows)):
        if start < len(earlier):
            distinct.learn(batch.images, earlier[start : start + BATCH][batch.ok])
            continue
        numbers = np.full((len(batch.status), earlier.shape[1]), np.nan, dtype=np.float32)
        if batch.ok.any():
            numbers[batch.ok] = distinct(batch.images, batch.digests)
        yield numbers, batch.status


@dataclass(frozen=True)
class _Batch:
    """Status codes (B,), which of them are ok, and images and digests of those."""

    status: NDArray[np.uint8]
    ok: NDArray[np.bool_]
    images: Images
    digests: list[bytes]


def _read(store: Store, rows: NDArray[np.integer]) -> Iterator[tuple[int, _Batch]]:
    """The batches of a store, each with its offset in `rows`."""
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        status = store.take("status", part)
        ok = status == Status.OK.code
        images = store.take("images", part[ok])
        yield start, _Batch(status, ok, images, image_digests(images))


def image_digests(images: Images) -> list[bytes]:
    """SHA-256 of the pixels of each image of a batch."""
    return [hashlib.sha256(np.ascontiguousarray(image).data).digest() for image in images]
