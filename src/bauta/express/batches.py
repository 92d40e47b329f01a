"""The loop of all pretrained teachers: views in batches of a fixed size, logits to probabilities."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import softmax

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.views import check_crops
from bauta.memory import Halving
from bauta.protocols import Floats, Images

BATCH = 16

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def standardise(images: Images, mean: Sequence[float], std: Sequence[float]) -> Floats:
    """(x / 255 − mean) / std of uint8 (N, H, W, 3) with a value each channel, as float32 (N, 3, H, W)."""
    planes = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).astype(np.float32)
    planes /= np.float32(255.0)
    planes -= np.array(mean, dtype=np.float32)[:, None, None]
    planes /= np.array(std, dtype=np.float32)[:, None, None]
    return planes


def predict_in_batches(
    crops: Images,
    contract: CropContract,
    classes: int,
    logits_of: Callable[[Images], Floats],
    batch: int = BATCH,
) -> Floats:
    """Class probabilities of crops.

    Args:
        crops: uint8 (N, size, size, 3) RGB.
        contract: Geometry of the crops.
        classes: How many classes there are.
        logits_of: From crops uint8 (B, H, W, 3) to their logits float32 (B, classes).
        batch: How many crops are read at once.

    Returns:
        float32 (N, classes), rows sum to 1.

    Raises:
        DataError: the crops do not have the contract's shape or are not uint8.
        GpuMemoryError: a single crop does not fit into the GPU's memory.
        ModelError: the network answers with another number of classes, or not with finite numbers.
    """
    check_crops(crops, contract)
    logits = np.empty((len(crops), classes), dtype=np.float32)
    logits_of = Halving(logits_of)
    for start in range(0, len(crops), batch):
        found = logits_of(crops[start : start + batch])
        if found.shape != logits[start : start + batch].shape:
            raise ModelError(
                f"teacher: expected logits (N, {classes}) of the network, got {found.shape}: "
                "its file is one of another label space"
            )
        logits[start : start + batch] = found
    if not np.isfinite(logits).all():
        raise ModelError("teacher: the network's logits are not finite: get its file again")
    return softmax(logits, axis=1)
