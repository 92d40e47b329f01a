"""The surface of the relaxed head: sections of superellipses with the relief of the face on top."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from bauta.datasets.synthfaces.anatomy import (
    EYE_RADII,
    EYE_SLANT,
    Array,
    bump,
    eye_centre,
    lip_borders,
    mirrored_bump,
    mouth_line,
)
from bauta.datasets.synthfaces.identity import Identity

CROWN_Y = -120.0
"""Height of the top of the skull, mm."""

# Sections of the mean head, mm: height, half-width, depth of midline and of widest point; then the exponent.
_SECTIONS = np.array(
    [
        (-120, 0, -92, -95, 2.0),
        (-117, 22, -66, -95, 2.0),
        (-110, 40, -42, -95, 2.05),
        (-98, 55, -22, -95, 2.1),
        (-82, 66, -9, -95, 2.15),
        (-67, 71.5, -2.5, -95, 2.25),
        (-45, 75, 2.5, -95, 2.35),
        (-25, 76, 4.5, -95, 2.4),
        (-12, 75, 4.2, -95, 2.35),
        (0, 74, 0.5, -95, 2.3),
        (20, 72, 1.0, -95, 2.2),
        (40, 68.5, 3.0, -93, 2.1),
        (56, 64.5, 5.5, -88, 2.05),
        (70, 60, 6.0, -80, 2.0),
        (80, 55, 4.5, -71, 2.0),
        (90, 48, 1.5, -60, 2.0),
        (100, 38.5, 2.5, -48, 2.0),
        (108, 28.5, 2.0, -36, 2.0),
        (114, 17, -2.5, -27, 2.0),
        (117, 0, -13, -22, 2.0),
    ]
)
_ANCHORS = np.array([-120.0, -67.0, 0.0, 48.0, 69.5, 117.0])
_BACK_DEPTH = 92.0


@dataclass(frozen=True)
class HeadGrid:
    """Grid over the head; rows run from the crown to the chin, columns from left to right of the image.

    Attributes:
        plane: float64 (R, C, 2), rest-plane coordinates in mm of each vertex.
        positions: float64 (R, C, 3), relaxed positions in mm.
        angles: float64 (C,), azimuth in radians, 0 is the midline.
        row_y: float64 (R,), nominal height of each row.
        seam: Row of the upper lip at the mouth line; row `seam + 1` is the lower lip at the same place.
    """

    plane: NDArray[np.float64]
    positions: NDArray[np.float64]
    angles: NDArray[np.float64]
    row_y: NDArray[np.float64]
    seam: int


def build_head(identity: Identity) -> HeadGrid:
    """Build the relaxed head of a person.

    Args:
        identity: The person.

    Returns:
        The grid, about 130 × 125 vertices.
    """
    mouth_y, chin_y = identity.mouth_y, identity.chin_y
    top = CROWN_Y + (-44 - CROWN_Y) * np.linspace(0, 1, 22, endpoint=False) ** 1.7
    middle = np.arange(-44.0, mouth_y - 0.8, 1.5)
    chin = chin_y - (chin_y - mouth_y) * (1 - np.linspace(0, 1, 34)) ** 1.25
    row_y = np.concatenate([top, middle, [mouth_y], chin])
    seam = len(top) + len(middle)
    front = np.arange(0.0, 61.0, 1.25)
    side = np.arange(63.0, 140.0, 3.5)
    half = np.radians(np.concatenate([front, side]))
    angles = np.concatenate([-half[:0:-1], half])

    y = np.repeat(row_y[:, None], len(angles), axis=1)
    x, _ = section(identity, y, angles)
    y = y + (mouth_line(identity, x) - mouth_y) * np.exp(-(((y - mouth_y) / 16) ** 2))
    x, z = section(identity, y, angles)
    front_facing = np.clip(np.cos(angles), 0, 1) ** 0.5
    z = z + relief(identity, x, y) * front_facing
    plane = np.stack([x, y], axis=-1)
    return HeadGrid(plane, np.stack([x, y, z], axis=-1), angles, row_y, seam)


def section(identity: Identity, y: Array, angles: Array) -> tuple[Array, Array]:
    """Horizontal section of the smooth head, without the relief of the face.

    Args:
        identity: The person.
        y: Heights, mm, broadcastable against `angles`.
        angles: Azimuths in radians, 0 is the midline.

    Returns:
        x and z in mm.
    """
    anchors = [CROWN_Y, identity.hairline_y, 0, identity.nose_base_y, identity.mouth_y, identity.chin_y]
    canonical = PchipInterpolator(anchors, _ANCHORS)(np.clip(y, CROWN_Y, identity.chin_y))
    heights = _SECTIONS[:, 0]
    width = np.sqrt(np.clip(PchipInterpolator(heights, _SECTIONS[:, 1] ** 2)(canonical), 0, None))
    midline, widest, exponent = (PchipInterpolator(heights, _SECTIONS[:, k])(canonical) for k in (2, 3, 4))
    jaw = _smoothstep(canonical, 25, 75)
    chin = _smoothstep(canonical, 82, 106)
    width = width * identity.face_width * (1 + (identity.jaw_width - 1) * jaw)
    width = width * (1 + 0.5 * (identity.chin_width - 1) * chin)
    sine, cosine = np.abs(np.sin(angles)), np.cos(angles)
    x = width * np.sin(angles)
    ahead = (midline - widest) * np.clip(1 - sine**exponent, 0, 1) ** (1 / exponent)
    back = (
        _BACK_DEPTH
        * np.sqrt(np.clip(PchipInterpolator(heights, _SECTIONS[:, 1] ** 2)(canonical), 0, None))
        / 76.5
    )
    return x, widest + np.where(cosine >= 0, ahead, cosine * back * (1 - 0.6 * jaw))


def relief(identity: Identity, x: Array, y: Array) -> Array:
    """Height of the face above the smooth head, mm."""
    ax = np.abs(x)
    man, chin_y, mouth_y = identity.masculinity, identity.chin_y, identity.mouth_y
    z = identity.brow_ridge * (bump(ax, y, (19, -14), 13, 5.5) + 0.6 * bump(ax, y, (42, -14), 12, 6))
    z -= (5.2 + identity.eye_depth) * bump(ax, y, (identity.eye_x - 1, -1), 14, 9.0)
    z -= 2.0 * bump(ax, y, (14, -1), 6, 8)
    z += identity.cheekbone * bump(ax, y, (46, 21), 14, 9)
    z += identity.cheek_fullness * bump(ax, y, (43, 58), 14, 17)
    z += 1.8 * bump(ax, y, (26, 38), 9, 12)
    z -= 1.6 * bump(ax, y, (29, 62), 5, 12)
    z += identity.chin_protrusion * bump(x, y, (0, chin_y - 13), 13 * identity.chin_width, 8)
    z -= 0.9 * man * bump(x, y, (0, chin_y - 11), 2.2, 5)
    z -= 2.2 * bump(x, y, (0, mouth_y + 17), 17, 4)
    z -= 0.9 * bump(x, y, (0, identity.nose_base_y + 8), 2.6, 6)
    z += 1.5 * bump(ax, y, (18, -45), 16, 14)
    return z + _lips(identity, x, y) + _nose(identity, x, y)


def hug_eyes(identity: Identity, positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lift the skin over the eyeballs so that the lids lie on them.

    Args:
        identity: The person.
        positions: float64 (R, C, 3), mm; after the action units moved the lids.

    Returns:
        Positions of the same shape.
    """
    lifted = positions.copy()
    wide, tall, deep = (radius + 1.0 for radius in EYE_RADII)
    for side in (-1.0, 1.0):
        cx, cy, cz = eye_centre(identity, side)
        radius2 = ((positions[..., 0] - cx) / wide) ** 2 + ((positions[..., 1] - cy) / tall) ** 2
        near = radius2 < 1.6**2
        ball = cz + deep * np.sqrt(np.clip(1 - radius2[near], 0, None))
        ball -= EYE_SLANT * side * (positions[..., 0][near] - cx)
        skin = lifted[..., 2][near]
        fade = np.clip((1.6 - np.sqrt(radius2[near])) / 0.5, 0, 1)
        lifted[..., 2][near] += fade * (_smooth_max(skin, ball, 3.0) - 0.6 - skin)
    return lifted


def surface_normals(grid: HeadGrid, positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit normals of a head grid, pointing out; upper and lower lip are separate at the mouth line.

    Args:
        grid: The grid that the positions belong to.
        positions: float64 (R, C, 3), mm.

    Returns:
        float64 (R, C, 3).
    """
    upper = _grid_normals(positions[: grid.seam + 1])
    lower = _grid_normals(positions[grid.seam + 1 :])
    gap = np.abs(positions[grid.seam + 1] - positions[grid.seam]).sum(-1, keepdims=True)
    closed_skin = np.clip(1 - gap / 0.5, 0, 1) * (np.abs(grid.plane[grid.seam, :, :1]) > 30)
    shared = (upper[-1] + lower[0]) / 2
    upper[-1] += closed_skin * (shared - upper[-1])
    lower[0] += closed_skin * (shared - lower[0])
    normals = np.concatenate([upper, lower])
    return normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)


def _grid_normals(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    down = np.gradient(positions, axis=0)
    right = np.gradient(positions, axis=1)
    normals = np.cross(right, down)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
    # With x right, y down and z to the viewer, right × down points to the viewer.
    return normals


def _lips(identity: Identity, x: Array, y: Array) -> Array:
    line = mouth_line(identity, x)
    upper, lower = lip_borders(identity, x)
    t = np.clip(np.abs(x) / identity.mouth_half_width, 0, 1)
    s_up = (line - y) / np.maximum(line - upper, 1.2)
    s_low = (y - line) / np.maximum(lower - line, 1.2)
    up = np.sqrt(np.clip(1 - ((s_up - 0.5) / 0.72) ** 2, 0, 1)) * (s_up >= 0)
    low = np.sqrt(np.clip(1 - ((s_low - 0.5) / 0.66) ** 2, 0, 1)) * (s_low >= 0)
    fade = (1 - t**2) ** 0.7
    crease = 1.8 * np.exp(-((np.maximum(np.abs(y - line) - 0.2, 0) / 1.3) ** 2)) * (1 - t**6)
    around = 1.2 * bump(x, y, (0, identity.mouth_y), identity.mouth_half_width * 0.8, 11)
    corner = 1.6 * mirrored_bump(x, y, (identity.mouth_half_width + 1.5, identity.mouth_y), 3, 3)
    return identity.lip_protrusion * fade * (0.85 * up + low) - crease + around - corner


def _nose(identity: Identity, x: Array, y: Array) -> Array:
    base, p, b = identity.nose_base_y, identity.nose_protrusion, identity.nose_bridge
    s = (y + 4) / (base + 4)
    knots = (-0.45, -0.25, 0.0, 0.25, 0.5, 0.72, 0.86, 0.94, 1.0, 1.06, 1.3)
    hump = identity.nose_hump
    heights = (
        0,
        0.12 * b,
        0.45 * b,
        b + hump,
        0.5 * b + 0.42 * p + hump,
        0.86 * p,
        p,
        0.78 * p,
        0.3 * p,
        0.04 * p,
        0,
    )
    height = PchipInterpolator(knots, heights)(np.clip(s, knots[0], knots[-1]))
    tip = identity.nose_tip_width
    sigma = PchipInterpolator(
        (-0.45, 0, 0.3, 0.6, 0.85, 1.0, 1.3), (10, 7.6, 8.2, 9.4, 11.2 * tip, 10.0 * tip, 8)
    )(np.clip(s, -0.45, 1.3))
    ridge = height * np.exp(-((np.abs(x) / (1.3 * sigma)) ** 2.2))
    ala_x = identity.nose_half_width - 5.6
    radius2 = ((np.abs(x) - ala_x) / 7.4) ** 2 + ((y - base + 6.4) / 7.6) ** 2
    ala = 0.62 * p * np.exp(-(radius2**1.7))
    nostril = 4.0 * mirrored_bump(x, y, (0.42 * identity.nose_half_width, base - 1.6), 2.6, 1.4)
    groove = 1.4 * mirrored_bump(x, y, (identity.nose_half_width + 1.5, base - 5), 2.0, 5)
    return _smooth_max(ridge, ala, 2.0) - 1.0 - nostril - groove


def _smooth_max(a: Array, b: Array, k: float) -> Array:
    return 0.5 * (a + b + np.sqrt((a - b) ** 2 + k**2))


def _smoothstep(x: Array, low: float, high: float) -> Array:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
