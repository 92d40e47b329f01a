"""Rows of a store's arrays, decoded from their shards straight into the array that is returned.

Arrays are written by Zarr, and every Zarr reader can read them. Zarr's own reader (3.1.6) decodes each chunk
as a task in a pool of threads and copies it from there: for crops this takes twice the processor time of
this module, and many times as long on a busy machine. It would also return zeros for a file that is missing.
"""

import hashlib
import json
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bauta.errors import StoreError
from bauta.store.codec import CHECKSUM_BYTES, CODECS, OLDER_CODECS, decode, has_checksum

HEADER = "zarr.json"
"""Zarr's description of a group or an array."""

REMEDY = "delete the store and run again"

PLACE_BYTES = 16
"""Bytes of a chunk's entry in the index at the end of a shard: offset and length."""

MISSING = 2**64 - 1
"""The offset of a chunk that was never written."""


@dataclass(frozen=True)
class ShardedArray:
    """An array in the format of `StoreWriter`: shards of chunks of whole rows, each compressed by itself.

    The last chunk that was read in part is kept, because the next rows are often in it, too; the rows of 64
    faces are a small part of a chunk of status codes or landmarks.

    Attributes:
        store: The store's directory.
        name: Name of the array.
        shape: (N, …), all rows.
        dtype: Type of the values.
        chunk_rows: Rows in a chunk.
        chunks: Chunks in a shard.
        codecs: Names of the codecs of a chunk.
        unchecked: SHA-256 of each file of the store that no reader has compared yet, by its name.
    """

    store: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunk_rows: int
    chunks: int
    codecs: tuple[str, ...]
    unchecked: dict[str, str] = field(repr=False)
    _kept: dict[int, NDArray[Any]] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, store: Path, name: str, unchecked: dict[str, str]) -> Self:
        """Open an array of a store.

        Raises:
            StoreError: the array is not in the format that `StoreWriter` writes.
        """
        header = json.loads((store / name / HEADER).read_bytes())
        sharding, *others = header["codecs"]
        inner = sharding.get("configuration", {})
        codecs = tuple(codec["name"] for codec in inner.get("codecs", ()))
        outer = [codec["name"] for codec in (sharding, *others)]
        big = any(codec.get("configuration", {}).get("endian") == "big" for codec in inner.get("codecs", ()))
        known = outer == ["sharding_indexed"] and codecs in (CODECS, OLDER_CODECS)
        if known and codecs == OLDER_CODECS:
            known = inner["codecs"][-1].get("configuration", {}).get("checksum") is True
        if not known or inner["index_location"] != "end" or big:
            found = ", ".join([*outer, *codecs])
            raise StoreError(f"store {store}: '{name}' is in an unknown format ({found}): {REMEDY}")
        rows = inner["chunk_shape"][0]
        return cls(
            store=store,
            name=name,
            shape=tuple(header["shape"]),
            dtype=np.dtype(header["data_type"]),
            chunk_rows=rows,
            chunks=header["chunk_grid"]["configuration"]["chunk_shape"][0] // rows,
            codecs=codecs,
            unchecked=unchecked,
        )

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Read rows `start` to `stop`.

        Raises:
            StoreError: a file is gone or is not the one that was written.
            OSError, RuntimeError, ValueError: a file was damaged after it had been read for the first time.
        """
        rows = np.empty((max(0, stop - start), *self.shape[1:]), dtype=self.dtype)
        if rows.size == 0:
            return rows
        kept = dict(self._kept)  # another thread may replace it
        first, end = start // self.chunk_rows, -(-stop // self.chunk_rows)
        for shard in range(first // self.chunks, -(-end // self.chunks)):
            begin = shard * self.chunks
            wanted = range(max(first, begin), min(end, begin + self.chunks))
            for chunk in kept.keys() & set(wanted):
                self._copy(rows, chunk * self.chunk_rows - start, kept[chunk])
            for chunk, content in self._encoded(shard, [chunk for chunk in wanted if chunk not in kept]):
                self._decode(rows, chunk * self.chunk_rows - start, content, chunk)
        return rows

    def _encoded(self, shard: int, wanted: list[int]) -> Iterator[tuple[int, memoryview]]:
        """The bytes of chunks of a shard, each valid until the next one."""
        if not wanted:
            return
        key = f"{self.name}/c/{'/'.join([str(shard), *['0'] * (len(self.shape) - 1)])}"
        with self._opened(key) as file:
            size = self.chunks * PLACE_BYTES + CHECKSUM_BYTES
            whole = file.seek(-size, os.SEEK_END) + size
            index = file.read(size)
            if not has_checksum(index):
                raise ValueError(f"the index of {key} has another checksum than was written")
            buffer = bytearray()
            for chunk in wanted:
                offset, length = struct.unpack_from("<QQ", index, (chunk % self.chunks) * PLACE_BYTES)
                if offset == MISSING:
                    raise ValueError(f"{key} lacks a chunk")
                if offset + length > whole:
                    raise ValueError(f"{key} has a chunk beyond its end")
                if len(buffer) < length:
                    buffer = bytearray(length)
                content = memoryview(buffer)[:length]
                file.seek(offset)
                if file.readinto(content) != length:
                    raise ValueError(f"{key} ends within a chunk")
                yield chunk, content

    def _opened(self, key: str) -> Any:
        """Open a shard, and compare it with its SHA-256 the first time."""
        try:
            if (expected := self.unchecked.get(key)) is not None:
                # Chunks have their own checksums, but an intact file in place of another one passes them.
                check_file(self.store, key, {key: expected})
                self.unchecked.pop(key, None)  # another thread may have compared it, too
            return (self.store / key).open("rb", buffering=0)
        except FileNotFoundError:
            raise StoreError(
                f"store {self.store} lost {key} while it was read: another run is replacing it; run again"
            ) from None

    def _decode(self, rows: NDArray[Any], place: int, content: memoryview, chunk: int) -> None:
        """Write a chunk whose first row belongs at `place`, which may be before the rows."""
        if 0 <= place <= len(rows) - self.chunk_rows:
            decode(content, rows[place : place + self.chunk_rows], self.codecs)
            return
        decoded = np.empty((self.chunk_rows, *self.shape[1:]), dtype=self.dtype)
        decode(content, decoded, self.codecs)
        self._kept.clear()
        self._kept[chunk] = decoded
        self._copy(rows, place, decoded)

    def _copy(self, rows: NDArray[Any], place: int, decoded: NDArray[Any]) -> None:
        """Copy the part of a decoded chunk that belongs to the rows."""
        own = decoded[max(0, -place) : len(rows) - place]
        rows[max(0, place) : max(0, place) + len(own)] = own


def check_file(path: Path, name: str, files: Mapping[str, str]) -> None:
    """Compare a file of a store with its SHA-256.

    Raises:
        StoreError: they differ.
    """
    with (path / name).open("rb") as file:
        got, expected = hashlib.file_digest(file, "sha256").hexdigest(), files[name]
    if got != expected:
        raise StoreError(f"store {path}: {name} has SHA-256 {got[:12]}…, expected {expected[:12]}…: {REMEDY}")
