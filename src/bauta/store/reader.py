"""Reading a store: only a complete one, and never a black image in the place of what is missing."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore

from bauta.errors import StoreError
from bauta.store.partial import MANIFEST, sha256_of
from bauta.store.spec import SHARD_BYTES

REMEDY = "delete the store and run again"

DECODING_ERRORS = (OSError, RuntimeError, ValueError)
"""What Zarr's codecs raise for damaged bytes."""


@dataclass(frozen=True)
class Store:
    """A complete store, open for reading.

    Attributes:
        path: Its directory.
        ids: The id of each row.
        attributes: What the writer said of it.
        arrays: Names of its arrays.
        files: SHA-256 of each file, by its relative name.
        digest: SHA-256 of its manifest and so of all that it holds.
    """

    path: Path
    ids: tuple[str, ...]
    attributes: Mapping[str, Any]
    arrays: tuple[str, ...]
    files: Mapping[str, str] = field(repr=False)
    digest: str
    _group: Any = field(repr=False)

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open a store.

        Raises:
            StoreError: it does not exist, was never completed, or a file of it is missing or of another size.
        """
        path = Path(path)
        if not (path / MANIFEST).is_file():
            what = "is not complete" if path.exists() else "does not exist"
            raise StoreError(
                f"store {path} {what}: expected {path / MANIFEST}; run the rule that makes it again"
            )
        text = (path / MANIFEST).read_bytes()
        try:
            manifest = json.loads(text)
        except ValueError as error:
            raise StoreError(f"store {path}: {MANIFEST} is damaged ({error}): {REMEDY}") from None
        _check_files(path, manifest["files"], manifest.get("bytes", {}))
        return cls(
            path=path,
            ids=tuple(manifest["ids"]),
            attributes=manifest["attributes"],
            arrays=tuple(manifest["arrays"]),
            files=manifest["files"],
            digest=hashlib.sha256(text).hexdigest(),
            _group=open_group(path),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, name: str, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Rows `start` to `stop` of an array, as it was written.

        Raises:
            StoreError: there is no such array, or a file is gone or damaged.
        """
        return self._rows(name, start, stop)

    def take(self, name: str, rows: NDArray[np.integer]) -> NDArray[Any]:
        """The given rows of an array, in the given order; neighbouring rows are read together, up to a shard.

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
        """Offset and rows of consecutive batches of at most `size` rows, from row `first`."""
        for start in range(first, len(self), size):
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
            got = sha256_of(self.path / name)
            if got != expected:
                raise StoreError(
                    f"store {self.path}: {name} has SHA-256 {got[:12]}…, expected {expected[:12]}…: {REMEDY}"
                )

    def _rows(self, name: str, start: int, stop: int | None) -> NDArray[Any]:
        try:
            return np.asarray(self._array(name)[start:stop])
        except DECODING_ERRORS as error:
            if isinstance(error, StoreError):
                raise
            where = f"'{name}' in rows {start} to {len(self) if stop is None else stop}"
            raise StoreError(
                f"store {self.path}: {where} is damaged ({str(error).splitlines()[0]}): {REMEDY}"
            ) from error

    def _array(self, name: str) -> Any:
        if name not in self.arrays:
            raise StoreError(f"store {self.path} has no array '{name}'; it has {', '.join(self.arrays)}")
        return self._group[name]


class _CompleteStore(LocalStore):
    """Files of which none may be missing: Zarr would take a missing one for a black image."""

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """The content of a file.

        Raises:
            StoreError: it is gone.
        """
        found = await super().get(key, prototype, byte_range)
        if found is None and "c" in key.split("/"):
            raise StoreError(
                f"store {self.root} lost {key} while it was read: another run is replacing it, run again"
            )
        return found


def open_group(path: Path) -> Any:
    """The arrays of a store or of an unfinished one, for reading."""
    return zarr.open_group(_CompleteStore(path, read_only=True), mode="r", zarr_format=3)


def _check_files(path: Path, expected: Mapping[str, str], sizes: Mapping[str, int]) -> None:
    """Refuse a store of which a file is missing or cut short."""
    found = file_sizes(path)
    missing = sorted(set(expected) - set(found))
    if missing:
        raise StoreError(f"store {path} lacks {missing[0]} ({len(missing)} files): {REMEDY}")
    for name, size in sizes.items():
        if found[name] != size:
            raise StoreError(f"store {path}: {name} has {found[name]} bytes, expected {size}: {REMEDY}")


def file_sizes(path: Path) -> dict[str, int]:
    """Bytes of each file by its relative name, without the manifest and what Snakemake leaves there."""
    sizes = {}
    for folder, _, names in os.walk(path):
        for name in names:
            file = Path(folder) / name
            sizes[file.relative_to(path).as_posix()] = file.stat().st_size
    return {name: size for name, size in sizes.items() if name not in (MANIFEST, ".snakemake_timestamp")}
