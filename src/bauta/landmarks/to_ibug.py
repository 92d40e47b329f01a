"""Conversion of other sets of landmarks to the 68 iBUG points, for code that expects those 68."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bauta.errors import DataError
from bauta.protocols import Floats

FROM_MEDIAPIPE: tuple[int, ...] = (
    *(127, 234, 132, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 361, 454, 356),
    *(70, 63, 105, 66, 107),
    *(336, 296, 334, 293, 300),
    *(168, 197, 195, 4),
    *(240, 97, 2, 326, 460),
    *(33, 160, 158, 133, 153, 144),
    *(362, 385, 387, 263, 373, 380),
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),
    *(78, 82, 13, 312, 308, 317, 14, 87),
)
"""Vertices of MediaPipe's face mesh that lie where the iBUG points do, symmetric about the nose.

On 496 aligned photographs of LFW they differ from dlib's points by 4.3 % of the distance between the outer
eye corners (median of the means over the points); the most, 11 %, at the sides of the jaw.
"""

FROM_INSIGHT106: tuple[int, ...] = (
    *(1, 10, 12, 14, 16, 3, 5, 7, 0, 23, 21, 19, 32, 30, 28, 26, 17),
    *(43, 48, 49, 51, 50),
    *(102, 103, 104, 105, 101),
    *(72, 73, 74, 86),
    *(78, 79, 80, 85, 84),
    *(35, 41, 42, 39, 37, 36),
    *(89, 95, 96, 93, 91, 90),
    *(52, 64, 63, 71, 67, 68, 61, 58, 59, 53, 56, 55),
    *(65, 66, 62, 70, 69, 57, 60, 54),
)
"""Points of InsightFace's 2d106 in the order of iBUG, as programs that use both have it."""

TABLES: Mapping[int, tuple[int, ...]] = {
    68: tuple(range(68)),
    106: FROM_INSIGHT106,
    478: FROM_MEDIAPIPE,
}
"""Which points of a set of landmarks are the iBUG points, by the size of the set."""


def to_ibug(points: NDArray[np.floating]) -> Floats:
    """The 68 iBUG points of any landmarker's points.

    Args:
        points: (N, P, 2) pixels, P one of 68, 106 and 478; NaN rows stay NaN.

    Returns:
        float32 (N, 68, 2) in the order of `landmarks.ibug`.

    Raises:
        DataError: there is no table for that many points.
    """
    if points.ndim != 3 or points.shape[1] not in TABLES or points.shape[2] != 2:
        known = ", ".join(map(str, TABLES))
        raise DataError(f"expected landmarks (N, P, 2) with P one of {known}, got shape {points.shape}")
    return np.asarray(points[:, list(TABLES[points.shape[1]])], dtype=np.float32)
