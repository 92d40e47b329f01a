"""The loop that all pretrained teachers share: batches of a fixed size, and logits to probabilities."""

from collections.abc import Callable

import numpy as np
from scipy.special import softmax

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.face_view import check_crops
from bauta.inference.gpu_memory import Halving
from bauta.protocols import Floats, Images

BATCH = 16


def predict_in_batches(
    crops: Images,
    contract: CropContract,
    classes: int,
    logits_of: Callable[[Images], Floats],
    batch: int = BATCH,
) -> Floats:
    """Compute class probabilities of crops.

    Args:
        crops: uint8 (N, size, size, 3) RGB.
        contract: Geometry of the crops.
        classes: Number of classes.
        logits_of: Maps crops uint8 (B, H, W, 3) to their logits float32 (B, classes).
        batch: Number of crops per batch.

    Returns:
        float32 (N, classes), whose rows sum to 1.

    Raises:
        DataError: the crops do not have the contract's shape or are not uint8.
        GpuMemoryError: a single crop does not fit into the GPU's memory.
        ModelError: the network returns another number of classes, or values that are not finite.
    """
    check_crops(crops, contract)
    logits = np.empty((len(crops), classes), dtype=np.float32)
    logits_of = Halving(logits_of)
    for start in range(0, len(crops), batch):
        found = logits_of(crops[start : start + batch])
        if found.shape != logits[start : start + batch].shape:
            raise ModelError(
                f"teacher: expected logits (N, {classes}) of the network, got {found.shape}: "
                "its file belongs to another label space"
            )
        logits[start : start + batch] = found
    if not np.isfinite(logits).all():
        raise ModelError("teacher: the network's logits are not finite; download its file again")
    return softmax(logits, axis=1)
