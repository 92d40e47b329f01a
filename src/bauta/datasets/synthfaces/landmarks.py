"""The 68 points of iBUG 300-W on the surface of the head, and the box of the face.

The order and meaning of the points follow Sagonas et al., "300 Faces in-the-Wild Challenge" (ICCV-W 2013).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.anatomy import brow_spine, lid_margins, lip_borders, mouth_line
from bauta.datasets.synthfaces.camera import View
from bauta.datasets.synthfaces.head import HeadGrid
from bauta.datasets.synthfaces.identity import Identity

_JAW_LEVELS = np.array([0.0, 0.165, 0.33, 0.49, 0.64, 0.78, 0.89, 0.965, 1.0])
_JAW_TOP = -1.0
_JAW_ANGLE = np.radians(84.0)


def landmark_points(
    identity: Identity, grid: HeadGrid, positions: NDArray[np.float64], view: View
) -> NDArray[np.float32]:
    """Project the 68 points into the image.

    Args:
        identity: The person.
        grid: The relaxed head.
        positions: float64 (R, C, 3), the head in the camera's frame, mm.
        view: The camera.

    Returns:
        float32 (68, 2), x and y in pixels.
    """
    image = view.project(positions)
    inner = _inner_points(identity)
    sampled = _at(grid, image, inner[:, 0], inner[:, 1], inner[:, 2] > 0)
    return np.concatenate([_jaw(identity, grid, image), sampled]).astype(np.float32)


def face_box(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Box of the face as detectors draw it: brows to chin, side to side.

    Args:
        points: float32 (68, 2), pixels.

    Returns:
        float32 (4,): x0, y0, x1, y1 in pixels.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    height = high[1] - low[1]
    return np.array([low[0], low[1] - 0.17 * height, high[0], high[1]], np.float32)


def _inner_points(identity: Identity) -> NDArray[np.float64]:
    """Rest-plane x and y of points 17 to 67, and 1 for those on the lower lip."""
    left = []
    for t in (0.97, 0.74, 0.5, 0.26, 0.03):
        x, y, thickness = brow_spine(identity, np.array(t))
        left.append((-float(x), float(y) - 0.25 * float(thickness), 0))
    points = left + [(-x, y, s) for x, y, s in reversed(left)]
    base = identity.nose_base_y
    points += [(0.0, -4 + f * (base + 4), 0) for f in (0.04, 0.31, 0.58, 0.83)]
    wing = identity.nose_half_width - 5
    points += [
        (x, base - dip, 0)
        for x, dip in ((-wing, 0.6), (-wing / 2, -0.6), (0, -1.4), (wing / 2, -0.6), (wing, 0.6))
    ]
    points += _eye_points(identity, -1.0) + _eye_points(identity, 1.0)
    return np.array(points + _lip_points(identity), np.float64)


def _eye_points(identity: Identity, side: float) -> list[tuple[float, float, int]]:
    across = identity.eye_x + np.array([1.0, 0.36, -0.36, -1.0]) * identity.eye_half_width
    across = across if side < 0 else across[::-1]
    upper, lower = lid_margins(identity, across)
    order = ((0, upper), (1, upper), (2, upper), (3, upper), (2, lower), (1, lower))
    return [(float(side * across[k]), float(margin[k]), 0) for k, margin in order]


def _lip_points(identity: Identity) -> list[tuple[float, float, int]]:
    c = identity.mouth_half_width
    outer = np.array([-1.0, -0.62, -0.25, 0.0, 0.25, 0.62, 1.0]) * c
    upper, lower = lip_borders(identity, outer)
    points = [(float(x), float(y), 0) for x, y in zip(outer, upper, strict=True)]
    points += [(float(outer[k]), float(lower[k]), 1) for k in (5, 4, 3, 2, 1)]
    inner = np.array([-0.88, -0.3, 0.0, 0.3, 0.88]) * c
    line = mouth_line(identity, inner)
    points += [(float(x), float(y), 0) for x, y in zip(inner, line, strict=True)]
    return points + [(float(inner[k]), float(line[k]), 1) for k in (3, 2, 1)]


def _jaw(identity: Identity, grid: HeadGrid, image: NDArray[np.float64]) -> NDArray[np.float64]:
    heights = _JAW_TOP + (identity.chin_y - 0.6 - _JAW_TOP) * _JAW_LEVELS
    rows = np.searchsorted(grid.row_y, heights).clip(0, len(grid.row_y) - 1)
    left = np.flatnonzero((grid.angles > -_JAW_ANGLE) & (grid.angles < -np.radians(25)))
    right = np.flatnonzero((grid.angles < _JAW_ANGLE) & (grid.angles > np.radians(25)))
    points = np.empty((17, 2))
    for k, row in enumerate(rows[:-1]):
        points[k] = image[row, left[np.argmin(image[row, left, 0])]]
        points[16 - k] = image[row, right[np.argmax(image[row, right, 0])]]
    chin = np.abs(grid.angles) < np.radians(8)
    bottom = image[-12:, chin].reshape(-1, 2)
    points[8] = bottom[np.argmax(bottom[:, 1])]
    return points


def _at(
    grid: HeadGrid,
    image: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    low: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Image position of points of the rest plane, bilinear in the grid."""
    sampled = np.empty((len(x), 2))
    for k in range(len(x)):
        rows = slice(grid.seam + 1, None) if low[k] else slice(0, grid.seam + 1)
        plane, target = grid.plane[rows], image[rows]
        column = int(np.searchsorted(plane[len(plane) // 2, :, 0], x[k]))
        heights = plane[:, column, 1]
        row = int(np.searchsorted(heights, y[k]).clip(1, len(heights) - 1))
        column = int(np.searchsorted(plane[row, :, 0], x[k]).clip(1, plane.shape[1] - 1))
        heights = plane[:, column, 1]
        row = int(np.searchsorted(heights, y[k]).clip(1, len(heights) - 1))
        fy = np.clip((y[k] - heights[row - 1]) / max(heights[row] - heights[row - 1], 1e-9), 0, 1)
        xs = plane[row, :, 0]
        fx = np.clip((x[k] - xs[column - 1]) / max(xs[column] - xs[column - 1], 1e-9), 0, 1)
        corners = target[row - 1 : row + 1, column - 1 : column + 1]
        above, below = corners[0] + 0.0, corners[1]
        sampled[k] = (1 - fy) * ((1 - fx) * above[0] + fx * above[1]) + fy * (
            (1 - fx) * below[0] + fx * below[1]
        )
    return sampled
