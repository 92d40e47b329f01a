"""The outline of the face hull in an anonymized crop, estimated from the picture alone.

The hull is convex and lies about where the crop contract puts a face. What tells its inside from its
outside is evidence for each pixel, which depends on the anonymizer. The outline is the closed curve about
the middle of the face that encloses the most evidence for its price in length and in distance from the
usual outline: a shortest path in polar coordinates (Amini, Weymouth and Jain, "Using dynamic programming
for solving variational problems in vision", TPAMI 12(9), 1990).
"""

from collections.abc import Sequence

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


def face_outlines_in(
    evidence: Sequence[Floats], contract: CropContract, widen: float = 0.0
) -> NDArray[np.bool_]:
    """Estimate the region of the face hull in each of N pictures.

    Args:
        evidence: N times float32 (size, size), from −1, outside the hull, to 1, inside.
        contract: Geometry of the crops.
        widen: Pixels by which the outline is moved outwards in the end.

    Returns:
        bool (N, size, size), convex regions.
    """
    centre, radii = usual_radii(contract)
    longest = contract.size
    flags = cv2.INTER_LINEAR | cv2.WARP_FILL_OUTLIERS
    polar = np.stack([cv2.warpPolar(one, (longest, ANGLES), centre, longest, flags) for one in evidence])
    deviation = (np.arange(longest) - radii[:, np.newaxis]) / (SPREAD * radii[:, np.newaxis])
    gain = np.cumsum(polar, axis=2) - PRIOR / 2 * deviation.astype(np.float32) ** 2
    angles = 2 * np.pi * np.arange(ANGLES) / ANGLES
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    regions = np.zeros((len(evidence), longest, longest), dtype=np.uint8)
    for region, found in zip(regions, closed_path(gain), strict=True):
        corners = np.array(centre) + (found + widen)[:, np.newaxis] * directions
        fill_polygon(region, cv2.convexHull(corners.astype(np.float32))[:, 0], 1)
    return regions.astype(bool)


def closed_path(gain: Floats) -> NDArray[np.intp]:
    """The radius at each angle that collects the most, for a radius that changes slowly.

    Args:
        gain: float32 (N, A, R), what each radius collects at each angle of N pictures.

    Returns:
        int (N, A). The angles are gone through twice, and the half of the path that is far from its two free
        ends is taken, so that the end meets the start.
    """
    count, angles, radii = gain.shape
    steps = np.arange(-STEP, STEP + 1)
    padded = np.full((count, radii + 2 * STEP), -np.inf, dtype=np.float32)
    best, origin = gain[:, 0], np.zeros((2 * angles, count, radii), dtype=np.int16)
    for row in range(1, 2 * angles):
        padded[:, STEP:-STEP] = best
        best = np.full((count, radii), -np.inf, dtype=np.float32)
        for first, step in enumerate(steps):
            reached = padded[:, first : first + radii] - np.float32(BEND * abs(step))
            better = reached > best
            best = np.where(better, reached, best)
            origin[row][better] = step
        best += gain[:, row % angles]
    path = np.empty((2 * angles, count), dtype=np.intp)
    path[-1] = best.argmax(axis=1)
    for row in range(2 * angles - 1, 0, -1):
        path[row - 1] = path[row] + origin[row, np.arange(count), path[row]]
    half = angles // 2
    return np.roll(path[half : half + angles], half, axis=0).T
