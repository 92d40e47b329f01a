"""The direction in which the eyes look, relative to the head, from the irises of MediaPipe's face mesh."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from bauta.preserve.head_pose import FACE, RIGID

EYES = ((33, 133, 468), (362, 263, 473))
"""Vertices of the left and the right corner (in the image) and of the middle of the iris, for each eye."""

CORNERS = ((RIGID.index(36), RIGID.index(39)), (RIGID.index(42), RIGID.index(45)))
"""The corners of each eye in `head_pose.FACE`."""

EYE_RADIUS = 1.2
"""Radius of the eyeball in cm (Bekerman et al., "Variations in eyeball diameters of the healthy adults",
Journal of Ophthalmology 2014: 24 mm across)."""

EYE_DEPTH = 0.8
"""How far the centre of the eyeball lies behind the middle between the corners of the eye, in cm."""


def gaze_angles(points: NDArray[np.floating], poses: NDArray[np.floating]) -> NDArray[np.float64]:
    """Estimate where the eyes look.

    The iris is a point on a ball whose centre lies behind the middle between the corners of the eye, as in
    geometric models of the eye (Hansen and Ji, "In the eye of the beholder", TPAMI 32(3), 2010, section 4).
    The projection is parallel. Both eyes are averaged.

    Args:
        points: (N, 478, 2) vertices of MediaPipe's face mesh in crop pixels.
        poses: (N, 3) poses of the heads from the same points, see `head_pose.head_poses`.

    Returns:
        float64 (N, 2), yaw and pitch in degrees relative to the head, positive to the right of the image and
        down; NaN where points or pose are.
    """
    found = np.full((len(points), 2), np.nan)
    known = np.isfinite(points).all(axis=(1, 2)) & np.isfinite(poses).all(axis=1)
    if known.any():
        faces = np.asarray(points, dtype=np.float64)[known]
        turned = Rotation.from_rotvec(poses[known]).as_matrix()
        sum_of_both = sum(_direction(faces, turned, *eye) for eye in zip(EYES, CORNERS, strict=True))
        x, y, z = np.moveaxis(np.asarray(sum_of_both), 1, 0)
        found[known] = np.degrees(np.stack([np.arctan2(x, -z), np.arctan2(y, np.hypot(x, z))], axis=1))
    return found


def directions(gaze: NDArray[np.floating]) -> NDArray[np.float64]:
    """Unit vectors float64 (N, 3) of yaw and pitch (N, 2) in degrees: x right, y down, z away."""
    yaw, pitch = np.radians(np.asarray(gaze, dtype=np.float64)).T
    return np.stack([np.sin(yaw) * np.cos(pitch), np.sin(pitch), -np.cos(yaw) * np.cos(pitch)], axis=1)


def between(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Angle in degrees between gazes (N, 2) and (N or 1, 2): float64 (N,) in [0, 180]."""
    first, second = directions(one), directions(other)
    # The arc cosine of a rounded cosine would put equal directions a millionth of a degree apart.
    sine = np.linalg.norm(np.cross(first, second), axis=1)
    return np.degrees(np.arctan2(sine, (first * second).sum(axis=1)))


def _direction(
    faces: NDArray[np.float64],
    turned: NDArray[np.float64],
    eye: tuple[int, int, int],
    corners: tuple[int, int],
) -> NDArray[np.float64]:
    """Unit vectors (N, 3) in the frame of the head along which one eye looks."""
    left, right, iris = (faces[:, vertex] for vertex in eye)
    across = turned @ (FACE[corners[1]] - FACE[corners[0]])
    scale = np.linalg.norm(right - left, axis=1) / np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-6)
    offset = (iris - (left + right) / 2) / np.maximum(scale, 1e-6)[:, None]
    centre = EYE_DEPTH * turned[:, :2, 2]
    sideways = (offset - centre) / EYE_RADIUS
    length = np.linalg.norm(sideways, axis=1, keepdims=True)
    sideways = sideways / np.maximum(length, 1.0)
    forward = -np.sqrt(np.clip(1.0 - (sideways**2).sum(axis=1), 0.0, 1.0))
    seen = np.column_stack([sideways, forward])
    return np.einsum("nji,nj->ni", turned, seen)
