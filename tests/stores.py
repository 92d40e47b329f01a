"""Stores of a few rows in small shards, written as a stage does and killed where a test wants."""

from pathlib import Path

import numpy as np

from bauta.store import ArraySpec, StoreWriter

SPECS = {
    "images": ArraySpec((4, 4, 3), "uint8"),
    "vectors": ArraySpec((5,), "float32"),
    "status": ArraySpec((), "uint8"),
}
BATCH = 3


class KilledError(BaseException):
    """Stands for `kill -9`: nothing of the writer runs after it."""


def rows(start, stop):
    def numbers(width):
        return (np.arange(start * width, stop * width) * 37) % 251 + 1

    return {
        "images": numbers(48).reshape(-1, 4, 4, 3).astype(np.uint8),
        "vectors": numbers(5).reshape(-1, 5).astype(np.float32),
        "status": numbers(1).astype(np.uint8),
    }


def write(path, count, *, killed_after=None, seen=None, **options):
    """Write a store as a stage does; dies where it is told to, as `kill -9` would let it."""
    opened = StoreWriter(path, SPECS, [str(row) for row in range(count)], {"by": "test"}, **options)
    opened.__enter__()
    for start in range(opened.resume(BATCH), count, BATCH):
        if killed_after is not None and start >= killed_after:
            raise KilledError
        if seen is not None:
            seen.append(start)
        opened.append(**rows(start, min(start + BATCH, count)))
    if killed_after is not None:
        raise KilledError
    opened.__exit__(None, None, None)


def content(path):
    return {file.relative_to(path): file.read_bytes() for file in Path(path).rglob("*") if file.is_file()}


def use_small_shards(monkeypatch):
    """Ten images in a shard, twice as many vectors, all of the statuses."""
    monkeypatch.setattr("bauta.store.spec.SHARD_BYTES", 480)
    monkeypatch.setattr("bauta.store.spec.CHUNK_BYTES", 96)
