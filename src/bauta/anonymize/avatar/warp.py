"""Piecewise affine warps between landmarks (Cootes et al., Active appearance models, TPAMI 2001)."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from bauta.landmarks.ibug import LEFT_BROW, NOSE_BASE, RIGHT_BROW
from bauta.protocols import Floats

BROWS = slice(LEFT_BROW.start, RIGHT_BROW.stop)

HEIGHTS = (0.7, 1.3)
"""Heights of the points above the brows, as multiples of the distance from nose base to brows."""

ON_AN_EDGE = 4
"""Intervals between the fixed points on each edge of the frame."""


@dataclass(frozen=True)
class Warp:
    """A warp of images such that their landmarks come to lie on a shape.

    Attributes:
        corners: intp (size, size, 3), the three points among which each pixel lies.
        weights: float32 (size, size, 3), its barycentric coordinates.
        size: Side of the images in pixels.
    """

    corners: NDArray[np.intp]
    weights: Floats
    size: int

    @classmethod
    def onto(cls, shape: Floats, size: int) -> Self:
        """Prepare the warp onto landmarks (68, 2) in pixels of images (size, size)."""
        points = np.vstack([shape, _above(shape), _frame(size)])
        triangles = Delaunay(points)
        rows, columns = np.mgrid[:size, :size]
        pixels = np.column_stack([columns.ravel(), rows.ravel()]).astype(np.float64)
        of_pixel = triangles.find_simplex(pixels, tol=1e-6)
        affine = triangles.transform[of_pixel]
        first = np.einsum("nij,nj->ni", affine[:, :2], pixels - affine[:, 2])
        weights = np.column_stack([first, 1 - first.sum(axis=1)])
        return cls(
            corners=triangles.simplices[of_pixel].reshape(size, size, 3).astype(np.intp),
            weights=weights.reshape(size, size, 3).astype(np.float32),
            size=size,
        )

    def __call__(self, image: Floats, landmarks: Floats) -> NDArray[np.float32]:
        """Warp float32 (size, size, C) with landmarks (68, 2) in its pixels."""
        points = np.vstack([landmarks, _above(landmarks), _frame(self.size)]).astype(np.float32)
        where = np.einsum("rck,rckp->rcp", self.weights, points[self.corners])
        return np.asarray(
            cv2.remap(image, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        )


def _above(points: Floats) -> NDArray[np.float64]:
    """Points on the forehead and above it, which turn with the face: brows moved away from the nose."""
    brows = np.asarray(points[BROWS], dtype=np.float64)
    up = brows.mean(axis=0) - points[NOSE_BASE]
    return np.vstack([brows + height * up for height in HEIGHTS])


def _frame(size: int) -> NDArray[np.float64]:
    """Points on the edges of the image, which stay where they are."""
    along = np.linspace(0, size - 1, ON_AN_EDGE + 1)[:-1]
    none, all_of_it = np.zeros_like(along), np.full_like(along, size - 1)
    return np.vstack(
        [
            np.column_stack(edge)
            for edge in (
                (along, none),
                (all_of_it, along),
                (size - 1 - along, all_of_it),
                (none, size - 1 - along),
            )
        ]
    )
