"""Boxes and points smoothed along a track, so that what covers a face does not tremble.

A Savitzky–Golay filter looks both ways and follows speed and acceleration, so it does not lag. What it leaves
is never smaller than what was detected.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from bauta.protocols import Floats
from bauta.video.rows import FaceRows

WINDOW = 7
"""Frames of a track that are looked at, odd."""

ORDER = 2
"""Degree of the polynomial that is fitted to them."""

FARTHEST = 0.08
"""How far a point may be moved, as a part of the side of the face."""


def smooth(rows: FaceRows) -> FaceRows:
    """Smooth the boxes and points of each track.

    A box becomes the union of itself and the smoothed one. Points are moved at most by `FARTHEST`, and spread
    about their mean so that they lie at least as far apart as before.

    Args:
        rows: Faces with tracks, ordered by track and frame.
    """
    boxes, points = rows.boxes.copy(), rows.points.copy()
    for part in _runs(rows):
        window = min(WINDOW, (part.stop - part.start - 1) // 2 * 2 + 1)
        if window > ORDER + 1:
            boxes[part] = _union(rows.boxes[part], _filtered(rows.boxes[part], window))
            points[part] = _moved(rows.points[part], _filtered(rows.points[part], window), rows.boxes[part])
    return replace(rows, boxes=boxes, points=points)


def _runs(rows: FaceRows) -> Iterator[slice]:
    """The rows of successive frames of each track; a frame that is missing ends what is smoothed together."""
    for part in rows.by_track():
        breaks = np.flatnonzero(np.diff(rows.frames[part]) != 1) + 1
        bounds = [part.start, *(breaks + part.start).tolist(), part.stop]
        yield from (slice(start, stop) for start, stop in pairwise(bounds))


def _filtered(values: Floats, window: int) -> NDArray[np.float64]:
    return savgol_filter(values.astype(np.float64), window, ORDER, axis=0, mode="interp")


def _union(boxes: Floats, others: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = np.minimum(boxes[:, :2], others[:, :2]), np.maximum(boxes[:, 2:], others[:, 2:])
    return np.concatenate([low, high], axis=1)


def _moved(points: Floats, goal: NDArray[np.float64], boxes: Floats) -> NDArray[np.float64]:
    side = np.sqrt(np.maximum((boxes[:, 2:] - boxes[:, :2]).astype(np.float64), 1e-3).prod(axis=1))
    step = goal - points
    length = np.linalg.norm(step, axis=2, keepdims=True)
    limit = FARTHEST * side[:, np.newaxis, np.newaxis]
    moved = points + step * np.minimum(1.0, limit / np.maximum(length, 1e-9))
    middle = moved.mean(axis=1, keepdims=True)
    grown = _spread(points) / np.maximum(_spread(moved), 1e-9)
    return middle + (moved - middle) * np.maximum(1.0, grown)[:, np.newaxis, np.newaxis]


def _spread(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Root mean square distance of points (R, 5, 2) from their mean, (R,)."""
    centred = points.astype(np.float64) - points.mean(axis=1, keepdims=True)
    return np.sqrt((centred**2).sum(axis=2).mean(axis=1))
