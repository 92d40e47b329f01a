"""The cascade of MTCNN: from the windows of the first network to the boxes and points of the last.

It computes the same as facenet-pytorch 2.6.0 (T. Esler, MIT licence), in the same order of operations, so
that boxes, scores and points agree bit for bit; a test compares the two. Boxes are float32 (N, 4): left, top,
right and bottom in pixels of the image that is searched.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.ops import batched_nms

from bauta.detect.mtcnn_networks import CascadeNetwork
from bauta.protocols import Floats, Images

WINDOW, STRIDE = 12, 2
"""Side of the first network's window, and its step, in pixels."""

SHRINK = 0.709
"""Factor from one size of the image to the next; it halves the area of a window."""

THRESHOLDS = (0.6, 0.7, 0.7)
"""Smallest probability at which a window passes each network."""

OVERLAP_IN_A_SIZE, OVERLAP = 0.5, 0.7
"""Overlap above which the worse of two boxes is removed: a share of the union, at the end of the smaller."""

BATCH = 512
"""Number of windows per forward pass."""


class Found(NamedTuple):
    """Faces of an image.

    Attributes:
        boxes: float32 (N, 4).
        scores: float32 (N,) probabilities.
        points: float32 (N, 5, 2).
    """

    boxes: Floats
    scores: Floats
    points: Floats


@dataclass(frozen=True)
class Cascade:
    """The networks, and the size of the smallest face to find.

    Attributes:
        proposal: P-Net.
        refinement: R-Net.
        output: O-Net.
        smallest: Side of the smallest face in pixels.
        device: The device of the networks.
    """

    proposal: CascadeNetwork
    refinement: CascadeNetwork
    output: CascadeNetwork
    smallest: int
    device: torch.device

    @torch.no_grad()
    def search(self, picture: Images) -> Found:
        """Find the faces of a uint8 (H, W, 3) RGB image, the largest first."""
        image = torch.as_tensor(picture.copy(), device=self.device).unsqueeze(0)
        image = image.permute(0, 3, 1, 2).type(torch.float32)
        boxes = self._propose(image)
        if len(boxes) > 0:
            boxes = self._refine(image, boxes)
        if len(boxes) == 0:
            return _nothing()
        found = self._finish(image, boxes)
        sides = found.boxes[:, 2:] - found.boxes[:, :2]
        order = np.argsort(sides[:, 0] * sides[:, 1])[::-1]
        return Found(found.boxes[order], found.scores[order], found.points[order])

    def _propose(self, image: Tensor) -> Tensor:
        """Square windows, at all sizes of the image, that may contain a face."""
        found = []
        for scale in self._scales(min(image.shape[2:])):
            size = [int(side * scale + 1) for side in image.shape[2:]]
            scores, offsets = self.proposal(_standardise(interpolate(image, size=size, mode="area")))
            windows = _windows(scores, offsets, scale)
            found.append(windows[_kept(windows[:, :5], OVERLAP_IN_A_SIZE)])
        if not found:
            return image.new_zeros(0, 4)
        windows = torch.cat(found, dim=0)
        windows = windows[_kept(windows[:, :5], OVERLAP)]
        sides = windows[:, 2:4] - windows[:, :2]
        moved = windows[:, :4] + windows[:, 5:] * sides.repeat(1, 2)
        return _square(moved)

    def _scales(self, shorter: int) -> list[float]:
        """Scales at which faces, from the smallest to the whole image, have the window's size."""
        scale = WINDOW / self.smallest
        side, scales = shorter * scale, []
        while side >= WINDOW:
            scales.append(scale)
            scale, side = scale * SHRINK, side * SHRINK
        return scales

    def _refine(self, image: Tensor, boxes: Tensor) -> Tensor:
        """The windows in which the second network sees a face, moved to its position."""
        boxes, crops = _cut(image, boxes, 24)
        if len(boxes) == 0:
            return boxes
        scores, offsets = _in_batches(self.refinement, crops)
        passed = scores > THRESHOLDS[1]
        boxes, scores, offsets = boxes[passed], scores[passed], offsets[passed]
        kept = _kept(torch.cat((boxes, scores.unsqueeze(1)), dim=1), OVERLAP)
        return _square(_moved(boxes[kept], offsets[kept]))

    def _finish(self, image: Tensor, boxes: Tensor) -> Found:
        """The faces in windows."""
        boxes, crops = _cut(image, boxes, 48)
        if len(boxes) == 0:
            return _nothing()
        scores, offsets, points = _in_batches(self.output, crops)
        passed = scores > THRESHOLDS[2]
        boxes, scores, offsets, points = boxes[passed], scores[passed], offsets[passed], points[passed]
        sides = boxes[:, 2:] - boxes[:, :2] + 1
        # The network gives the five x, then the five y, as shares of the window.
        placed = [sides[:, [axis]] * points[:, 5 * axis :][:, :5] + boxes[:, [axis]] - 1 for axis in (0, 1)]
        found = Found(
            _moved(boxes, offsets).cpu().numpy(),
            scores.cpu().numpy(),
            torch.stack(placed, dim=2).cpu().numpy(),
        )
        kept = _without_nested(found.boxes, found.scores)
        return Found(found.boxes[kept], found.scores[kept], found.points[kept])


def _nothing() -> Found:
    empty = np.zeros(0, dtype=np.float32)
    return Found(empty.reshape(0, 4), empty, empty.reshape(0, 5, 2))


def _standardise(images: Tensor) -> Tensor:
    return (images - 127.5) * 0.0078125


def _windows(scores: Tensor, offsets: Tensor, scale: float) -> Tensor:
    """(N, 9) boxes, scores and offsets of the positions of a (1, H, W) map that pass."""
    mask = scores >= THRESHOLDS[0]
    corners = mask.nonzero()[:, 1:].type(offsets.dtype).flip(1)
    return torch.cat(
        [
            ((STRIDE * corners + 1) / scale).floor(),
            ((STRIDE * corners + WINDOW) / scale).floor(),
            scores[mask].unsqueeze(1),
            offsets.permute(1, 0, 2, 3)[:, mask].permute(1, 0),
        ],
        dim=1,
    )


def _kept(scored: Tensor, overlap: float) -> Tensor:
    """Indices of the (N, 5) boxes and scores that overlap no better one, the best first."""
    one_image = torch.zeros(len(scored), dtype=torch.int64, device=scored.device)
    kept: Tensor = batched_nms(scored[:, :4], scored[:, 4], one_image, overlap)
    return kept


def _square(boxes: Tensor) -> Tensor:
    """Squares around the centres of boxes, with the side of the longer one."""
    sides = boxes[:, 2:] - boxes[:, :2]
    longer = torch.max(sides[:, 0], sides[:, 1]).unsqueeze(1)
    corner = boxes[:, :2] + sides * 0.5 - longer * 0.5
    return torch.cat((corner, corner + longer), dim=1)


def _moved(boxes: Tensor, offsets: Tensor) -> Tensor:
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    return boxes + offsets * sides.repeat(1, 2)


def _cut(image: Tensor, boxes: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """The content of boxes, resized, without the boxes outside the image.

    A crop begins one pixel before the corner of its box, and both corners are clipped to the image.
    """
    height, width = image.shape[2:]
    corners = boxes.trunc().int().cpu().numpy()
    left, top = np.maximum(corners[:, 0], 1) - 1, np.maximum(corners[:, 1], 1) - 1
    right, bottom = np.minimum(corners[:, 2], width), np.minimum(corners[:, 3], height)
    inside = np.flatnonzero((right > left) & (bottom > top))
    crops = [
        interpolate(image[:, :, top[k] : bottom[k], left[k] : right[k]], size=(side, side), mode="area")
        for k in inside
    ]
    return boxes[torch.as_tensor(inside, device=boxes.device)], (
        _standardise(torch.cat(crops, dim=0)) if crops else image.new_zeros(0, 3, side, side)
    )


def _in_batches(network: CascadeNetwork, images: Tensor) -> tuple[Tensor, ...]:
    parts = [network(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
    return tuple(torch.cat(values, dim=0) for values in zip(*parts, strict=True))


def _without_nested(boxes: Floats, scores: Floats) -> NDArray[np.int64]:
    """Indices of the boxes that neither lie mostly in a better one nor contain most of it; the best first."""
    corner, end = boxes[:, :2], boxes[:, 2:]
    areas = np.prod(end - corner + 1, axis=1)
    left, kept = np.argsort(scores), []
    while left.size > 0:
        best, others = left[-1], left[:-1]
        kept.append(best)
        sides = np.minimum(end[best], end[others]) - np.maximum(corner[best], corner[others]) + 1
        shared = np.prod(np.maximum(0.0, sides), axis=1)
        left = others[shared / np.minimum(areas[best], areas[others]) <= OVERLAP]
    return np.array(kept, dtype=np.int64)
