"""The crops that the backend `ganonymization` makes, with gradients for the weights of its network."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np
import torch
from torch import nn

from bauta.anonymize.ganonymization.drawing import Letterbox, network_inputs
from bauta.anonymize.generator import MANY
from bauta.contract import CropContract
from bauta.landmarks.hull import fill_polygon
from bauta.protocols import Floats
from bauta.train.cgan.views import SeparableView


class Heads(nn.Module):
    """Draws the mesh as the official program does, and pastes the head that the network makes of it.

    Args:
        network: Maps drawings (N, 3, side, side) to heads, both in [-1, 1].
        side: Side of the network's input in pixels.
        contract: Geometry of the crops.
    """

    def __init__(self, network: nn.Module, side: int, contract: CropContract) -> None:
        super().__init__()
        self.network = network
        self.side = side
        self.contract = contract

    def forward(self, given: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Crops float32 (N, 3, size, size) in [-1, 1], black outside the head's box.

        Args:
            given: `mesh` float32 (N, 478, 2) in crop pixels, finite.
        """
        meshes = given["mesh"].cpu().numpy()
        boxes = [Letterbox.of(mesh) for mesh in meshes]
        inputs = torch.from_numpy(network_inputs(list(meshes), boxes, self.side)).to(given["mesh"].device)
        # Without gradients, batches of any size are drawn in the memory of a few faces.
        count = len(inputs) if torch.is_grad_enabled() else MANY.get(inputs.device.type, 1)
        heads = torch.cat([self.network(part).float() for part in inputs.split(count)])
        return paste(heads, [replace(box, side=self.side) for box in boxes], self.contract.size)


def paste(heads: torch.Tensor, boxes: Sequence[Letterbox], size: int) -> torch.Tensor:
    """Paste heads into black crops, as `Letterbox.paste` but differentiable and without rounding.

    Resizing by OpenCV's area filter separates into rows and columns, so a head is pasted by two matrix
    products. Their gradients are deterministic on a GPU, unlike those of `grid_sample`.

    Args:
        heads: float32 (N, 3, side, side) in [-1, 1].
        boxes: The box of each on a canvas of the heads' side.
        size: Side of the crops.

    Returns:
        float32 (N, 3, size, size) in [-1, 1].
    """
    rows, columns = (
        torch.from_numpy(np.stack([_placement(box, axis, size) for box in boxes])).to(heads.device)
        for axis in (1, 0)
    )
    with torch.autocast(heads.device.type, enabled=False):
        return rows[:, None] @ (heads + 1.0) @ columns[:, None].transpose(2, 3) - 1.0


def shrinking(contract: CropContract, size: int) -> SeparableView:
    """The view of crops that are scaled to a size without aliasing, as `train.cgan.faces.shrink`."""
    identity = np.eye(contract.size, dtype=np.float32)
    matrix = cv2.resize(identity, (contract.size, size), interpolation=cv2.INTER_AREA).astype(np.float32)
    return SeparableView(matrix, matrix)


def _placement(box: Letterbox, axis: int, size: int) -> Floats:
    """Matrix (size, side) that resizes a canvas along the x (0) or y (1) axis and places it in a crop."""
    start, length = ((box.left, box.width), (box.top, box.height))[axis]
    inner, offset = box.inner[axis], box.offset[axis]
    resized = cv2.resize(np.eye(inner, dtype=np.float32), (inner, length), interpolation=cv2.INTER_AREA)
    placed = np.zeros((size, box.side), dtype=np.float32)
    first, last = max(start, 0), min(start + length, size)
    if last > first:
        placed[first:last, offset : offset + inner] = resized[first - start : last - start]
    return placed


def face_masks(meshes: torch.Tensor, contract: CropContract, size: int) -> torch.Tensor:
    """The convex hulls of meshes in crops that are scaled to a size: float32 (N, 1, size, size), 1 inside.

    Args:
        meshes: float32 (N, 478, 2) in crop pixels.
        contract: Geometry of the crops.
        size: Side of the masks.
    """
    points = (meshes.cpu().numpy() + 0.5) * np.float32(size / contract.size) - 0.5
    masks = [
        fill_polygon(np.zeros((size, size), dtype=np.uint8), cv2.convexHull(mesh)[:, 0], 1) for mesh in points
    ]
    return torch.from_numpy(np.stack(masks)[:, None].astype(np.float32)).to(meshes.device)
