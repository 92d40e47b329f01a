"""Action units as displacements of the skin, mm.

Each unit moves the skin as the FACS manual describes it (Ekman, Friesen and Hager, 2002), by smooth fields
about the place where the muscle acts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.anatomy import Array, bump, lid_margins, lip_borders
from bauta.datasets.synthfaces.expression import Activation
from bauta.datasets.synthfaces.head import HeadGrid
from bauta.datasets.synthfaces.identity import Identity

JAW_DROP = 17.5
"""Displacement of the chin at full AU26, mm."""


def displace(identity: Identity, grid: HeadGrid, activation: Activation) -> NDArray[np.float64]:
    """Deform the relaxed head by the contracted action units.

    Args:
        identity: The person.
        grid: The relaxed head.
        activation: Contraction of each unit.

    Returns:
        float64 (R, C, 3), positions in mm.
    """
    x, y = grid.plane[..., 0], grid.plane[..., 1]
    lower_side = np.arange(len(grid.row_y))[:, None] > grid.seam
    gain = 1 + activation.asymmetry * np.tanh(x / 12)
    offset = _brows(identity, activation, x, y) + _lids(identity, activation, x, y)
    offset += _midface(identity, activation, x, y)
    offset += _mouth(identity, activation, x, y, np.broadcast_to(lower_side, x.shape))
    moved = grid.positions + offset * gain[..., None]
    jaw = jaw_weight(identity, x, y, np.broadcast_to(lower_side, x.shape))
    return moved + jaw[..., None] * jaw_motion(activation)


def jaw_motion(activation: Activation) -> NDArray[np.float64]:
    """Translation of the lower teeth and the chin, float64 (3,), mm."""
    drop = JAW_DROP * activation[26] + 2.0 * activation[25] - 1.0 * activation[24]
    return np.array([0.0, drop, -0.3 * drop])


def jaw_weight(identity: Identity, x: Array, y: Array, lower_side: NDArray[np.bool_]) -> Array:
    """Share of the jaw's motion that the skin follows, 0 to 1; it jumps between the lips, not beside them."""
    mouth_y = identity.mouth_y
    t = np.clip((y - mouth_y + 32) / 46, 0, 1)
    base = 0.85 * t * t * (3 - 2 * t)
    fade = np.clip((75 - np.abs(x)) / 30, 0, 1)
    side_limit = np.where(y < mouth_y + 12, fade, np.clip((90 - np.abs(x)) / 35, 0, 1))
    base = base * side_limit
    open_share = np.sqrt(np.clip(1 - (np.abs(x) / identity.mouth_half_width) ** 2, 0, 1))
    near = np.exp(-((np.maximum(mouth_y - y, 0) / 40) ** 2))
    below = base + (0.97 - base) * open_share
    above = base * (1 - open_share * near)
    return np.where(lower_side, below, above)


def _field(weight: Array, dx: Array | float = 0.0, dy: Array | float = 0.0, dz: Array | float = 0.0) -> Array:
    return np.stack([weight * dx, weight * dy, weight * dz], axis=-1)


def _brows(identity: Identity, act: Activation, x: Array, y: Array) -> Array:
    ax, side = np.abs(x), np.tanh(x / 3)
    brow = identity.brow_y
    inner = bump(ax, y, (11, brow - 2), 13, 15)
    outer = bump(ax, y, (43, brow), 15, 14)
    whole = bump(ax, y, (26, brow + 1), 24, 11)
    out = _field(inner, dy=-8.0 * act[1], dx=-0.6 * act[1] * side)
    out += _field(outer, dy=-8.5 * act[2])
    out += _field(
        bump(ax, y, (16, brow + 3), 15, 12), dx=-3.4 * act[4] * side, dy=6.5 * act[4], dz=1.0 * act[4]
    )
    out += _field(whole, dy=1.8 * act[4] + 2.0 * act[9])
    return out


def _lids(identity: Identity, act: Activation, x: Array, y: Array) -> Array:
    upper, lower = lid_margins(identity, x)
    t = (np.abs(x) - identity.eye_x) / (identity.eye_half_width * 1.15)
    lens = np.clip(1 - t**2, 0, 1)
    at_upper = lens * np.exp(-(((y - upper) / np.where(y > upper, 3.0, 5.0)) ** 2))
    at_lower = lens * np.exp(-(((y - lower) / np.where(y < lower, 3.0, 7.0)) ** 2))
    up = -3.0 * act[5] + 1.6 * act[7] + 0.8 * act[4] + 7.0 * act[43] + 1.0 * act[6] + 0.6 * act[9]
    low = -2.4 * act[7] - 2.2 * act[6] - 0.8 * act[9] + 0.6 * act[5] - 1.0 * act[43]
    return _field(at_upper, dy=up) + _field(at_lower, dy=low)


def _midface(identity: Identity, act: Activation, x: Array, y: Array) -> Array:
    ax, side, base = np.abs(x), np.tanh(x / 3), identity.nose_base_y
    cheek = bump(ax, y, (38, 26), 15, 13)
    out = _field(cheek, dy=-5.0 * act[6] - 2.0 * act[12], dz=3.6 * act[6] + 2.0 * act[12])
    ala = bump(ax, y, (identity.nose_half_width - 3, base - 6), 8, 9)
    out += _field(ala, dy=-4.5 * act[9] - 1.5 * act[10], dx=2.2 * act[9] * side, dz=0.8 * act[9])
    out += _field(bump(ax, y, (8, 2), 9, 10), dy=2.0 * act[9], dz=1.6 * act[9])
    out += _field(
        bump(ax, y, (25, 40), 9, 12), dz=3.2 * act[9] + 1.6 * act[10], dy=-3.0 * act[9] - 2.0 * act[10]
    )
    return out


def _mouth(identity: Identity, act: Activation, x: Array, y: Array, lower_side: NDArray[np.bool_]) -> Array:
    ax, side = np.abs(x), np.tanh(x / 4)
    c, my = identity.mouth_half_width, identity.mouth_y
    corner = bump(ax, y, (c + 1, my), 10.5, 12)
    out = _field(corner, dx=(8.0 * act[12] + 8.5 * act[20] + 1.5 * act[15]) * side)
    out += _field(
        corner, dy=-8.5 * act[12] + 7.5 * act[15] + 2.0 * act[20], dz=-2.5 * act[12] - 2.0 * act[20]
    )
    cheek_edge = bump(ax, y, (c + 12, my - 8), 7, 13)
    out += _field(cheek_edge, dz=3.2 * act[12] + 0.8 * act[15], dx=2.5 * act[12] * side)
    out += _field(bump(ax, y, (c - 2, my + 8), 8, 7), dy=3.5 * act[15] + 1.5 * act[20])

    across = np.clip(1 - (ax / (1.05 * c)) ** 2, 0, 1) ** 0.8
    above = np.where(lower_side, 0.0, np.exp(-((np.maximum(my - y, 0) / 13) ** 2))) * across
    below = np.where(lower_side, np.exp(-((np.maximum(y - my, 0) / 12) ** 2)), 0.0) * across
    out += _field(
        above, dy=-3.2 * act[25] * (1 + 0.5 * act[12]) - 5.5 * act[10] - 1.5 * act[9] - 1.5 * act[12]
    )
    out += _field(below, dy=3.0 * act[25] + 5.0 * act[16] - 2.4 * act[17] - 0.8 * act[12])
    out += _field(above, dz=1.2 * act[10]) + _field(below, dz=1.5 * act[17] + 1.4 * act[16])
    out += _field(bump(x, y, (0, identity.chin_y - 16), 14, 9), dy=-3.5 * act[17], dz=1.6 * act[17])
    return out + _press(identity, act, x, y)


def _press(identity: Identity, act: Activation, x: Array, y: Array) -> Array:
    upper, lower = lip_borders(identity, x)
    ax, c, my = np.abs(x), identity.mouth_half_width, identity.mouth_y
    across = np.clip(1 - (ax / (1.25 * c)) ** 2, 0, 1)
    thin = 0.42 * act[23] + 0.4 * act[24] + 0.25 * act[12] * 0.6
    reach = np.exp(-((np.maximum(np.maximum(upper - y, y - lower), 0) / 8) ** 2))
    toward = -(y - my) * np.clip(thin, 0, 0.75) * reach * across
    toward = np.clip(toward, -6.5, 6.5)
    out = _field(np.ones_like(x), dy=toward)
    narrow = bump(ax, y, (c, my), 9, 9)
    out += _field(narrow, dx=-3.0 * act[23] * np.tanh(x / 4))
    return out + _field(reach * across, dz=-1.6 * (act[23] + act[24]))
