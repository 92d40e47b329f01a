"""Light sources, cast shadows and ambient occlusion."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.plane import sample_flat

_CELL = 3.5
_BIAS = 5.0
_SOFTNESS = 9.0
_FAR = -1e3


@dataclass(frozen=True)
class Light:
    """A soft key light in a room.

    Attributes:
        direction: float64 (3,), unit vector to the key light: x right, y down, z to the viewer.
        key: float32 (3,), linear colour of the key light.
        sky: float32 (3,), ambient light from above.
        ground: float32 (3,), ambient light from below.
    """

    direction: NDArray[np.float64]
    key: NDArray[np.float32]
    sky: NDArray[np.float32]
    ground: NDArray[np.float32]


def sample_light(rng: np.random.Generator) -> Light:
    """Draw a light: from the front half, between 10° below and 60° above the eyes, from cold to warm."""
    azimuth, elevation = np.radians((rng.uniform(-50, 50), rng.uniform(5, 50)))
    direction = np.array(
        [np.sin(azimuth) * np.cos(elevation), -np.sin(elevation), np.cos(azimuth) * np.cos(elevation)]
    )
    warmth = rng.normal(0, 0.09)
    tint = np.array((1 + warmth, 1.0, 1 - 1.2 * warmth), np.float32)
    room = np.array((1 - 0.6 * warmth, 1.0, 1 + 0.6 * warmth), np.float32) * rng.uniform(0.9, 1.1, 3).astype(
        np.float32
    )
    ratio = rng.uniform(0.42, 0.66)
    return Light(
        direction=direction,
        key=(1.25 * (1 - ratio) + 0.15) * tint,
        sky=ratio * 1.12 * room,
        ground=ratio * 0.62 * room * np.array((1.06, 1.0, 0.94), np.float32),
    )


def cast_shadow(
    occluders: NDArray[np.float64], points: NDArray[np.floating], direction: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Share of the key light that reaches points, from a shadow map of the occluders' vertices.

    Args:
        occluders: float64 (V, 3), mm; dense enough that neighbours are at most two cells (6 mm) apart.
        points: float (N, 3), mm.
        direction: float64 (3,), unit vector to the light.

    Returns:
        float32 (N,), 0 is full shadow, 1 is full light.
    """
    up = np.array((0.0, 1.0, 0.0))
    right = np.cross(up, direction)
    right /= np.linalg.norm(right)
    basis = np.stack([right, np.cross(direction, right), direction], axis=1)
    seen, asked = occluders @ basis, points @ basis
    low = seen[:, :2].min(axis=0) - 2 * _CELL
    size = np.ceil((seen[:, :2].max(axis=0) + 2 * _CELL - low) / _CELL).astype(np.int64) + 1
    cell = ((seen[:, :2] - low) / _CELL).astype(np.int64)
    flat = np.full(size[0] * size[1], _FAR, np.float32)
    np.maximum.at(flat, cell[:, 1] * size[0] + cell[:, 0], seen[:, 2].astype(np.float32))
    depth = flat.reshape(size[1], size[0])
    depth = np.maximum(depth, cv2.erode(cv2.dilate(depth, np.ones((3, 3))), np.ones((3, 3))))

    u, v = ((asked[:, k] - low[k]) / _CELL - 0.5 for k in (0, 1))
    reach = np.zeros(len(asked), np.float32)
    taps = ((0, 0), (1.2, 0.5), (-0.5, 1.2), (-1.2, -0.5), (0.5, -1.2))
    for du, dv in taps:
        nearest = sample_flat(depth, u + du, v + dv, cv2.BORDER_CONSTANT, _FAR)
        reach += np.clip((nearest - asked[:, 2] - _BIAS) / _SOFTNESS, 0, 1)
    return 1 - reach / np.float32(len(taps))


def occlusion(
    depth: NDArray[np.float32], covered: NDArray[np.bool_], pixels_per_mm: float
) -> NDArray[np.float32]:
    """Ambient occlusion from the depth image: a point below its neighbourhood gets less light.

    Args:
        depth: float32 (H, W), mm, greater is nearer; any value where not covered.
        covered: bool (H, W).
        pixels_per_mm: Scale of the image.

    Returns:
        float32 (H, W), 0 to 1, the share of ambient light that remains.
    """
    # The blurs are wide: a quarter of the resolution is enough.
    small = (depth.shape[1] // 4, depth.shape[0] // 4)
    mask = cv2.resize(covered.astype(np.float32), small, interpolation=cv2.INTER_AREA)
    z = cv2.resize(np.where(covered, depth, 0), small, interpolation=cv2.INTER_AREA)
    z = z / np.maximum(mask, 1e-3)
    light = np.ones(depth.shape, np.float32)
    for radius, strength in ((4.0, 0.14), (11.0, 0.055)):
        sigma = radius * pixels_per_mm / 4
        mean = cv2.GaussianBlur(z * mask, (0, 0), sigma) / np.maximum(
            cv2.GaussianBlur(mask, (0, 0), sigma), 1e-3
        )
        full = cv2.resize(mean, depth.shape[::-1], interpolation=cv2.INTER_LINEAR)
        light /= 1 + strength * np.clip(full - depth, 0, 30)
    return light
