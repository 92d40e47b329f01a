"""Zarr stores with one row a face: written once, shard by shard, complete or refused.

A store is a directory with one Zarr v3 array for each name and a `store.json` that is written last: row ids,
attributes and the SHA-256 of every file. A store without it is incomplete. Missing chunks would read as black
images (Zarr's fill value), so readers check that every file is there before they read one.
"""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import ZstdCodec

from bauta.errors import StoreError

MANIFEST = "store.json"
SHARD_BYTES = 32 * 2**20
CHUNK_BYTES = 2**20


@dataclass(frozen=True)
class ArraySpec:
    """Shape of one row (without the row axis) and dtype of an array."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return max(1, int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize)

    def rows_per_chunk(self) -> int:
        """Rows in a chunk, the unit of reading: about 1 MiB."""
        return max(1, CHUNK_BYTES // self.row_bytes)

    def rows_per_shard(self) -> int:
        """Rows in a shard, the unit of writing: about 32 MiB, a whole number of chunks."""
        chunk = self.rows_per_chunk()
        return chunk * max(1, SHARD_BYTES // (self.row_bytes * chunk))


class StoreWriter:
    """Writes a store by appended batches; use it in a `with` block.

    Rows go to `<path>.partial-<id>`, which takes the place of `path` when the block ends without an error and
    all rows were written, so that nobody ever sees half a store and a second writer does no harm.

    Args:
        path: The directory to make.
        arrays: Name and specification of each array.
        ids: One id for each row, in order.
        attributes: JSON values that describe the store.

    Raises:
        StoreError: fewer or more rows than ids, a batch with the wrong shape, dtype or names, a full disk.
    """

    def __init__(
        self,
        path: Path | str,
        arrays: Mapping[str, ArraySpec],
        ids: Sequence[str],
        attributes: Mapping[str, Any] | None = None,
    ) -> None:
        self.path = Path(path)
        self._specs = dict(arrays)
        self._ids = list(ids)
        self._attributes = dict(attributes or {})
        self._partial = self.path.with_name(f"{self.path.name}.partial-{uuid.uuid4().hex[:8]}")
        self._pending: dict[str, list[NDArray[Any]]] = {name: [] for name in arrays}
        self._written = dict.fromkeys(arrays, 0)
        self._arrays: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._partial.parent.mkdir(parents=True, exist_ok=True)
        group = zarr.open_group(str(self._partial), mode="w", zarr_format=3)
        for name, spec in self._specs.items():
            self._arrays[name] = group.create_array(
                name,
                shape=(len(self._ids), *spec.shape),
                dtype=spec.dtype,
                chunks=(spec.rows_per_chunk(), *spec.shape),
                shards=(spec.rows_per_shard(), *spec.shape),
                compressors=ZstdCodec(level=1),
                fill_value=0,
                config={"write_empty_chunks": True},
            )
        return self

    def append(self, **batch: NDArray[Any]) -> None:
        """Append the same number of rows to every array."""
        if set(batch) != set(self._specs):
            raise StoreError(f"{self.path}: expected the arrays {sorted(self._specs)}, got {sorted(batch)}")
        lengths = {len(rows) for rows in batch.values()}
        if len(lengths) != 1:
            raise StoreError(f"{self.path}: all arrays need the same number of rows, got {sorted(lengths)}")
        for name, rows in batch.items():
            spec = self._specs[name]
            if rows.shape[1:] != spec.shape or rows.dtype != np.dtype(spec.dtype):
                raise StoreError(
                    f"{self.path}: '{name}' expects rows {spec.shape} {spec.dtype}, "
                    f"got {rows.shape[1:]} {rows.dtype}"
                )
            self._pending[name].append(rows)
            self._flush(name, whole_shards_only=True)

    def _flush(self, name: str, *, whole_shards_only: bool) -> None:
        """Write pending rows; a shard that is written in parts would be read and written again."""
        shard = self._specs[name].rows_per_shard()
        count = sum(len(rows) for rows in self._pending[name])
        if whole_shards_only:
            count -= count % shard
        if count == 0:
            return
        rows = np.concatenate(self._pending[name])
        start = self._written[name]
        if start + count > len(self._ids):
            raise StoreError(f"{self.path}: expected {len(self._ids)} rows, got at least {start + count}")
        self._arrays[name][start : start + count] = rows[:count]
        self._written[name] = start + count
        self._pending[name] = [rows[count:]]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._publish()
        finally:
            shutil.rmtree(self._partial, ignore_errors=True)

    def _publish(self) -> None:
        for name in self._specs:
            self._flush(name, whole_shards_only=False)
            if self._written[name] != len(self._ids):
                raise StoreError(
                    f"{self.path}: expected {len(self._ids)} rows of '{name}', got {self._written[name]}"
                )
        manifest = {
            "rows": len(self._ids),
            "ids": self._ids,
            "arrays": sorted(self._specs),
            "attributes": self._attributes,
            "files": {name: _sha256(self._partial / name) for name in _files(self._partial)},
        }
        (self._partial / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
        if self.path.exists():
            shutil.rmtree(self.path)
        self._partial.replace(self.path)


@dataclass(frozen=True)
class Store:
    """A complete store, open for reading.

    Attributes:
        path: Its directory.
        ids: The id of each row.
        attributes: What the writer said of it.
        arrays: Names of its arrays.
        files: SHA-256 of each file, by its relative name.
    """

    path: Path
    ids: tuple[str, ...]
    attributes: Mapping[str, Any]
    arrays: tuple[str, ...]
    files: Mapping[str, str] = field(repr=False)
    _group: Any = field(repr=False)

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open a store.

        Raises:
            StoreError: it does not exist, was never completed, or a file of it is missing.
        """
        path = Path(path)
        if not (path / MANIFEST).is_file():
            what = "is not complete" if path.exists() else "does not exist"
            raise StoreError(
                f"store {path} {what}: expected {path / MANIFEST}; run the rule that makes it again"
            )
        manifest = json.loads((path / MANIFEST).read_text())
        missing = sorted(set(manifest["files"]) - set(_files(path)))
        if missing:
            raise StoreError(
                f"store {path} lacks {missing[0]} ({len(missing)} files): delete it and run again"
            )
        return cls(
            path=path,
            ids=tuple(manifest["ids"]),
            attributes=manifest["attributes"],
            arrays=tuple(manifest["arrays"]),
            files=manifest["files"],
            _group=zarr.open_group(str(path), mode="r", zarr_format=3),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, name: str, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Rows `start` to `stop` of an array, as it was written."""
        return np.asarray(self._array(name)[start:stop])

    def take(self, name: str, rows: NDArray[np.integer]) -> NDArray[Any]:
        """The given rows of an array, in the given order; neighbouring rows are read together."""
        array = self._array(name)
        wanted = np.asarray(rows, dtype=np.int64)
        order = np.argsort(wanted, kind="stable")
        taken = np.empty((len(wanted), *array.shape[1:]), dtype=array.dtype)
        for run in np.split(order, np.flatnonzero(np.diff(wanted[order]) > 1) + 1):
            if len(run) > 0:
                first, last = wanted[run[0]], wanted[run[-1]]
                taken[run] = array[first : last + 1][wanted[run] - first]
        return taken

    def batches(self, name: str, size: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """Offset and rows of consecutive batches of at most `size` rows."""
        for start in range(0, len(self), size):
            yield start, self.read(name, start, min(start + size, len(self)))

    def rows_of(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Row of each id.

        Raises:
            StoreError: an id is not in this store.
        """
        position = {row_id: row for row, row_id in enumerate(self.ids)}
        missing = [row_id for row_id in ids if row_id not in position]
        if missing:
            raise StoreError(
                f"store {self.path} has no row '{missing[0]}' ({len(missing)} missing): rebuild it"
            )
        return np.array([position[row_id] for row_id in ids], dtype=np.int64)

    def verify(self) -> None:
        """Compare every file with its recorded SHA-256.

        Raises:
            StoreError: a file differs.
        """
        for name, expected in self.files.items():
            got = _sha256(self.path / name)
            if got != expected:
                raise StoreError(
                    f"store {self.path}: {name} has SHA-256 {got[:12]}…, expected {expected[:12]}…; "
                    "delete the store and run again"
                )

    def _array(self, name: str) -> Any:
        if name not in self.arrays:
            raise StoreError(f"store {self.path} has no array '{name}'; it has {', '.join(self.arrays)}")
        return self._group[name]


def _files(path: Path) -> list[str]:
    """Relative names of a store's files, without its manifest and what Snakemake leaves in directories."""
    names = []
    for folder, _, found in os.walk(path):
        names += [str((Path(folder) / name).relative_to(path)) for name in found]
    return sorted(name for name in names if name not in (MANIFEST, ".snakemake_timestamp"))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
