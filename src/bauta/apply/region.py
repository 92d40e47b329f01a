"""The region of a photograph that is released anonymized: the whole face, and a seam around it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.alignment.align import apply_affine
from bauta.anonymize.classical.outline import CENTRE, SEMI_AXES
from bauta.contract import CropContract
from bauta.landmarks.hull import face_outline, fill_polygon
from bauta.protocols import Floats

Corners = NDArray[np.float64]

WIDER = 1.18
"""Factor by which the ellipse of the mean hull is widened, so that it holds ears, forehead and chin."""

HULL_EXPANSION = 0.12
"""Fraction by which the hull of the landmarks is enlarged about its centre."""

BOX_WIDER = 1.1
"""Factor by which the ellipse inside the detector's box is widened."""

FALLBACK_WIDER = 1.4
"""Factor by which the detector's box is widened if nothing but the box is trusted."""

SEAM = 0.04
"""Width of the seam, as a fraction of the side of the crop in the photograph."""

THINNEST = 2.0
"""Width of the thinnest seam in pixels."""

ANGLES = 72


@dataclass(frozen=True)
class Region:
    """A part of a photograph.

    Attributes:
        polygons: (K, 2) corners in image pixels; the region is their union.
        seam: Width of the seam around it in pixels, 0 for none.
    """

    polygons: tuple[Corners, ...]
    seam: float

    def bounds(self, height: int, width: int) -> tuple[int, int, int, int] | None:
        """Left, top, right and bottom (exclusive) of the part, with the seam, in an image; None if none."""
        corners = np.concatenate(self.polygons)
        margin = np.ceil(self.seam) + 1
        low = np.maximum(np.floor(corners.min(axis=0) - margin), 0)
        high = np.minimum(np.ceil(corners.max(axis=0) + margin) + 1, (width, height))
        if (low >= high).any():
            return None
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def drawn(self, bounds: tuple[int, int, int, int]) -> NDArray[np.uint8]:
        """The region without its seam inside bounds: uint8 (h, w), 1 inside."""
        left, top, right, bottom = bounds
        canvas = np.zeros((bottom - top, right - left), dtype=np.uint8)
        for corners in self.polygons:
            fill_polygon(canvas, corners - (left, top), 1)
        return canvas

    def opacity(self, inside: NDArray[np.uint8]) -> Floats:
        """1 inside, falling to 0 across the seam: float32 (h, w)."""
        if self.seam == 0 or inside.all():
            return inside.astype(np.float32)
        distance = cv2.distanceTransform(1 - inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        return np.asarray(np.clip(1.0 - distance / (self.seam + 1.0), 0.0, 1.0), dtype=np.float32)


def face_region(
    box: Floats, landmarks: Floats, matrix: NDArray[np.float64], contract: CropContract
) -> Region:
    """The region of a face with landmarks: brow to chin, both ears, most of the forehead.

    It is the convex hull of the enlarged hull of the landmarks, of the usual outline of a face in its crop,
    and of the ellipse inside the detector's box: what one of them misses on a turned head, another has.

    Args:
        box: float32 (4,), the detector's box in image pixels.
        landmarks: float32 (68, 2) in crop pixels.
        matrix: (2, 3) similarity from image to crop pixels.
        contract: Geometry of the crops.
    """
    back = _inverse(matrix)
    outlines = [
        apply_affine(back, face_outline(landmarks, HULL_EXPANSION)),
        apply_affine(back, _usual_outline(contract)),
        _box_ellipse(box),
    ]
    hull = cv2.convexHull(np.concatenate(outlines).astype(np.float32))[:, 0].astype(np.float64)
    return Region((hull,), _seam(back, contract))


def crop_region(matrix: NDArray[np.float64], contract: CropContract) -> Region:
    """The region of a whole crop."""
    back = _inverse(matrix)
    far = contract.size - 0.5
    corners = np.array([(-0.5, -0.5), (far, -0.5), (far, far), (-0.5, far)])
    return Region((apply_affine(back, corners),), _seam(back, contract))


def mask_region(mask: NDArray[np.bool_], matrix: NDArray[np.float64], contract: CropContract) -> Region:
    """The region of a mask (size, size) of a crop."""
    back = _inverse(matrix)
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    corners = [outline[:, 0].astype(np.float64) for outline in outlines]
    return Region(tuple(apply_affine(back, points) for points in corners), _seam(back, contract))


def outside(corners: Corners, matrix: NDArray[np.float64], size: int) -> float:
    """Share of a convex polygon (K, 2) in image pixels that lies outside a crop."""
    inside = np.array([(0, 0), (size, 0), (size, size), (0, size)], dtype=np.float32) - np.float32(0.5)
    polygon = apply_affine(matrix, corners).astype(np.float32)
    area = cv2.contourArea(polygon)
    shared, _ = cv2.intersectConvexConvex(polygon, inside)
    return 1.0 - shared / area if area > 0 else 1.0


def union(one: Region, other: Region) -> Region:
    """The union of two regions, with the wider seam."""
    return Region((*one.polygons, *other.polygons), max(one.seam, other.seam))


def box_region(box: Floats) -> Region:
    """The region of a face of which only the box is trusted: a wider rectangle without a seam."""
    low, high = np.asarray(box, dtype=np.float64).reshape(2, 2)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1.0) * FALLBACK_WIDER
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    return Region((middle + signs * half,), 0.0)


def _inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.invertAffineTransform(matrix), dtype=np.float64)


def _usual_outline(contract: CropContract) -> Corners:
    """The ellipse of the mean hull, widened, in crop pixels."""
    return contract.from_arcface(_ellipse(np.array(CENTRE), np.array(SEMI_AXES) * WIDER)).astype(np.float64)


def _box_ellipse(box: Floats) -> Corners:
    low, high = np.asarray(box, dtype=np.float64).reshape(2, 2)
    return _ellipse((low + high) / 2, (high - low) / 2 * BOX_WIDER)


def _ellipse(centre: NDArray[np.floating], semi_axes: NDArray[np.floating]) -> Corners:
    angles = 2 * np.pi * np.arange(ANGLES) / ANGLES
    return np.asarray(centre + np.stack([np.cos(angles), np.sin(angles)], axis=1) * semi_axes)


def _seam(back: NDArray[np.float64], contract: CropContract) -> float:
    return max(THINNEST, SEAM * contract.size * float(np.hypot(*back[:, 0])))
