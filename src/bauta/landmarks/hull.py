"""The region of a face: the hull of its 68 landmarks, extended over the forehead, which has none."""

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.errors import DataError
from bauta.landmarks.ibug import LEFT_BROW, NOSE_BASE, RIGHT_BROW

FOREHEAD_LIFT = 0.75
"""Height of the raised brow centres above the brows, as a multiple of the distance from nose base to brows.

By the rule of thirds the hairline lies one such distance above the brows; a quarter of it is left out because
hair often falls that low.
"""

_BROW_WEIGHTS = np.array([0.45, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 0.45])
"""Lift of each brow point relative to that of the centre, because the temples slope."""

_SUBPIXEL_BITS = 4


def face_outline(points: NDArray[np.floating], expand: float = 0.0) -> NDArray[np.float32]:
    """Convex outline of a face, from the jaw to the upper forehead.

    Args:
        points: (68, 2) iBUG landmarks in pixels.
        expand: How far each corner is moved away from the centre, as a fraction of its distance.

    Returns:
        float32 (K, 2) corners in order, in pixels.

    Raises:
        DataError: the points have another shape or are not all finite.
    """
    points = np.asarray(points, dtype=np.float64)
    if points.shape != (68, 2) or not np.isfinite(points).all():
        raise DataError(
            f"expected 68 finite landmarks (68, 2), got shape {points.shape} or NaN: skip the face"
        )
    brows = np.concatenate([points[LEFT_BROW], points[RIGHT_BROW]])
    up = (brows.mean(axis=0) - points[NOSE_BASE]) * FOREHEAD_LIFT
    forehead = brows + _BROW_WEIGHTS[:, None] * up
    outline = cv2.convexHull(np.concatenate([points, forehead]).astype(np.float32))[:, 0]
    centre = outline.mean(axis=0)
    return (centre + (outline - centre) * (1.0 + expand)).astype(np.float32)


def face_hull(points: NDArray[np.floating], size: int, expand: float = 0.0) -> NDArray[np.uint8]:
    """Mask of a face: brows, most of the forehead, and everything down to the chin.

    Args:
        points: (68, 2) iBUG landmarks in crop pixels.
        size: Side of the crop in pixels.
        expand: Fraction by which the hull is enlarged about its centre.

    Returns:
        uint8 (size, size), 1 inside and 0 outside.

    Raises:
        DataError: the points have another shape or are not all finite.
    """
    return fill_polygon(np.zeros((size, size), dtype=np.uint8), face_outline(points, expand), 1)


def fill_polygon(canvas: NDArray[np.uint8], corners: NDArray[np.floating], value: int) -> NDArray[np.uint8]:
    """Fill a polygon (K, 2) in pixels on a uint8 (H, W) canvas, in place, and return the canvas."""
    fixed_point = np.rint(np.asarray(corners, dtype=np.float64) * 2**_SUBPIXEL_BITS).astype(np.int32)
    cv2.fillPoly(canvas, [fixed_point], value, shift=_SUBPIXEL_BITS)
    return canvas
