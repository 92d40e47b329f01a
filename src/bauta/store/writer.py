"""Writing a store batch by batch and shard by shard, resuming where an earlier job was killed."""

import hashlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bauta.errors import BautaError, StoreError
from bauta.io.seal import new_seal, place_of, sealed_json
from bauta.store.codec import FORMAT, decode, encode, zarr_compressors
from bauta.store.partial import PartialStore, Progress, SupersededError
from bauta.store.reader import Store
from bauta.store.shards import ShardedArray
from bauta.store.spec import ArraySpec

log = logging.getLogger(__name__)

COMMIT_SECONDS = 30.0
"""After this time, rows that do not fill a shard yet are also kept: a slow model fills one in hours."""


class StoreWriter:
    """Writes a store by appending batches; use it in a `with` block.

    Rows go to a folder beside `path` that takes its place when the block ends without an error and all rows
    were written, so that an incomplete store is never visible. Any number of writers of one store do no harm:
    the first to finish has written it, and the others have nothing left to do (see `bauta.store.partial`).

    A writer that was killed, or stopped by an error of the machine, leaves its rows behind. The next one
    resumes from there if it calls `resume`; path, ids, arrays, attributes and `made_from` must then determine
    the content of the rows.

    Args:
        path: The directory to create.
        arrays: Name and specification of each array.
        ids: One id for each row, in order.
        attributes: JSON values that describe the store.
        made_from: Hashes of the inputs of the rows.
        sources: Place → digest of the artifacts from which they are computed, for the store's seal.

    Raises:
        StoreError: there are fewer or more rows than ids, or a batch has a wrong shape, dtype or name.
        DiskError: the disk is full, or the folder cannot be written to.
    """

    def __init__(
        self,
        path: Path | str,
        arrays: Mapping[str, ArraySpec],
        ids: Sequence[str],
        attributes: Mapping[str, Any] | None = None,
        *,
        made_from: Mapping[str, str] | None = None,
        sources: Mapping[str, str] | None = None,
    ) -> None:
        self.path = Path(path)
        self._seal = new_seal(self.path, sources)
        self._specs = dict(arrays)
        self._ids = list(ids)
        self._attributes = dict(attributes or {})
        # The key in the path covers what nothing else records, such as a setting.
        made = [place_of(self.path), dict(made_from or {}), dict(sources or {})]
        identity = _identity(self._specs, self._ids, self._attributes, made)
        self._partial = PartialStore(self.path, identity)
        self._pending: dict[str, list[NDArray[Any]]] = {name: [] for name in arrays}
        self._written = dict.fromkeys(arrays, 0)
        self._tails: dict[str, list[tuple[int, int]]] = {name: [] for name in arrays}
        self._encoded: dict[str, Any] = {}
        self._arrays: dict[str, Any] = {}
        self._skipped = 0
        self._committed: int | None = None
        self._committed_at = time.monotonic()
        self._superseded = False

    def __enter__(self) -> Self:
        try:
            self._begin()
        except SupersededError as error:
            self._stop(error)
        return self

    def _begin(self) -> None:
        # Imported here, because jobs that only read stores start without Zarr.
        import zarr  # noqa: PLC0415
        from zarr.storage import MemoryStore  # noqa: PLC0415

        self._partial.make()
        group = zarr.open_group(MemoryStore(self._encoded), mode="w", zarr_format=3)
        for name, spec in self._specs.items():
            self._arrays[name] = group.create_array(
                name,
                shape=(len(self._ids), *spec.shape),
                dtype=spec.dtype,
                chunks=(spec.rows_per_chunk(), *spec.shape),
                shards=(spec.rows_per_shard(), *spec.shape),
                compressors=zarr_compressors(),
                fill_value=0,
                config={"write_empty_chunks": True},
            )
        self._put_encoded()

    def resume(self, batch: int) -> int:
        """Resume from the rows that an earlier writer of the same store has left.

        Results may depend on the batch in the last bit. So the first row to append next begins a batch, and
        those of its rows that exist already are dropped.

        Args:
            batch: Number of rows in a batch.

        Returns:
            The first row to append next, 0 if nothing was left; a multiple of `batch`, or the number of all
            rows.
        """
        try:
            return len(self._ids) if self._superseded else self._resume(batch)
        except SupersededError as error:
            self._stop(error)
            return len(self._ids)

    def _resume(self, batch: int) -> int:
        self._committed = 0
        left = self._partial.resume()
        if left is None:
            return 0
        self._committed = left.rows
        self._written = dict(left.written)
        self._tails = {name: [(start, stop) for start, stop in parts] for name, parts in left.tails.items()}
        for name, spec in self._specs.items():
            self._pending[name] = [self._read_tails(name, spec, left.rows)]
        start = left.rows if left.rows == len(self._ids) else left.rows // batch * batch
        self._skipped = left.rows - start
        # This writer may be killed before it has written rows of its own.
        self._partial.commit(left)
        return start

    def read(self, name: str, stop: int) -> NDArray[Any]:
        """Read the first `stop` rows of an array, all of which must have been appended or taken over."""
        if self._superseded:
            return Store.open(self.path).read(name, 0, stop)
        spec, written = self._specs[name], min(self._written[name], stop)
        rows = np.empty((0, *spec.shape), dtype=spec.dtype)
        if written:
            rows = ShardedArray.open(self._partial.tree, name, self._partial.tree_files()).read(0, written)
        return np.concatenate([rows, *self._pending[name]])[:stop]

    def append(self, **batch: NDArray[Any]) -> None:
        """Append the same number of rows to every array."""
        self._check(batch)
        if self._superseded:
            return
        dropped = min(self._skipped, len(next(iter(batch.values()))))
        self._skipped -= dropped
        whole = False
        try:
            for name, rows in batch.items():
                self._pending[name].append(rows[dropped:])
                whole |= self._flush(name, whole_shards_only=True)
            self._commit(whole_shard=whole)
        except SupersededError as error:
            self._stop(error)

    def _check(self, batch: Mapping[str, NDArray[Any]]) -> None:
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

    def _flush(self, name: str, *, whole_shards_only: bool) -> bool:
        """Write pending rows; a shard written in parts would have to be read and rewritten."""
        shard = self._specs[name].rows_per_shard()
        count = sum(len(rows) for rows in self._pending[name])
        if whole_shards_only:
            count -= count % shard
        if count == 0:
            return False
        rows = np.concatenate(self._pending[name])
        start = self._written[name]
        if start + count > len(self._ids):
            raise StoreError(f"{self.path}: expected {len(self._ids)} rows, got at least {start + count}")
        self._arrays[name][start : start + count] = rows[:count]
        self._put_encoded()
        self._written[name] = start + count
        self._pending[name] = [rows[count:]]
        return True

    def _put_encoded(self) -> None:
        """Write the bytes encoded by Zarr to the disk; the hash is that of the intended bytes."""
        for key in list(self._encoded):
            self._partial.write(key, self._encoded.pop(key).as_buffer_like())

    def _commit(self, *, whole_shard: bool) -> None:
        """Record the rows from which a later writer can resume: complete shards and, at times, all rows."""
        late = time.monotonic() - self._committed_at > COMMIT_SECONDS
        if self._committed is None or not (whole_shard or late):
            return
        rows = max(self._written.values())
        if late:
            name = next(iter(self._specs))
            rows = self._written[name] + sum(len(part) for part in self._pending[name])
        if rows <= self._committed:
            return
        for name in self._specs:
            self._write_tail(name, rows)
        progress = Progress(self._partial.identity, rows, self._written, self._tails, self._partial.files)
        self._partial.commit(progress)
        self._committed, self._committed_at = rows, time.monotonic()

    def _write_tail(self, name: str, stop: int) -> None:
        """Write the rows before `stop` that are in no shard and in no other tail."""
        written = self._written[name]
        self._tails[name] = [part for part in self._tails[name] if part[1] > written]
        start = max([written, *(part[1] for part in self._tails[name])])
        if start < stop:
            rows = np.concatenate(self._pending[name])[start - written : stop - written]
            self._partial.write_tail(name, start, stop, encode(np.ascontiguousarray(rows)))
            self._tails[name].append((start, stop))

    def _read_tails(self, name: str, spec: ArraySpec, stop: int) -> NDArray[Any]:
        """Read the rows that are in no shard."""
        rows = np.empty((stop - self._written[name], *spec.shape), dtype=spec.dtype)
        for first, last in self._tails[name]:
            values = np.empty((last - first, *spec.shape), dtype=spec.dtype)
            decode(self._partial.read_tail(name, first, last), values)
            begin = max(first, self._written[name])
            rows[begin - self._written[name] : last - self._written[name]] = values[begin - first :]
        return rows

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._superseded:
            return
        if error is None:
            try:
                self._publish()
            except SupersededError as superseded:
                self._stop(superseded)
            except BaseException:
                self._leave(keep=True)
                raise
        else:
            # An error of bauta's own is permanent; an error of the machine may not recur.
            refused = isinstance(error, BautaError) and not isinstance(error, OSError | MemoryError)
            self._leave(keep=not refused)

    def _leave(self, *, keep: bool) -> None:
        """Remove folders from which no writer can resume."""
        if not keep:
            self._partial.discard(self._partial.same())
        elif not self._committed:
            self._partial.discard()

    def _stop(self, superseded: SupersededError) -> None:
        log.warning("%s; the rows of this job are dropped", superseded)
        self._superseded = True
        self._partial.discard()

    def _publish(self) -> None:
        for name in self._specs:
            self._flush(name, whole_shards_only=False)
            if self._written[name] != len(self._ids):
                raise StoreError(
                    f"{self.path}: expected {len(self._ids)} rows of '{name}', got {self._written[name]}"
                )
        files = self._partial.tree_files()
        manifest = {
            "rows": len(self._ids),
            "ids": self._ids,
            "arrays": sorted(self._specs),
            "attributes": self._attributes,
            "identity": self._partial.identity,
            "files": files,
            "bytes": self._partial.bytes_of(files),
        }
        self._partial.publish(sealed_json(manifest, self._seal).decode())


def _identity(
    specs: Mapping[str, ArraySpec],
    ids: Sequence[str],
    attributes: Mapping[str, Any],
    made: Sequence[Any],
) -> str:
    """Hash of everything that determines a store: its place, its rows and their inputs."""
    arrays = {
        name: [spec.shape, spec.dtype, spec.rows_per_chunk(), spec.rows_per_shard()]
        for name, spec in specs.items()
    }
    text = json.dumps([FORMAT, arrays, list(ids), attributes, made], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
