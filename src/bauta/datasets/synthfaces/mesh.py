"""Triangle meshes and their materials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Material(IntEnum):
    """The material of a surface, which determines how it is painted."""

    SKIN = 0
    EAR = 1
    NECK = 2
    CLOTH = 3
    EYE = 4
    TEETH = 5
    MOUTH = 6
    HAIR = 7
    FRAME = 8


@dataclass(frozen=True)
class Mesh:
    """A triangle mesh.

    Attributes:
        positions: float64 (V, 3), mm.
        normals: float64 (V, 3), unit.
        uv: float64 (V, 2), surface coordinates, whose meaning depends on the material.
        faces: int64 (F, 3), indices of vertices, clockwise in the image when seen from outside.
        material: The material of the surface.
    """

    positions: NDArray[np.float64]
    normals: NDArray[np.float64]
    uv: NDArray[np.float64]
    faces: NDArray[np.int64]
    material: Material


@dataclass(frozen=True)
class Scene:
    """All meshes of a picture in one set of arrays.

    Attributes:
        positions: float64 (V, 3), mm, in the camera's frame: x right, y down, z to the viewer.
        normals: float64 (V, 3), unit.
        uv: float64 (V, 2).
        faces: int64 (F, 3).
        face_material: uint8 (F,), a `Material` for each face.
    """

    positions: NDArray[np.float64]
    normals: NDArray[np.float64]
    uv: NDArray[np.float64]
    faces: NDArray[np.int64]
    face_material: NDArray[np.uint8]


def grid_faces(rows: int, columns: int) -> NDArray[np.int64]:
    """Triangles of a grid of vertices in row-major order, int64 (2·(rows − 1)·(columns − 1), 3)."""
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    return np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3)


def grid_mesh(
    positions: NDArray[np.float64], uv: NDArray[np.float64], material: Material, *, flip: bool = False
) -> Mesh:
    """Mesh of a grid of vertices, with normals from its tangents.

    Args:
        positions: float64 (R, C, 3), mm.
        uv: float64 (R, C, 2).
        material: The material of the surface.
        flip: Whether to swap inside and outside.

    Returns:
        The mesh; right × down is outside unless flipped.
    """
    normals = np.cross(np.gradient(positions, axis=1), np.gradient(positions, axis=0))
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
    faces = grid_faces(*positions.shape[:2])
    if flip:
        normals, faces = -normals, faces[:, ::-1]
    return Mesh(positions.reshape(-1, 3), normals.reshape(-1, 3), uv.reshape(-1, 2), faces, material)


def assemble(meshes: Sequence[Mesh]) -> Scene:
    """Join meshes whose positions are already in the camera's frame."""
    starts = np.cumsum([0] + [len(mesh.positions) for mesh in meshes[:-1]])
    return Scene(
        positions=np.concatenate([mesh.positions for mesh in meshes]),
        normals=np.concatenate([mesh.normals for mesh in meshes]),
        uv=np.concatenate([mesh.uv for mesh in meshes]),
        faces=np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]),
        face_material=np.concatenate([np.full(len(mesh.faces), mesh.material, np.uint8) for mesh in meshes]),
    )
