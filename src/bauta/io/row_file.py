"""Rows of numbers on disk: written once, block by block, and read where they are needed.

`numpy.memmap` would keep every page that was read in the memory of the process until somebody else needs it.
"""

import os
import tempfile
import weakref
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bauta.io.atomic import naming

Floats = NDArray[np.float32]

GAP = 8
"""Rows between two wanted ones that are read along with them: one call costs more."""
READ_BYTES = 2**24
"""Most bytes that are read at once."""


class Scratch:
    """An unnamed file in Python's temporary folder (`TMPDIR`), which disappears with the process.

    Many tables share it, so that a job has one open file, not hundreds.

    Attributes:
        size: Bytes that have been written.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed below
        self.size = 0
        weakref.finalize(self, self._file.close)

    def append(self, numbers: NDArray[np.generic]) -> None:
        """Write a contiguous array at the end.

        Raises:
            DiskError: the temporary folder is full.
        """
        data, at = numbers.data.cast("B"), self.size
        # The file has no name, and the folder is not where anybody would look for the results.
        with naming(tempfile.gettempdir()):
            while len(data):
                written = os.pwrite(self._file.fileno(), data, at)
                data, at = data[written:], at + written
        self.size = at

    def read(self, start: int, numbers: NDArray[np.generic]) -> None:
        """Fill a contiguous array with the bytes from a place on.

        Raises:
            OSError: the file ends before.
        """
        into = numbers.data.cast("B")
        while len(into):
            count = os.preadv(self._file.fileno(), [into], start)
            if count == 0:
                raise OSError(
                    f"expected {len(into)} more bytes of the temporary file at {start}, got its end"
                )
            into, start = into[count:], start + count


class RowFile:
    """Vectors float32 (N, D) in a scratch file, read some rows at a time by `vectors[rows]`.

    Args:
        scratch: The file. All rows of one table are appended before those of the next.
        dimensions: D.
    """

    def __init__(self, scratch: Scratch, dimensions: int) -> None:
        self._scratch = scratch
        self._dimensions = dimensions
        self._count = 0
        self._start = 0

    @property
    def shape(self) -> tuple[int, int]:
        """N and D."""
        return self._count, self._dimensions

    def __len__(self) -> int:
        return self._count

    def append(self, block: Floats) -> None:
        """Add rows float32 (B, D).

        Raises:
            DiskError: the temporary folder is full.
            ValueError: the block has another shape, or another table was written in between.
        """
        if block.ndim != 2 or block.shape[1] != self._dimensions:
            raise ValueError(f"expected rows of {self._dimensions} numbers, got the shape {block.shape}")
        if len(block) == 0:
            return
        if self._count == 0:
            self._start = self._scratch.size
        if self._scratch.size != self._start + self._count * self._row_bytes:
            raise ValueError("expected the rows of one table after another, got those of two by turns")
        self._scratch.append(np.ascontiguousarray(block, dtype=np.float32))
        self._count += len(block)

    def __getitem__(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Floats:
        """Read rows, by their numbers int (R,) in any order or by a mask bool (N,).

        Raises:
            IndexError: there is no such row.
        """
        wanted = np.flatnonzero(rows) if rows.dtype == np.bool_ else np.asarray(rows, dtype=np.int64)
        found = np.empty((len(wanted), self._dimensions), dtype=np.float32)
        if len(wanted) == 0:
            return found
        order = np.argsort(wanted, kind="stable")
        ascending = wanted[order]
        if ascending[0] < 0 or ascending[-1] >= self._count:
            raise IndexError(
                f"expected rows from 0 to {self._count - 1}, got {ascending[0]} to {ascending[-1]}"
            )
        for first, last in _spans(ascending, max(1, READ_BYTES // self._row_bytes)):
            begin = int(ascending[first])
            span = np.empty((int(ascending[last - 1]) - begin + 1, self._dimensions), dtype=np.float32)
            self._scratch.read(self._start + begin * self._row_bytes, span)
            found[order[first:last]] = span[ascending[first:last] - begin]
        return found

    @property
    def _row_bytes(self) -> int:
        return self._dimensions * np.dtype(np.float32).itemsize


def _spans(ascending: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Divide ascending rows into parts that are read at once: close together, and few from end to end."""
    bounds = [0, *(np.flatnonzero(np.diff(ascending) > GAP) + 1).tolist(), len(ascending)]
    for start, last in pairwise(bounds):
        first = start
        while first < last:
            stop = first + int(np.searchsorted(ascending[first:last], ascending[first] + most))
            yield first, stop
            first = stop
