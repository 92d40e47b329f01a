"""Outlines of eyes, lips, nose and brows in the rest plane.

The rest plane is the frontal view of the relaxed face of a person: (x, y) in mm, x to the right of the
image, y down, origin between the eyes. Geometry, texture, parsing and landmarks all take their outlines from
here, so that they agree.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.identity import Identity

Array = NDArray[np.floating]

EYE_RADII = (17.5, 13.5, 12.0)
"""Semi-axes of the front of the eyeball, mm; wider than the real ball so that it fills the corners."""

EYE_SLANT = 0.28
"""Depth by which the front of the eye recedes per mm outwards, as the lids do."""

EYE_CENTRE_Z = -21.5
"""Depth of the centre of the eyeball behind the nasion, mm."""


def bump(x: Array, y: Array, centre: tuple[float, float], width: float, height: float) -> Array:
    """Gaussian of height 1 with standard deviations `width` and `height` about `centre`."""
    return np.exp(-0.5 * (((x - centre[0]) / width) ** 2 + ((y - centre[1]) / height) ** 2))


def mirrored_bump(x: Array, y: Array, centre: tuple[float, float], width: float, height: float) -> Array:
    """`bump` on both sides of the face."""
    return bump(np.abs(x), y, centre, width, height)


def eye_centre(identity: Identity, side: float) -> tuple[float, float, float]:
    """Centre of the eyeball in mm; `side` is −1 for the left of the image and 1 for the right."""
    return side * identity.eye_x, 0.0, EYE_CENTRE_Z - identity.eye_depth


def lid_margins(identity: Identity, x: Array) -> tuple[Array, Array]:
    """Heights of the upper and the lower lid margin in the relaxed face.

    Args:
        identity: The person.
        x: Any shape, mm; either side of the face.

    Returns:
        Upper and lower y of the same shape, mm; equal outside the corners of the eye.
    """
    t = (np.abs(x) - identity.eye_x) / identity.eye_half_width
    inside = np.clip(1 - t**2, 0, 1)
    corner = 1.2 - identity.eye_tilt * np.clip(t, -1.1, 1.1)
    upper = corner - 6.3 * identity.eye_opening * inside**0.72 * (1 - 0.16 * t)
    lower = corner + 4.2 * inside**0.85 * (1 + 0.18 * t)
    return upper, lower


def eye_aperture(identity: Identity, x: Array, y: Array) -> NDArray[np.bool_]:
    """Whether points of the rest plane lie between the lids."""
    upper, lower = lid_margins(identity, x)
    return (y > upper) & (y < lower)


def mouth_line(identity: Identity, x: Array) -> Array:
    """Height of the line between the closed lips, mm."""
    t = np.clip(np.abs(x) / identity.mouth_half_width, 0, 1)
    cupid = 0.7 * np.exp(-((x / 5.0) ** 2)) - 0.5 * np.exp(-(((np.abs(x) - 11) / 6) ** 2))
    return identity.mouth_y - identity.mouth_curve * t**2 + cupid * (1 - t**2)


def lip_borders(identity: Identity, x: Array) -> tuple[Array, Array]:
    """Heights of the upper and the lower border of the vermilion, mm; they meet at the corners."""
    t = np.clip(np.abs(x) / identity.mouth_half_width, 0, 1)
    line = mouth_line(identity, x)
    bow = 1 - 0.2 * np.exp(-((x / 3.2) ** 2)) + 0.06 * np.exp(-(((np.abs(x) - 6.5) / 3) ** 2))
    upper = line - identity.upper_lip * bow * (1 - t**1.7) ** 0.9
    lower = line + identity.lower_lip * (1 - t**2.4) ** 0.8
    return upper, lower


def brow_spine(identity: Identity, t: Array) -> tuple[Array, Array, Array]:
    """Middle line and thickness of a brow.

    Args:
        identity: The person.
        t: 0 at the inner end, 1 at the outer end.

    Returns:
        |x|, y and thickness in mm.
    """
    x = identity.brow_inner_x + (identity.brow_outer_x - identity.brow_inner_x) * t
    arch = np.exp(-(((t - 0.62) / 0.33) ** 2))
    y = identity.brow_y + 1.5 - identity.brow_tilt * (t - 0.4) - identity.brow_arch * arch + 3.2 * t**4
    thickness = identity.brow_thickness * np.clip(0.35 + 2.2 * t, 0.75, 1.0) * np.clip(1.5 * (1.1 - t), 0, 1)
    return x, y, thickness


def nose_half_width_at(identity: Identity, y: Array) -> Array:
    """Half the width of the nose at the height y, mm; 0 above the root and below the base."""
    base = identity.nose_base_y
    s = (y + 4) / (base + 4)
    profile = np.interp(s, (0, 0.3, 0.62, 0.84, 0.95, 1.04), (0.42, 0.46, 0.68, 1.0, 0.95, 0.45))
    return np.where((s > -0.02) & (s < 1.04), identity.nose_half_width * profile, 0.0)
