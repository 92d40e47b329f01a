"""The loop that all pretrained teachers share: batches of a fixed size, and logits to probabilities."""

from collections.abc import Callable

import numpy as np
from scipy.special import softmax

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.face_view import check_crops
from bauta.inference.gpu_memory import Halving
from bauta.protocols import Floats, Images
from bauta.store.ahead import one_ahead

BATCH = 16


def predict_in_batches(
    crops: Images,
    contract: CropContract,
    classes: int,
    prepare: Callable[[Images], Floats],
    logits_of: Callable[[Floats], Floats],
    *,
    batch: int = BATCH,
) -> Floats:
    """Compute class probabilities of crops; a batch is prepared while the network computes the one before.

    Args:
        crops: uint8 (N, size, size, 3) RGB.
        contract: Geometry of the crops.
        classes: Number of classes.
        prepare: Maps crops uint8 (B, H, W, 3) to the network's input float32 (B, …).
        logits_of: Maps the input to logits float32 (B, classes).
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
    starts = range(0, len(crops), batch)
    prepared = one_ahead(prepare(crops[start : start + batch]) for start in starts)
    for start, given in zip(starts, prepared, strict=True):
        found = logits_of(given)
        if found.shape != logits[start : start + batch].shape:
            raise ModelError(
                f"teacher: expected logits (N, {classes}) of the network, got {found.shape}: "
                "its file belongs to another label space"
            )
        logits[start : start + batch] = found
    if not np.isfinite(logits).all():
        raise ModelError("teacher: the network's logits are not finite; download its file again")
    return softmax(logits, axis=1)
