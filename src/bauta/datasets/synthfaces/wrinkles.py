"""Wrinkles raised by the action units, as a height map over the rest plane."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.expression import Activation
from bauta.datasets.synthfaces.identity import Identity
from bauta.datasets.synthfaces.plane import draw_strokes, enlarge

_SCALE = 1.25


def wrinkle_height(identity: Identity, act: Activation) -> NDArray[np.float32]:
    """Draw the wrinkles of an expression.

    Args:
        identity: The person; age deepens the wrinkles.
        act: Contraction of the action units.

    Returns:
        float32 full-resolution canvas, mm, negative in the furrows.
    """
    strokes: list[NDArray] = []
    strength: list[float] = []

    def add(points: list[tuple[float, float]], depth: float) -> None:
        if depth <= 0.03:
            return
        curve = _smooth(np.array(points))
        for side in (-1.0, 1.0):
            strokes.append(curve * (side, 1))
            strength.append(min(depth, 1.0))

    brow, base, mouth = identity.brow_y, identity.nose_base_y, identity.mouth_y
    for row in range(3):
        height = brow - 15 - 8.5 * row
        add(
            [(0, height + 1.5 * act[4]), (16, height - 1.0 - 2.5 * act[4]), (34, height + 1 + 3 * act[4])],
            0.7 * act[1],
        )
        add([(22, height - 1), (38, height - 1), (50, height + 3)], 0.6 * act[2])
    add([(5, brow - 8), (4, brow), (5.5, brow + 8)], 0.95 * act[4])
    add([(9, brow - 4), (7.5, brow + 3)], 0.5 * act[4])
    for row in range(3):
        add([(2, -1 + 5.0 * row), (8, -3 + 5.5 * row), (12, 2 + 6.0 * row)], 0.7 * act[9])
    outer = identity.eye_x + identity.eye_half_width
    for slope in (-6, -1, 4.5):
        add([(outer + 3, 1 + 0.3 * slope), (outer + 9, 1 + slope)], 0.6 * act[6])
    add(
        [(identity.eye_x - 10, 10), (identity.eye_x, 11.5), (identity.eye_x + 10, 9)],
        0.6 * max(act[6], act[7]),
    )
    wing = identity.nose_half_width + 1.5
    corner = identity.mouth_half_width
    fold = max(act[12], act[9], 0.9 * act[10], 0.35 * act[20])
    reach = corner + 7
    add([(wing, base - 9), (wing + 6, base + 2), (reach, mouth - 8), (reach + 1, mouth + 4)], fold)
    add([(corner + 3, mouth + 3), (corner + 3, mouth + 10), (corner - 2, mouth + 18)], 0.8 * act[15])
    add([(0, identity.chin_y - 20), (10, identity.chin_y - 18), (16, identity.chin_y - 12)], 0.7 * act[17])
    sharp = draw_strokes(strokes, strength, thickness=1, scale=_SCALE)
    depth = cv2.GaussianBlur(sharp, (0, 0), 1.0) * 2.0 + cv2.GaussianBlur(sharp, (0, 0), 3.0) * 2.4
    return -enlarge(depth) * (0.45 + 0.011 * (identity.age - 20))


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    knots = np.arange(len(points))
    fine = np.linspace(0, len(points) - 1, 12)
    degree = min(2, len(points) - 1)
    return np.stack([np.polyval(np.polyfit(knots, points[:, k], degree), fine) for k in (0, 1)], axis=1)
