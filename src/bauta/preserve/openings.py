"""How far eyes and mouth are open, relative to their width."""

import numpy as np
from numpy.typing import NDArray

EYES = ((36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47))
"""The six points of each eye in the order p1 … p6 of Soukupová and Čech: from corner to corner and back."""

MOUTH = (60, 61, 62, 63, 64, 65, 66, 67)
"""The inner border of the lips, likewise."""


def openings(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """The aspect ratios of eyes and mouth.

    That of an eye is (‖p2 − p6‖ + ‖p3 − p5‖)/(2‖p1 − p4‖) (Soukupová and Čech, "Real-time eye blink detection
    using facial landmarks", CVWW 2016, eq. 1), and both eyes are averaged. That of the mouth is the mean of
    the three distances between the inner borders of the lips over the distance between their corners.

    Args:
        points: (N, 68, 2) iBUG points, in pixels.

    Returns:
        float64 (N, 2), that of the eyes and that of the mouth; NaN where points are NaN or corners coincide.
    """
    faces = np.asarray(points, dtype=np.float64)

    def distance(one: int, other: int) -> NDArray[np.float64]:
        return np.linalg.norm(faces[:, one] - faces[:, other], axis=1)

    with np.errstate(divide="ignore", invalid="ignore"):
        eyes = [
            (distance(p2, p6) + distance(p3, p5)) / (2 * distance(p1, p4)) for p1, p2, p3, p4, p5, p6 in EYES
        ]
        left, *upper, right = MOUTH[:5]
        lower = MOUTH[:4:-1]
        gaps = [distance(top, bottom) for top, bottom in zip(upper, lower, strict=True)]
        mouth = np.mean(gaps, axis=0) / distance(left, right)
    found = np.stack([np.mean(eyes, axis=0), mouth], axis=1)
    found[~np.isfinite(found)] = np.nan
    return found
