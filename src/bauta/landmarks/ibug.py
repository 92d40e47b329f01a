"""The parts of the face that the 68 iBUG points belong to; left and right are sides of the image.

Source: Sagonas et al., 300 Faces in-the-Wild Challenge, ICCVW 2013, figure 1 (counted from 0 here).
"""

import numpy as np

from bauta.protocols import Floats

JAW = slice(0, 17)
LEFT_BROW = slice(17, 22)
RIGHT_BROW = slice(22, 27)
NOSE_BRIDGE = slice(27, 31)
NOSTRILS = slice(31, 36)
LEFT_EYE = slice(36, 42)
RIGHT_EYE = slice(42, 48)
OUTER_LIPS = slice(48, 60)
INNER_LIPS = slice(60, 68)

CHIN = 8
NOSE_TIP = 30
NOSE_BASE = 33
LEFT_MOUTH_CORNER = 48
RIGHT_MOUTH_CORNER = 54


def five_points(points: Floats) -> Floats:
    """Eye centres, nose tip and mouth corners of 68 iBUG points, float32 (5, 2)."""
    return np.stack(
        [
            points[LEFT_EYE].mean(axis=0),
            points[RIGHT_EYE].mean(axis=0),
            points[NOSE_TIP],
            points[LEFT_MOUTH_CORNER],
            points[RIGHT_MOUTH_CORNER],
        ]
    )
