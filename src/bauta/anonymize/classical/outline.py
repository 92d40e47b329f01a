"""The outline of the face hull in an anonymized crop, estimated from the picture alone.

The hull is convex and lies about where the crop contract puts a face. What tells its inside from its
outside is evidence for each pixel, which depends on the anonymizer. The outline is the closed curve about
the middle of the face that encloses the most evidence for its price in length and in distance from the
usual outline: a shortest path in polar coordinates (Amini, Weymouth and Jain, "Using dynamic programming
for solving variational problems in vision", TPAMI 12(9), 1990).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.contract import CropContract
from bauta.landmarks.hull import fill_polygon
from bauta.protocols import Floats

CENTRE = (56.0, 65.0)
"""Middle of the mean hull in pixels of the 112-pixel ArcFace crop."""
SEMI_AXES = (43.0, 55.0)
"""Half the width and height of the mean hull, likewise."""
SPREAD = 0.15
"""Standard deviation of the distance of a hull's outline from the centre, relative to the mean hull's."""
PRIOR = 4.0
"""Evidence, in pixels along a ray, that a deviation of √2 standard deviations costs."""
ANGLES = 180
STEP = 3
"""Most pixels by which the radius changes from one angle to the next."""
BEND = 0.25
"""Evidence that a change of the radius by one pixel costs."""


def usual_radii(contract: CropContract) -> tuple[tuple[float, float], Floats]:
    """The centre of the mean hull in crop pixels, and its radius at each angle, float32 (ANGLES,)."""
    x, y = contract.from_arcface(np.asarray(CENTRE)).tolist()
    angles = 2 * np.pi * np.arange(ANGLES) / ANGLES
    across, down = (np.array(SEMI_AXES) * contract.scale).tolist()
    radii = 1 / np.hypot(np.cos(angles) / across, np.sin(angles) / down)
    return (x, y), radii.astype(np.float32)


def face_outline_in(evidence: Floats, contract: CropContract, widen: float = 0.0) -> NDArray[np.bool_]:
    """Estimate the region of the face hull.

    Args:
        evidence: float32 (size, size), from −1, outside the hull, to 1, inside.
        contract: Geometry of the crops.
        widen: Pixels by which the outline is moved outwards in the end.

    Returns:
        bool (size, size), a convex region.
    """
    centre, radii = usual_radii(contract)
    longest = contract.size
    polar = cv2.warpPolar(
        evidence, (longest, ANGLES), centre, longest, cv2.INTER_LINEAR | cv2.WARP_FILL_OUTLIERS
    )
    deviation = (np.arange(longest) - radii[:, np.newaxis]) / (SPREAD * radii[:, np.newaxis])
    gain = np.cumsum(polar, axis=1) - PRIOR / 2 * deviation.astype(np.float32) ** 2
    found = closed_path(gain) + widen
    angles = 2 * np.pi * np.arange(ANGLES) / ANGLES
    corners = np.array(centre) + found[:, np.newaxis] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    convex = cv2.convexHull(corners.astype(np.float32))[:, 0]
    return fill_polygon(np.zeros(evidence.shape, dtype=np.uint8), convex, 1).astype(bool)


def closed_path(gain: Floats) -> NDArray[np.intp]:
    """The radius at each angle that collects the most, for a radius that changes slowly.

    Args:
        gain: float32 (A, R), what each radius collects at each angle.

    Returns:
        int (A,). The angles are gone through twice, and the half of the path that is far from its two free
        ends is taken, so that the end meets the start.
    """
    angles, radii = gain.shape
    twice = np.concatenate([gain, gain])
    steps = np.arange(-STEP, STEP + 1)
    padded = np.full(radii + 2 * STEP, -np.inf, dtype=np.float32)
    best, origin = twice[0], np.empty((len(twice), radii), dtype=np.intp)
    price = (BEND * np.abs(steps)).astype(np.float32)
    for row in range(1, len(twice)):
        padded[STEP:-STEP] = best
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * STEP + 1) - price
        choice = windows.argmax(axis=1)
        origin[row] = np.arange(radii) + steps[choice]
        best = windows[np.arange(radii), choice] + twice[row]
    path = np.empty(len(twice), dtype=np.intp)
    path[-1] = best.argmax()
    for row in range(len(twice) - 1, 0, -1):
        path[row - 1] = origin[row, path[row]]
    half = angles // 2
    return np.roll(path[half : half + angles], half)
