"""The cascade of MTCNN: from the windows of the first network to the boxes and points of the last.

It computes the same as facenet-pytorch 2.6.0 (T. Esler, MIT licence), in the same order of operations, but
in NumPy and ONNX Runtime, so that a job that detects faces need not import torch, which takes longer than the
faces of hundreds of crops; a test compares the two. Boxes are float32 (N, 4): left, top, right and bottom in
pixels of the image that is searched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.detect.suppress import suppress
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

Sums = NDArray[np.int32]
"""(H + 1, W + 1, 4) sums over the pixels of an image that are above and left of a pixel's corner.

Colours are the first three; NumPy gathers items of 16 bytes twice as fast as items of 12.
"""

Network = Callable[[Floats], list[Floats]]
"""A network: images float32 (N, H, W, 3) RGB, 0 to 255, to probabilities (N,) and regressions (N, C).

The first one slides over the images and returns (N, H', W') and (N, C, H', W').
"""


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
    """

    proposal: Network
    refinement: Network
    output: Network
    smallest: int

    def search(self, picture: Images) -> Found:
        """Find the faces of a uint8 (H, W, 3) RGB image, the largest first."""
        sums = np.asarray(cv2.integral(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA)), dtype=np.int32)
        boxes = self._refine(sums, self._propose(sums))
        if len(boxes) == 0:
            return _nothing()
        found = self._finish(sums, boxes)
        sides = found.boxes[:, 2:] - found.boxes[:, :2]
        order = np.argsort(sides[:, 0] * sides[:, 1])[::-1]
        return Found(found.boxes[order], found.scores[order], found.points[order])

    def _propose(self, sums: Sums) -> Floats:
        """Square windows, at all sizes of the image, that may contain a face."""
        height, width = sums.shape[0] - 1, sums.shape[1] - 1
        whole = np.array([[0, 0, width, height]], dtype=np.int32)
        found = [np.zeros((0, 9), dtype=np.float32)]
        for scale in self._scales(min(height, width)):
            size = int(height * scale + 1), int(width * scale + 1)
            (scores,), (offsets,) = self.proposal(_averaged(sums, whole, size))
            windows = _windows(scores, offsets, scale)
            found.append(windows[suppress(windows[:, :4], windows[:, 4], OVERLAP_IN_A_SIZE)])
        windows = np.concatenate(found)
        windows = windows[suppress(windows[:, :4], windows[:, 4], OVERLAP)]
        sides = windows[:, 2:4] - windows[:, :2]
        return _square(windows[:, :4] + windows[:, 5:] * np.tile(sides, 2))

    def _scales(self, shorter: int) -> list[float]:
        """Scales at which faces, from the smallest to the whole image, have the window's size."""
        scale = WINDOW / self.smallest
        side, scales = shorter * scale, []
        while side >= WINDOW:
            scales.append(scale)
            scale, side = scale * SHRINK, side * SHRINK
        return scales

    def _refine(self, sums: Sums, boxes: Floats) -> Floats:
        """The windows in which the second network sees a face, moved to its position."""
        boxes, crops = _cut(sums, boxes, 24)
        if len(boxes) == 0:
            return boxes
        scores, offsets = _in_batches(self.refinement, crops)
        passed = scores > THRESHOLDS[1]
        boxes, scores, offsets = boxes[passed], scores[passed], offsets[passed]
        kept = suppress(boxes, scores, OVERLAP)
        return _square(_moved(boxes[kept], offsets[kept]))

    def _finish(self, sums: Sums, boxes: Floats) -> Found:
        """The faces in windows."""
        boxes, crops = _cut(sums, boxes, 48)
        if len(boxes) == 0:
            return _nothing()
        scores, offsets, points = _in_batches(self.output, crops)
        passed = scores > THRESHOLDS[2]
        boxes, scores, offsets, points = boxes[passed], scores[passed], offsets[passed], points[passed]
        sides = boxes[:, 2:] - boxes[:, :2] + 1
        # The network gives the five x, then the five y, as shares of the window.
        shares = points.reshape(-1, 2, 5).transpose(0, 2, 1)
        found = Found(
            _moved(boxes, offsets), scores, sides[:, None] * shares + boxes[:, None, :2] - np.float32(1)
        )
        kept = _without_nested(found.boxes, found.scores)
        return Found(found.boxes[kept], found.scores[kept], found.points[kept])


def _nothing() -> Found:
    empty = np.zeros(0, dtype=np.float32)
    return Found(empty.reshape(0, 4), empty, empty.reshape(0, 5, 2))


def _windows(scores: Floats, offsets: Floats, scale: float) -> Floats:
    """(N, 9) boxes, scores and offsets of the positions of a (H, W) map that pass."""
    rows, columns = np.nonzero(scores >= THRESHOLDS[0])
    corners = STRIDE * np.stack([columns, rows], axis=1).astype(np.float32)
    ends = np.floor((corners + 1) / np.float32(scale)), np.floor((corners + WINDOW) / np.float32(scale))
    return np.concatenate([*ends, scores[rows, columns, None], offsets[:, rows, columns].T], axis=1)


def _square(boxes: Floats) -> Floats:
    """Squares around the centres of boxes, with the side of the longer one."""
    sides = boxes[:, 2:] - boxes[:, :2]
    longer = sides.max(axis=1, keepdims=True)
    corner = boxes[:, :2] + sides * np.float32(0.5) - longer * np.float32(0.5)
    return np.concatenate([corner, corner + longer], axis=1)


def _moved(boxes: Floats, offsets: Floats) -> Floats:
    return boxes + offsets * np.tile(boxes[:, 2:] - boxes[:, :2] + 1, 2)


def _cut(sums: Sums, boxes: Floats, side: int) -> tuple[Floats, Floats]:
    """The content of boxes, resized, without the boxes outside the image.

    A crop begins one pixel before the corner of its box, and both corners are clipped to the image.
    """
    height, width = sums.shape[0] - 1, sums.shape[1] - 1
    corners = boxes.astype(np.int32)
    left_top = np.maximum(corners[:, :2], 1) - 1
    right_bottom = np.minimum(corners[:, 2:], np.array([width, height], dtype=np.int32))
    inside = (right_bottom > left_top).all(axis=1)
    windows = np.concatenate([left_top, right_bottom], axis=1)[inside]
    return boxes[inside], _averaged(sums, windows, (side, side))


def _averaged(sums: Sums, windows: NDArray[np.int32], size: tuple[int, int]) -> Floats:
    """The content of windows (N, 4), float32 (N, rows, columns, 3), from an image's sums.

    A pixel is the mean of those that it touches, as in PyTorch's "area", for which the sums of the image
    suffice. OpenCV's resizing by areas weights pixels by the part that is touched, which is not what the
    networks were trained with.
    """
    (left, right), (top, bottom) = (_edges(windows[:, k], windows[:, k + 2], size[1 - k]) for k in (0, 1))
    if len(windows) == 1:
        lines = sums.take(bottom[0], axis=0) - sums.take(top[0], axis=0)
        touched = (lines.take(right[0], axis=1) - lines.take(left[0], axis=1))[None]
    else:
        corners, width = sums.reshape(-1, sums.shape[2]), sums.shape[1]
        upper, lower = top[:, :, None] * width, bottom[:, :, None] * width
        touched = corners.take(lower + right[:, None], axis=0)
        touched -= corners.take(upper + right[:, None], axis=0)
        touched += corners.take(upper + left[:, None], axis=0)
        touched -= corners.take(lower + left[:, None], axis=0)
    counts = (bottom - top)[:, :, None] * (right - left)[:, None]
    means: Floats = np.divide(touched[..., :3], counts[..., None], dtype=np.float32)
    return means


def _edges(first: NDArray[np.int32], end: NDArray[np.int32], count: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """(N, count) first and last edges of the pixels that each of `count` pixels of a line touches."""
    places, sides = np.arange(count), (end - first)[:, None]
    return first[:, None] + places * sides // count, first[:, None] - (-(places + 1) * sides // count)


def _in_batches(network: Network, images: Floats) -> tuple[Floats, ...]:
    parts = [network(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
    return tuple(np.concatenate(values) for values in zip(*parts, strict=True))


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
