"""The inputs that a generator may see, in the units of its network; without torch, which inference avoids."""

import numpy as np
from numpy.typing import NDArray

from bauta.contract import CropContract
from bauta.protocols import Floats


def in_units(landmarks: NDArray[np.floating], contract: CropContract) -> Floats:
    """Convert landmarks (N, 68, 2) in crop pixels to float32 with -1 and 1 at the edges of the crop."""
    return ((np.asarray(landmarks) + 0.5) * (2.0 / contract.size) - 1.0).astype(np.float32)


def classes_at(parsing: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Class ids (N, size, size) of the pixels nearest to the centres of a coarser grid."""
    picked = ((np.arange(size) + 0.5) * parsing.shape[1] / size).astype(np.int64)
    return np.ascontiguousarray(parsing[:, picked][:, :, picked])
