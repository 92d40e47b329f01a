"""The pose of the head: the rotation that makes a rigid model of the face look like its landmarks."""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from bauta.protocols import Floats

RIGID = (27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 39, 42, 45)
"""The iBUG points that no expression moves: the nose and the corners of the eyes."""

FACE = np.array(
    [
        (0.0, 3.271027, 5.236015),
        (0.0, 1.728369, 6.316750),
        (0.0, 1.059413, 6.774605),
        (0.0, -0.463170, 7.586580),
        (-1.236408, -1.585568, 5.480490),
        (-0.597442, -2.013686, 5.866456),
        (0.0, -2.089024, 6.058267),
        (0.597442, -2.013686, 5.866456),
        (1.236408, -1.585568, 5.480490),
        (-4.445859, 2.663991, 3.173422),
        (-1.856432, 2.585245, 3.757904),
        (1.856432, 2.585245, 3.757904),
        (4.445859, 2.663991, 3.173422),
    ]
) * (1, -1, -1)
"""Where the points of `RIGID` lie on a frontal face, in cm: x to the right of the image, y down, z away.

They are vertices 168, 197, 195, 4, 240, 97, 2, 326, 460, 33, 133, 362 and 263 of MediaPipe's canonical face
model (`face_geometry/data/canonical_face_model.obj`, Apache License 2.0), the vertices that
`landmarks.to_ibug` takes for these points. Its axes have y up and z towards the camera.
"""

OUTER_CORNERS = (RIGID.index(36), RIGID.index(45))

FOCAL_LENGTH = 4.0
"""Assumed focal length as a multiple of the crop's side: a face that fills a crop is about 1.1 m away.

A crop does not tell its camera. The rotation is not sensitive to it: with half or twice this length, it
changes by under a degree on frontal faces.
"""

LEAST_DISTANCE = 1.0
"""Distance of the outer eye corners in pixels below which points are no face."""


def head_poses(points: Floats, size: int) -> NDArray[np.float64]:
    """Estimate the pose of each face.

    OpenCV's iterative solver (Levenberg–Marquardt on the reprojection error) starts from a frontal face, as
    aligned faces are nearly frontal and a search without a start may end on the mirrored solution.

    Args:
        points: (N, 68, 2) iBUG points in pixels of square crops.
        size: Side of the crops in pixels.

    Returns:
        float64 (N, 3) rotation vectors in radians, see `quantities.QUANTITIES`; NaN where points are NaN or
        coincide.
    """
    middle, focal = (size - 1) / 2, FOCAL_LENGTH * size
    camera = np.array([[focal, 0.0, middle], [0.0, focal, middle], [0.0, 0.0, 1.0]])
    rigid = np.asarray(points, dtype=np.float64)[:, RIGID]
    model = FACE - FACE.mean(axis=0)
    left, right = OUTER_CORNERS
    poses = np.full((len(rigid), 3), np.nan)
    for row, face in enumerate(map(np.ascontiguousarray, rigid)):
        distance = np.linalg.norm(face[right] - face[left])
        if not (np.isfinite(face).all() and distance >= LEAST_DISTANCE):
            continue
        depth = focal * np.linalg.norm(FACE[right] - FACE[left]) / distance
        start = np.append((face.mean(axis=0) - middle) * depth / focal, depth)
        solved, rotation, _ = cv2.solvePnP(
            model,
            face,
            camera,
            None,
            rvec=np.zeros(3),
            tvec=start,
            useExtrinsicGuess=True,
            flags=cv2.SOLVEPNP_ITERATIVE,
        )
        if solved:
            poses[row] = rotation.ravel()
    return poses


def angles(poses: NDArray[np.floating]) -> NDArray[np.float64]:
    """Yaw, pitch and roll in degrees of rotation vectors (N, 3): float64 (N, 3).

    A positive yaw turns the face to the right of the image, a positive pitch lowers the chin, and a positive
    roll leans the head clockwise. The head is turned by its yaw first and by its roll last.
    """
    rows = np.asarray(poses, dtype=np.float64).reshape(-1, 3)
    roll, pitch, yaw = Rotation.from_rotvec(rows).as_euler("ZXY", degrees=True).reshape(-1, 3).T
    return np.stack([-yaw, pitch, roll], axis=1)


def from_angles(degrees: NDArray[np.floating]) -> NDArray[np.float64]:
    """Rotation vectors float64 (N, 3) of yaw, pitch and roll (N, 3): the inverse of `angles`."""
    yaw, pitch, roll = np.asarray(degrees, dtype=np.float64).reshape(-1, 3).T
    turned = Rotation.from_euler("ZXY", np.stack([roll, pitch, -yaw], axis=1), degrees=True)
    return np.asarray(turned.as_rotvec()).reshape(-1, 3)


def between(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Angle in degrees of the rotation between poses (N, 3) and (N or 1, 3): float64 (N,) in [0, 180]."""
    difference = Rotation.from_rotvec(one).inv() * Rotation.from_rotvec(other)
    return np.degrees(difference.magnitude())
