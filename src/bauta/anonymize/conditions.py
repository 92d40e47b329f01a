"""The inputs that a generator may see, in the units of its network; without torch, which inference avoids."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bauta.contract import CropContract
from bauta.protocols import Floats
from bauta.store import Store

FLAME = ("expression", "pose")
"""Arrays of the store of FLAME parameters, in the order in which an anonymizer sees them."""


def joined(store: Store, arrays: Sequence[str], rows: NDArray[np.integer]) -> NDArray:
    """Rows of a store's arrays, (N, …); those of several arrays one behind another in the last axis.

    Raises:
        StoreError: there is no such array, or a file is gone or damaged.
    """
    parts = [store.take(name, rows) for name in arrays]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)


def in_units(landmarks: NDArray[np.floating], contract: CropContract) -> Floats:
    """Convert landmarks (N, 68, 2) in crop pixels to float32 with -1 and 1 at the edges of the crop."""
    return ((np.asarray(landmarks) + 0.5) * (2.0 / contract.size) - 1.0).astype(np.float32)


def classes_at(parsing: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Class ids (N, size, size) of the pixels nearest to the centres of a coarser grid."""
    picked = ((np.arange(size) + 0.5) * parsing.shape[1] / size).astype(np.int64)
    return np.ascontiguousarray(parsing[:, picked][:, :, picked])
