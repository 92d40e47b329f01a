"""Code shared by all generators: results that depend on the sample only, and black images for failures."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from bauta.contract import CropContract, Status
from bauta.protocols import AnonymizedBatch, FaceBatch, Floats, Images

log = logging.getLogger(__name__)

MANY: Mapping[str, int] = {"cpu": 4, "cuda": 16}
FEW: Mapping[str, int] = {"cpu": 1, "cuda": 16}
"""Samples per forward pass, by device; few where the features are large, which is faster on a CPU.

The last bits of a convolution depend on the shape of the batch. With a single shape, whatever the runner's
batch, the result for a face does not depend on the others; incomplete batches are padded with copies.
"""


@torch.inference_mode()
def forward(network: nn.Module, *inputs: Floats, batch: Mapping[str, int]) -> Floats:
    """Output of a network for float32 inputs with N rows each: float32 (N, …)."""
    device = next(network.parameters()).device
    size = batch.get(device.type, 1)
    outputs = []
    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
        for start in range(0, len(inputs[0]), size):
            parts = [torch.from_numpy(rows[start : start + size]) for rows in inputs]
            count = len(parts[0])
            full = [torch.cat([part, part[:1].expand(size - count, *part.shape[1:])]) for part in parts]
            outputs.append(network(*(part.to(device) for part in full))[:count].float().cpu().numpy())
    return np.concatenate(outputs)


def to_bytes(levels: Floats) -> Images:
    """Round grey levels to the nearest integer and clip them to [0, 255]: uint8 of the same shape."""
    return np.rint(levels).clip(0, 255).astype(np.uint8)


def channels_last(planes: Floats) -> Floats:
    """Convert (N, C, H, W) to contiguous (N, H, W, C)."""
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1))


def channels_first(images: Sequence[NDArray[np.generic]]) -> Floats:
    """Convert images (H, W, C) to float32 (N, C, H, W) without scaling the values."""
    return np.ascontiguousarray(np.stack(images).transpose(0, 3, 1, 2), dtype=np.float32)


def collect(
    batch: FaceBatch,
    contract: CropContract,
    done: dict[int, tuple[Images, NDArray[np.uint8]]],
    failed: dict[int, str],
    status: Status = Status.NO_FACE,
) -> AnonymizedBatch:
    """Collect the generated faces in a batch; the others are black, with an empty mask and a status.

    Args:
        batch: The requested faces.
        contract: Geometry of the crops.
        done: Position in the batch → uint8 (size, size, 3) image and uint8 (size, size) mask.
        failed: Position in the batch → reason.
        status: Status of the failed faces.
    """
    shape = (len(batch), contract.size, contract.size)
    images, masks = np.zeros((*shape, 3), dtype=np.uint8), np.zeros(shape, dtype=np.uint8)
    statuses = np.full(len(batch), status.code, dtype=np.uint8)
    for row, (image, mask) in done.items():
        if mask.any():
            images[row], masks[row], statuses[row] = image, mask, Status.OK.code
    empty = {row: "nothing of it lies in the crop" for row, (_, mask) in done.items() if not mask.any()}
    for row, reason in (failed | empty).items():
        log.warning("face '%s' is not anonymized: %s", batch.face_ids[row], reason)
    return AnonymizedBatch(images=images, status=statuses, mask=masks)
