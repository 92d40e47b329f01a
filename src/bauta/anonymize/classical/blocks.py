"""The grid of the blocks of a mosaic."""

import numpy as np
from numpy.typing import NDArray


def block_starts(side: int, block: int) -> NDArray[np.intp]:
    """First pixel of each block along an axis of `side` pixels.

    The grid starts at 0; left-over pixels at the end belong to the last whole block.
    """
    return np.arange(0, max(side - block, 0) + 1, block)


def block_sizes(side: int, block: int) -> NDArray[np.intp]:
    """Pixels of each block along an axis of `side` pixels, at least `block` if there are as many."""
    return np.diff(block_starts(side, block), append=side)


def block_matrix(side: int, block: int) -> NDArray[np.float64]:
    """The means of the blocks along an axis as a matrix (blocks, side)."""
    sizes = block_sizes(side, block)
    return np.repeat(np.diag(1 / sizes), sizes, axis=1)


def block_sums(images: NDArray[np.uint8], block: int) -> NDArray[np.int64]:
    """The sums over the blocks of uint8 (N, H, W, C) images, int64 (N, I, J, C)."""
    rows, columns = (block_starts(side, block) for side in images.shape[1:3])
    sums = np.add.reduceat(images, rows, axis=1, dtype=np.int64)
    return np.add.reduceat(sums, columns, axis=2)
