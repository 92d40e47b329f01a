"""Eyeballs, teeth, mouth cavity, ears, neck and shoulders as meshes in the frame of the head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.anatomy import EYE_RADII, EYE_SLANT, eye_centre
from bauta.datasets.synthfaces.head import section
from bauta.datasets.synthfaces.identity import Identity
from bauta.datasets.synthfaces.mesh import Material, Mesh, grid_mesh


def eyeballs(identity: Identity) -> list[Mesh]:
    """The front of both eyeballs; uv is (x, y) in mm from the centre."""
    polar, azimuth = np.meshgrid(
        np.radians(np.linspace(0, 88, 14)), np.linspace(0, 2 * np.pi, 25), indexing="ij"
    )
    direction = np.stack(
        [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], axis=-1
    )
    offset = direction * EYE_RADII
    meshes = []
    for side in (-1.0, 1.0):
        positions = np.array(eye_centre(identity, side)) + offset
        positions[..., 2] -= EYE_SLANT * side * offset[..., 0]
        meshes.append(grid_mesh(positions, offset[..., :2], Material.EYE, flip=True))
    return meshes


def mouth_interior(identity: Identity, jaw: NDArray[np.float64], lip_z: float) -> list[Mesh]:
    """Cavity, teeth and tongue behind the lips.

    Args:
        identity: The person.
        jaw: float64 (3,), translation of the jaw, mm.
        lip_z: Depth of the closed lips at the midline, mm.

    Returns:
        Meshes; uv of the teeth is (tooth position along the arch in mm, 0 at the gum to 1 at the edge).
    """
    my = identity.mouth_y
    x, v = np.meshgrid(np.linspace(-33, 33, 12), np.linspace(-18, 52, 10))
    cavity = np.stack([x, my + v, lip_z - 19 - x**2 / 60], axis=-1)
    meshes = [grid_mesh(cavity, np.stack([x, v], -1), Material.MOUTH)]
    for top, bottom, shift, gum_first in (
        (-8.0, 2.4, np.zeros(3), True),
        (0.8, 9.5, jaw * (1, 0.95, 1), False),
    ):
        x, v = np.meshgrid(np.linspace(-24, 24, 25), np.linspace(0, 1, 6))
        y = my + top + (bottom - top - 0.035 * np.abs(x)) * v
        arch = np.stack([x, y, lip_z - 4.6 - x**2 / 42 - 1.2 * (v - 0.5) ** 2], axis=-1) + shift
        meshes.append(grid_mesh(arch, np.stack([x, v if gum_first else 1 - v], -1), Material.TEETH))
    x, v = np.meshgrid(np.linspace(-17, 17, 11), np.linspace(0, 1, 7))
    dome = np.clip(1 - (x / 18) ** 2, 0, 1)
    tongue = np.stack([x, my + 9 - 2.0 * dome + 14 * v, lip_z - 16 + 7 * dome * np.sin(np.pi * v / 2)], -1)
    meshes.append(grid_mesh(tongue + jaw, np.stack([x, 60 + v], -1), Material.MOUTH))
    return meshes


def ears(identity: Identity) -> list[Mesh]:
    """Both ears; uv is (radius 0 to 1, relief in mm)."""
    radius, phi = np.meshgrid(np.linspace(0.02, 1, 16), np.linspace(0, 2 * np.pi, 29), indexing="ij")
    outline = 1 + 0.10 * np.cos(2 * phi + 0.6) - 0.08 * np.sin(phi)
    back = radius * outline * np.cos(phi) * 17.0 * identity.ear_size
    down = radius * outline * np.sin(phi) * 31.0 * identity.ear_size * (1 + 0.06 * np.cos(phi))
    helix = 4.2 * np.exp(-(((radius - 0.84) / 0.11) ** 2)) * np.clip(0.75 - 0.6 * np.sin(phi), 0.15, 1)
    antihelix = 3.0 * np.exp(-(((radius - 0.5) / 0.12) ** 2)) * np.clip(0.3 + np.cos(phi), 0, 1)
    concha = -6.0 * np.exp(-(((back + 2) / 7) ** 2) - ((down - 3) / 10) ** 2)
    tragus = 4.0 * np.exp(-(((back + 13) / 3) ** 2) - ((down - 3) / 5) ** 2)
    relief = helix + antihelix + concha + tragus - 4.0 * np.clip((radius - 0.9) / 0.1, 0, 1) ** 2
    angle = np.radians(identity.ear_angle)
    width, _ = section(identity, np.array(18.0), np.array(np.pi / 2))
    meshes = []
    for side in (-1.0, 1.0):
        tilt = 0.18
        backward, downward = (
            back * np.cos(tilt) - down * np.sin(tilt),
            down * np.cos(tilt) + back * np.sin(tilt),
        )
        outward = 17.0 * identity.ear_size + backward
        x = side * (float(width) - 1.5 + np.sin(angle) * outward + np.cos(angle) * relief * 0.8)
        z = -84.0 - np.cos(angle) * outward + np.sin(angle) * relief
        positions = np.stack([x, 19.0 + downward, z], axis=-1)
        uv = np.stack([radius, relief], axis=-1)
        meshes.append(grid_mesh(positions, uv, Material.EAR, flip=side > 0))
    return meshes


def neck_and_shoulders(identity: Identity, neckline: float) -> list[Mesh]:
    """Neck and clothed shoulders; uv is (azimuth in radians, height in mm, below the collar on the garment).

    Args:
        identity: The person.
        neckline: Height of the collar at the side of the neck, mm.

    Returns:
        The neck down to the collar, and the garment.
    """
    heights = np.array([30, 92, 112, 126, 140, 152, 166, 185, 216, 330.0])
    widths = np.array([48, 51, 51, 55, 66, 84, 118, 156, 186, 205.0])
    fronts = np.array([40, 44, 46, 50, 55, 60, 70, 88, 104, 112.0])
    centres = np.array([-88, -92, -95, -97, -99, -101, -104, -106, -108, -110.0])
    y = np.concatenate([np.linspace(40, 130, 16), np.linspace(134, 210, 24), np.linspace(220, 330, 8)])
    angles = np.radians(np.linspace(-108, 108, 55))
    grow = np.where(y < 160, identity.neck_width, 1 + (identity.neck_width - 1) * 0.6)
    widths_y = np.interp(y, heights, widths) * grow
    u, v = np.meshgrid(angles, y)
    trachea = 2.6 * identity.masculinity * np.exp(-((u / 0.12) ** 2) - ((v - 128) / 9) ** 2)
    muscle = (
        3.0 * np.exp(-(((np.abs(u) - 0.35 - (v - 110) * -0.004) / 0.16) ** 2)) * np.clip((175 - v) / 60, 0, 1)
    )
    x = widths_y[:, None] * np.sin(u)
    depth = (np.interp(y, heights, fronts))[:, None] * np.sign(np.cos(u)) * np.abs(np.cos(u)) ** 0.9
    positions = np.stack([x, v, np.interp(y, heights, centres)[:, None] + depth + trachea + muscle], axis=-1)
    uv = np.stack([u, v], axis=-1)
    collar = neckline + 16 * np.clip(np.cos(u), 0, 1) ** 2
    neck = grid_mesh(positions, uv, Material.NECK)
    below = v - collar
    hem = 3.0 + 2.0 * np.exp(-((below / 4) ** 2))
    garment = positions + neck.normals.reshape(positions.shape) * hem[..., None]
    cloth = grid_mesh(garment, np.stack([u, below], axis=-1), Material.CLOTH)
    worn = (cloth.uv[:, 1] > 0)[cloth.faces].any(axis=1)
    return [neck, replace(cloth, faces=cloth.faces[worn])]
