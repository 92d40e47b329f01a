"""The numbers that compare what was estimated before and after: errors and correlations, face by face."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from bauta.preserve import gaze, head_pose

Array = NDArray[np.float64]

OUTER_CORNERS = (36, 45)
"""The iBUG points whose distance is the inter-ocular distance of 300-W's benchmark."""


@dataclass(frozen=True)
class Error:
    """An error of each face, and the constant answer that it is compared with.

    Attributes:
        name: Name of its mean.
        quantity: The quantity that is compared.
        of: What of the quantity (N, *shape) is compared: (N, …).
        error: Maps references (N, …) and answers (N or 1, …) to errors (N,) ≥ 0.
        constant: Maps references (N, …) to the one answer (1, …) with the least or nearly the least error.
        kept: Name of the share that is kept; None for a part of another error.
    """

    name: str
    quantity: str
    of: Callable[[Array], Array]
    error: Callable[[Array, Array], Array]
    constant: Callable[[Array], Array]
    kept: str | None = None


@dataclass(frozen=True)
class Correlation:
    """The agreement of numbers before and after over the faces, averaged over the numbers.

    Attributes:
        name: Its name.
        quantity: The quantity that is compared.
        of: What of the quantity is compared: (N, K).
        concordance: Whether it is Lin's concordance, which counts shifts and scales; else Pearson's.
        least_spread: Smallest standard deviation before of a number that counts.
    """

    name: str
    quantity: str
    of: Callable[[Array], Array]
    concordance: bool = False
    least_spread: float = 1e-6


def whole(values: Array) -> Array:
    """The quantity as it is."""
    return values


def column(number: int) -> Callable[[Array], Array]:
    """One number of a quantity (N, K), as (N, 1)."""
    return lambda values: values[:, number : number + 1]


def _angle(number: int) -> Callable[[Array], Array]:
    return lambda poses: head_pose.angles(poses)[:, number : number + 1]


def median(values: Array) -> Array:
    """The median of each number, which has the least mean absolute error of all constants: (1, …)."""
    return np.median(values, axis=0, keepdims=True)


def mean_pose(poses: Array) -> Array:
    """The mean rotation of poses (N, 3), by its chordal distance: (1, 3)."""
    return np.asarray(Rotation.from_rotvec(poses).mean().as_rotvec()).reshape(1, 3)


def mean_gaze(gazes: Array) -> Array:
    """The mean direction of gazes (N, 2): (1, 2)."""
    x, y, z = gaze.directions(gazes).mean(axis=0)
    return np.degrees([[np.arctan2(x, -z), np.arctan2(y, np.hypot(x, z))]])


def pose_offset(truth: Array, estimates: Array) -> Array:
    """The mean rotation (1, 3) of the head's own axes from estimated poses (N, 3) to true ones."""
    difference = Rotation.from_rotvec(estimates).inv() * Rotation.from_rotvec(truth)
    return np.asarray(difference.mean().as_rotvec()).reshape(1, 3)


def turn_axes(offset: Array, poses: Array) -> Array:
    """Poses (N, 3) of heads whose own axes are turned by an offset (1, 3)."""
    return np.asarray((Rotation.from_rotvec(poses) * Rotation.from_rotvec(offset)).as_rotvec()).reshape(-1, 3)


def gaze_offset(truth: Array, estimates: Array) -> Array:
    """The mean difference (1, 2) between estimated gazes (N, 2) and true ones, in degrees."""
    return (truth - estimates).mean(axis=0, keepdims=True)


def absolute(references: Array, answers: Array) -> Array:
    """Mean absolute difference of the numbers of each face."""
    return np.abs(references - answers).mean(axis=1)


def turned(references: Array, answers: Array) -> Array:
    """Absolute difference of angles in degrees (N, 1), the short way round."""
    return np.abs((references - answers + 180.0) % 360.0 - 180.0).mean(axis=1)


def normalized(references: Array, answers: Array) -> Array:
    """Mean distance of the points (N, 68, 2) by the distance of the outer eye corners of the references.

    The normalised mean error of 300-W (Sagonas et al., ICCVW 2013, section 4), as a fraction.
    """
    left, right = (references[:, corner] for corner in OUTER_CORNERS)
    width = np.linalg.norm(right - left, axis=1)
    return np.linalg.norm(references - answers, axis=2).mean(axis=1) / width


@dataclass(frozen=True)
class Convention:
    """A quantity whose zero is a convention, on which an estimator and the truth need not agree.

    Attributes:
        name: Name of the size of the offset between the two.
        offset: Maps truth and estimates (N, …) to the offset (1, …) between them.
        apply: Maps the offset and estimates (N, …) to estimates by the convention of the truth.
        size: Maps the offset to its size in degrees, (1,).
    """

    name: str
    offset: Callable[[Array, Array], Array]
    apply: Callable[[Array, Array], Array]
    size: Callable[[Array], Array]


CONVENTIONS: Mapping[str, Convention] = {
    "pose": Convention(
        "truth_pose_offset", pose_offset, turn_axes, lambda offset: np.degrees(np.linalg.norm(offset, axis=1))
    ),
    "gaze": Convention(
        "truth_gaze_offset", gaze_offset, np.add, lambda offset: gaze.between(offset, np.zeros((1, 2)))
    ),
}
"""Quantity → its convention: what a frontal head is, and what it is to look straight ahead."""

ERRORS: tuple[Error, ...] = (
    Error("pose_error", "pose", whole, head_pose.between, mean_pose, "pose_kept"),
    Error("yaw_error", "pose", _angle(0), turned, median),
    Error("pitch_error", "pose", _angle(1), turned, median),
    Error("roll_error", "pose", _angle(2), turned, median),
    Error("landmark_nme", "landmarks", whole, normalized, median, "landmarks_kept"),
    Error("gaze_error", "gaze", whole, gaze.between, mean_gaze, "gaze_kept"),
    Error("eye_opening_error", "openings", column(0), absolute, median, "eye_opening_kept"),
    Error("mouth_opening_error", "openings", column(1), absolute, median, "mouth_opening_kept"),
    Error("blendshape_error", "blendshapes", whole, absolute, median, "blendshapes_kept"),
    Error("valence_error", "affect", column(0), absolute, median, "valence_kept"),
    Error("arousal_error", "affect", column(1), absolute, median, "arousal_kept"),
    Error("action_unit_error", "action_units", whole, absolute, median, "action_units_kept"),
    Error("jaw_error", "jaw", whole, head_pose.between, mean_pose, "jaw_kept"),
    Error("flame_expression_error", "flame_expression", whole, absolute, median, "flame_expression_kept"),
    Error("flame_shape_error", "flame_shape", whole, absolute, median, "flame_shape_kept"),
)

CORRELATIONS: tuple[Correlation, ...] = (
    Correlation("eye_opening_correlation", "openings", column(0)),
    Correlation("mouth_opening_correlation", "openings", column(1)),
    Correlation("blendshape_correlation", "blendshapes", whole, least_spread=0.01),
    Correlation("valence_ccc", "affect", column(0), concordance=True),
    Correlation("arousal_ccc", "affect", column(1), concordance=True),
    Correlation("action_unit_correlation", "action_units", whole, least_spread=0.05),
)
"""A blendshape or an action unit that hardly varies on the clear faces would correlate by its noise."""


def agreement(sums: Array, *, concordance: bool) -> Array:
    """Correlation from sums over faces.

    Args:
        sums: float (B, 1 + 5K): the number of faces, and the sums of x, y, x², y² and xy of K numbers.
        concordance: Whether Lin's concordance (Biometrics 45, 1989) is computed; else Pearson's.

    Returns:
        float (B,), the mean over the K numbers. One that does not vary after anonymization counts 0, as
        nothing of it is left; NaN if none varies before.
    """
    count = sums[:, :1]
    x, y, xx, yy, xy = np.split(sums[:, 1:] / count, 5, axis=1)
    of_x, of_y, common = (np.maximum(xx - x**2, 0.0), np.maximum(yy - y**2, 0.0), xy - x * y)
    with np.errstate(divide="ignore", invalid="ignore"):
        if concordance:
            found = 2 * common / (of_x + of_y + (x - y) ** 2)
        else:
            found = common / np.sqrt(of_x * of_y)
            found = np.where(of_y <= NO_SPREAD, 0.0, found)
    found = np.where(of_x <= NO_SPREAD, np.nan, np.clip(found, -1.0, 1.0))
    known = np.isfinite(found)
    total = np.where(known, found, 0.0).sum(axis=1)
    return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)


NO_SPREAD = 1e-12
"""Variance, relative to that before, below which numbers are equal but for rounding."""
