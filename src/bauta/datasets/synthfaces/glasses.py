"""Spectacle frames as thin tubes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.anatomy import EYE_CENTRE_Z
from bauta.datasets.synthfaces.identity import Glasses, Identity
from bauta.datasets.synthfaces.mesh import Material, Mesh, grid_mesh

_LENS_Z = 9.0


def build_glasses(identity: Identity, glasses: Glasses) -> list[Mesh]:
    """Rims, bridge and temples in the frame of the head; uv is unused."""
    meshes = []
    angle = np.linspace(0, 2 * np.pi, 49)
    power = 2 / glasses.squareness
    half_gap = 9.0
    centre_x = half_gap + glasses.half_width
    for side in (-1.0, 1.0):
        cosine, sine = np.cos(angle), np.sin(angle)
        x = side * centre_x + glasses.half_width * np.sign(cosine) * np.abs(cosine) ** power
        y = 4.0 + glasses.half_height * np.sign(sine) * np.abs(sine) ** power
        rim = np.stack([x, y, _LENS_Z - 0.0045 * x**2], axis=1)
        meshes.append(_tube(rim, glasses.rim))
        outer = side * (centre_x + glasses.half_width)
        ear_x = side * (77.0 * identity.face_width)
        hinge_z = _LENS_Z - 0.0045 * outer**2
        temple = np.linspace((outer, -3, hinge_z), (ear_x, -6, EYE_CENTRE_Z - 70), 16)
        meshes.append(_tube(temple, glasses.rim))
    t = np.linspace(-1, 1, 13)
    bridge = np.stack([half_gap * 1.15 * t, -2.0 - 2.5 * (1 - t**2), _LENS_Z + 1.5 * (1 - t**2)], axis=1)
    meshes.append(_tube(bridge, glasses.rim))
    return meshes


def _tube(path: NDArray[np.float64], diameter: float) -> Mesh:
    tangent = np.gradient(path, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    helper = np.where(np.abs(tangent[:, 2:]) > 0.9, (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    first = np.cross(tangent, helper)
    first /= np.maximum(np.linalg.norm(first, axis=1, keepdims=True), 1e-9)
    second = np.cross(tangent, first)
    turn = np.linspace(0, 2 * np.pi, 7)
    ring = first[None] * np.cos(turn)[:, None, None] + second[None] * np.sin(turn)[:, None, None]
    positions = path[None] + 0.5 * diameter * ring
    mesh = grid_mesh(positions, np.zeros((*positions.shape[:2], 2)), Material.FRAME)
    return Mesh(mesh.positions, ring.reshape(-1, 3), mesh.uv, mesh.faces, Material.FRAME)
