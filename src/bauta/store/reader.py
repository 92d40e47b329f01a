"""Reading complete stores, without ever returning a black image in place of missing data."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bauta.errors import InfeasibleError, StoreError
from bauta.io.infeasible import INFEASIBLE
from bauta.io.seal import SealError, read_sealed
from bauta.store.ahead import one_ahead
from bauta.store.partial import MANIFEST
from bauta.store.shards import HEADER, REMEDY, ShardedArray, check_file
from bauta.store.spec import SHARD_BYTES

DECODING_ERRORS = (OSError, RuntimeError, ValueError)
"""The exceptions for damaged bytes."""


@dataclass(frozen=True)
class Store:
    """A complete store, open for reading.

    Attributes:
        path: Its directory.
        ids: The id of each row.
        attributes: The attributes that its writer recorded.
        arrays: Names of its arrays.
        files: SHA-256 of each file, by its relative name.
        digest: SHA-256 of its manifest without the checksum in it, which covers its whole content.
    """

    path: Path
    ids: tuple[str, ...]
    attributes: Mapping[str, Any]
    arrays: tuple[str, ...]
    files: Mapping[str, str] = field(repr=False)
    digest: str
    _arrays: Mapping[str, ShardedArray] = field(repr=False)

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open a store.

        Raises:
            StoreError: it does not exist, was never completed, is visibly damaged without reading its arrays,
                or is not the store that its path names.
            InfeasibleError: it holds a reason instead of rows.
        """
        store = cls.open_any(path)
        reason = store.attributes.get(INFEASIBLE)
        if reason is not None:
            raise InfeasibleError(reason)
        return store

    @classmethod
    def open_any(cls, path: Path | str) -> Self:
        """Open a store, even one that holds a reason instead of rows.

        Raises:
            StoreError: it does not exist, was never completed, is visibly damaged without reading its arrays,
                or is not the store that its path names.
        """
        path = Path(path)
        if not (path / MANIFEST).is_file():
            what = "is not complete" if path.exists() else "does not exist"
            raise StoreError(f"store {path} {what}: expected {path / MANIFEST}; run its rule again")
        try:
            manifest, seal = read_sealed(path / MANIFEST, path)
        except SealError as error:
            raise StoreError(f"store {error}") from None
        files = manifest["files"]
        _check_files(path, files, manifest["bytes"])
        for name in files:
            if name.rpartition("/")[2] == HEADER:
                check_file(path, name, files)
        unchecked = dict(files)
        return cls(
            path=path,
            ids=tuple(manifest["ids"]),
            attributes=manifest["attributes"],
            arrays=tuple(manifest["arrays"]),
            files=files,
            digest=seal.digest,
            _arrays={name: ShardedArray.open(path, name, unchecked) for name in manifest["arrays"]},
        )

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, name: str, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Read rows `start` to `stop` of an array.

        Raises:
            StoreError: there is no such array, or a file is gone or damaged.
        """
        return self._rows(name, start, stop)

    def take(self, name: str, rows: NDArray[np.integer]) -> NDArray[Any]:
        """Read rows of an array in the given order; neighbouring rows are read together, up to a shard.

        Raises:
            StoreError: there is no such array, or a file is gone or damaged.
        """
        array = self._array(name)
        wanted = np.asarray(rows, dtype=np.int64)
        order = np.argsort(wanted, kind="stable")
        taken = np.empty((len(wanted), *array.shape[1:]), dtype=array.dtype)
        at_once = max(1, SHARD_BYTES // max(1, taken[:1].nbytes))
        for neighbours in np.split(order, np.flatnonzero(np.diff(wanted[order]) > 1) + 1):
            for start in range(0, len(neighbours), at_once):
                run = neighbours[start : start + at_once]
                first, last = wanted[run[0]], wanted[run[-1]]
                taken[run] = self._rows(name, int(first), int(last) + 1)[wanted[run] - first]
        return taken

    def batches(self, name: str, size: int, first: int = 0) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield offset and rows of consecutive batches of at most `size` rows, from row `first`.

        The next batch is read while the caller works on one.
        """
        starts = range(first, len(self), size)
        yield from one_ahead((start, self.read(name, start, start + size)) for start in starts)

    def rows_of(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """The row index of each id.

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
        for name in self.files:
            check_file(self.path, name, self.files)

    def _rows(self, name: str, start: int, stop: int | None) -> NDArray[Any]:
        array = self._array(name)
        first, end, _ = slice(start, stop).indices(len(self))
        try:
            return array.read(first, end)
        except DECODING_ERRORS as error:
            if isinstance(error, StoreError):
                raise
            where = f"'{name}' in rows {first} to {end}"
            raise StoreError(
                f"store {self.path}: {where} is damaged ({str(error).splitlines()[0]}): {REMEDY}"
            ) from error

    def _array(self, name: str) -> ShardedArray:
        if name not in self.arrays:
            raise StoreError(f"store {self.path} has no array '{name}'; it has {', '.join(self.arrays)}")
        return self._arrays[name]


def _check_files(path: Path, expected: Mapping[str, str], sizes: Mapping[str, int]) -> None:
    """Refuse a store with a missing or truncated file."""
    found = file_sizes(path)
    missing = sorted(set(expected) - set(found))
    if missing:
        raise StoreError(f"store {path} lacks {missing[0]} ({len(missing)} files): {REMEDY}")
    for name, size in sizes.items():
        if found[name] != size:
            raise StoreError(f"store {path}: {name} has {found[name]} bytes, expected {size}: {REMEDY}")


def file_sizes(path: Path) -> dict[str, int]:
    """Size of each file by its relative name, without the manifest and Snakemake's timestamp."""
    sizes = {}
    for folder, _, names in os.walk(path):
        for name in names:
            file = Path(folder) / name
            sizes[file.relative_to(path).as_posix()] = file.stat().st_size
    return {name: size for name, size in sizes.items() if name not in (MANIFEST, ".snakemake_timestamp")}
