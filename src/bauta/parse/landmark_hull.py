"""Parsing drawn from the 68 landmarks, without a model; it has no hair, ears, neck or glasses."""

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.contract import CropContract
from bauta.labels import PARSING_CLASSES
from bauta.landmarks.hull import face_outline, fill_polygon
from bauta.landmarks.ibug import (
    INNER_LIPS,
    LEFT_BROW,
    LEFT_EYE,
    NOSE_BASE,
    NOSE_BRIDGE,
    NOSTRILS,
    OUTER_LIPS,
    RIGHT_BROW,
    RIGHT_EYE,
)
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARD = Card(
    name="landmark_hull",
    kind="parser",
    implementation="bauta.parse.landmark_hull:LandmarkHull",
    about="Drawn from the 68 landmarks: no hair, ears, neck or glasses.",
)


BROW_THICKNESS = 0.12
"""Thickness of a brow relative to the distance from its first to its last point."""

NOSE_WIDENING = 1.5
"""Width of the nose relative to the row of points under it, which lie inside the wings."""


class LandmarkHull:
    """Polygons through the landmarks, in the classes of CelebAMask-HQ.

    Skin is the hull of the face with most of the forehead; nose, brows, eyes, lips and, between the lips, the
    mouth are drawn on it.

    Args:
        contract: Geometry of the crops.
        models: Not used.
    """

    needs_landmarks = True

    def __init__(self, contract: CropContract, models: ModelStore) -> None:
        del models
        self._size = contract.size

    def parse(self, crops: Images, landmarks: Floats) -> NDArray[np.uint8]:
        """Class ids (N, size, size) for landmarks (N, 68, 2) in crop pixels; background without landmarks."""
        classes = np.zeros((len(crops), self._size, self._size), dtype=np.uint8)
        for canvas, points in zip(classes, landmarks, strict=True):
            if np.isfinite(points).all():
                draw_parts(canvas, points)
        return classes


def draw_parts(canvas: NDArray[np.uint8], points: Floats) -> None:
    """Draw the class ids of one face with landmarks (68, 2) on a uint8 (H, W) canvas, in place."""
    outer, inner = points[OUTER_LIPS], points[INNER_LIPS]
    polygons = {
        "skin": face_outline(points),
        "nose": _nose(points),
        "l_brow": _brow(points[LEFT_BROW]),
        "r_brow": _brow(points[RIGHT_BROW]),
        "l_eye": points[LEFT_EYE],
        "r_eye": points[RIGHT_EYE],
        "u_lip": np.concatenate([outer[:7], inner[4::-1]]),
        "l_lip": np.concatenate([outer[6:], outer[:1], inner[:1], inner[:3:-1]]),
        "mouth": inner,
    }
    for name, corners in polygons.items():
        fill_polygon(canvas, corners, PARSING_CLASSES.index(name))


def _nose(points: Floats) -> Floats:
    """Hull of the bridge and of the points under the nose, widened to the wings."""
    base = points[NOSE_BASE]
    wings = base + (points[NOSTRILS] - base) * NOSE_WIDENING
    bridge = points[NOSE_BRIDGE]
    half_width = (points[NOSTRILS][-1] - points[NOSTRILS][0]) / 4
    outline = np.concatenate([wings, bridge, bridge[:2] - half_width, bridge[:2] + half_width])
    return np.asarray(cv2.convexHull(outline.astype(np.float32))[:, 0], dtype=np.float32)


def _brow(points: Floats) -> Floats:
    """The polyline of a brow, thickened to a band."""
    along = points[-1] - points[0]
    across = np.array([-along[1], along[0]]) * (BROW_THICKNESS / 2)
    return np.concatenate([points + across, points[::-1] - across])
