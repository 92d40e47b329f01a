"""Whether a crop shows a face: a predictor of landmarks places them on anything, even on a black square."""

import dlib
import numpy as np
from numpy.typing import NDArray

from bauta.contract import CropContract
from bauta.detect.working_size import resize
from bauta.landmarks.dlib68 import FACE_BOX
from bauta.protocols import Images

WORKING_WIDTH = 110.0
"""Width of an aligned face in pixels of the image that is searched; the detector's window is 80 wide."""

THRESHOLD = 0.0
"""Least distance to the detector's hyperplane; dlib's default."""

LEAST_OVERLAP = 0.4
"""Least intersection over union of a found box with that of an aligned face."""


class FacePresence:
    """dlib's HOG detector (King, arXiv:1502.00046) on aligned crops, searched for a face in its place.

    Args:
        contract: Geometry of the crops.
    """

    def __init__(self, contract: CropContract) -> None:
        self._detector = dlib.get_frontal_face_detector()
        box = contract.from_arcface(np.asarray(FACE_BOX)).astype(np.float64)
        self._scale = min(1.0, WORKING_WIDTH / float(box[1, 0] - box[0, 0]))
        self._box = ((box + 0.5) * self._scale - 0.5).ravel()

    def of(self, crops: Images) -> NDArray[np.bool_]:
        """Whether uint8 (N, size, size, 3) RGB crops show a face where an aligned one lies: bool (N,)."""
        return np.array([self._shows_face(crop) for crop in crops], dtype=bool)

    def _shows_face(self, crop: Images) -> bool:
        image = np.ascontiguousarray(resize(crop, self._scale))
        boxes, _, _ = self._detector.run(image, 0, THRESHOLD)
        return any(
            _overlap(self._box, np.array((box.left(), box.top(), box.right(), box.bottom()), dtype=float))
            >= LEAST_OVERLAP
            for box in boxes
        )


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Intersection over union of two boxes x0, y0, x1, y1."""
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    common = float(np.prod(np.maximum(sides, 0.0)))
    areas = [float(np.prod(box[2:] - box[:2])) for box in (one, other)]
    return common / (sum(areas) - common)
