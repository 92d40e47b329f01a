"""Of boxes that show the same face, the best one."""

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.protocols import Floats

MAX_OVERLAP = 0.4
"""Intersection over union with a better box from which on a box shows the same face."""


def suppress(boxes: Floats, scores: Floats, overlap: float = MAX_OVERLAP) -> NDArray[np.intp]:
    """Indices of the boxes (F, 4) that overlap no better one too much, best first."""
    sides = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    return np.asarray(cv2.dnn.NMSBoxes(sides.tolist(), scores.tolist(), 0.0, overlap), dtype=np.intp)
