"""Checks for recognizers, teachers, landmarkers and parsers, which all map crops to rows."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bauta.protocols import Images
from bauta.testing.violation import require, require_refused

Read = Callable[[Images], NDArray]
Differ = Callable[[NDArray, NDArray], bool]


def check_rows(read: Read, crops: Images, shape: tuple[int, ...], dtype: str) -> NDArray:
    """Check that there is one row per crop, of the given shape and type, and the crops are unchanged."""
    before = crops.copy()
    found = read(crops)
    require(found.shape == (len(crops), *shape), f"expected shape {(len(crops), *shape)}, got {found.shape}")
    require(found.dtype == np.dtype(dtype), f"expected {dtype}, got {found.dtype}")
    require(np.array_equal(before, crops), "it wrote to the crops")
    return found


def check_repeats(read: Read, crops: Images) -> None:
    """Check that the same crops give bit-identical results."""
    require(np.array_equal(read(crops), read(crops), equal_nan=True), "two calls with the same crops differ")


def check_batches(read: Read, crops: Images, differ: Differ) -> None:
    """Check that the result for a crop depends neither on the size nor on the order of the batch."""
    together = read(crops)
    alone = np.concatenate([read(crops[row : row + 1]) for row in range(len(crops))])
    require(not differ(together, alone), "a crop alone gives a different result than in a batch")
    require(
        not differ(together, read(crops[::-1])[::-1]), "another order of the crops gives a different result"
    )


def check_no_crops(read: Read, crops: Images, shape: tuple[int, ...]) -> None:
    """Check that an empty batch is accepted."""
    found = read(crops[:0])
    require(found.shape == (0, *shape), f"no crops: expected shape {(0, *shape)}, got {found.shape}")


def check_refuses(read: Read, crops: Images) -> None:
    """Check that crops of another shape or type than the contract's raise `DataError`."""
    require_refused(lambda: read(crops[:, : crops.shape[1] // 2]), "a crop that is not square")
    require_refused(lambda: read(crops.astype(np.float32)), "a float32 crop")
    require_refused(lambda: read(crops[0]), "a crop without a batch")


def apart(tolerance: float) -> Differ:
    """Whether two arrays differ by more than a tolerance anywhere; NaN equals NaN."""
    return lambda one, other: not np.allclose(one, other, rtol=0, atol=tolerance, equal_nan=True)
