"""The visible point of the scene at each sample of the picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.anatomy import eye_aperture
from bauta.datasets.synthfaces.camera import View
from bauta.datasets.synthfaces.hair import sample_hair
from bauta.datasets.synthfaces.head import HeadGrid
from bauta.datasets.synthfaces.mesh import Material, Scene
from bauta.datasets.synthfaces.raster import Fragments, rasterize
from bauta.datasets.synthfaces.scene import Model

SUPERSAMPLING = 1.3
"""Samples per pixel in each direction; rounding their number scales a picture by under 0.2 %."""


def fine_shape(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the samples of a picture."""
    return round(height * SUPERSAMPLING), round(width * SUPERSAMPLING)


def visible_fragments(model: Model, scene: Scene, view: View) -> Fragments:
    """Find the visible points, with the gaps between lids, lips and strands of hair left open.

    Args:
        model: The person.
        scene: From `assemble_scene`.
        view: The camera.

    Returns:
        One fragment for each covered sample.
    """
    points = (view.project(scene.positions) + 0.5) * SUPERSAMPLING - 0.5
    shape = fine_shape(view.height, view.width)
    identity = model.identity
    first = scene.uv[scene.faces[:, 0]]
    near_eye = (np.abs(np.abs(first[:, 0]) - identity.eye_x) < 22) & (np.abs(first[:, 1]) < 14)
    may_be_lid = (scene.face_material == Material.SKIN) & near_eye
    is_hair = scene.face_material == Material.HAIR
    is_cloth = scene.face_material == Material.CLOTH
    in_mouth = np.isin(scene.face_material, (Material.MOUTH, Material.TEETH))
    gap = _mouth_opening(model.head, points, shape)

    def discard(
        face: NDArray[np.int64], weights: NDArray[np.float32], pixel: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        hole = in_mouth[face] & ~gap[pixel]
        at, uv = _surface_uv(scene, face, weights, may_be_lid)
        hole[at] = eye_aperture(identity, uv[:, 0], uv[:, 1])
        at, uv = _surface_uv(scene, face, weights, is_hair)
        hole[at] = sample_hair(model.fringe, uv[:, 0], uv[:, 1]) < 0
        at, uv = _surface_uv(scene, face, weights, is_cloth)
        hole[at] = uv[:, 1] < 0
        return hole

    two_sided = np.isin(scene.face_material, (Material.HAIR, Material.EAR))
    return rasterize(
        points, scene.positions[:, 2], scene.faces, two_sided=two_sided, shape=shape, discard=discard
    )


def _surface_uv(
    scene: Scene, face: NDArray[np.int64], weights: NDArray[np.float32], wanted: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The points that lie on wanted faces, and their surface coordinates."""
    at = np.flatnonzero(wanted[face])
    return at, interpolate(scene.uv.astype(np.float32), scene.faces[face[at]], weights[at])


def _mouth_opening(head: HeadGrid, points: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Pixels between the lips, bool (H·W,); keeps the mouth cavity from showing anywhere else."""
    grid = points[: head.plane.shape[0] * head.plane.shape[1]].reshape(*head.plane.shape[:2], 2)
    middle = np.abs(head.plane[head.seam, :, 0]) < 40
    outline = np.concatenate([grid[head.seam, middle], grid[head.seam + 1, middle][::-1]])
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], 1)
    return mask.ravel() > 0


def interpolate(
    values: NDArray[np.float32], corners: NDArray[np.int64], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Weighted mean of the values of three vertices each: (V, C), (N, 3) and (N, 3) give (N, C)."""
    total = values.take(corners[:, 0], axis=0) * weights[:, :1]
    total += values.take(corners[:, 1], axis=0) * weights[:, 1:2]
    total += values.take(corners[:, 2], axis=0) * weights[:, 2:]
    return total
