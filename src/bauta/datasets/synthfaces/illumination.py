"""The shares of the key light and of the ambient light that reach each visible point."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.camera import View
from bauta.datasets.synthfaces.light import Light, cast_shadow, occlusion
from bauta.datasets.synthfaces.mesh import Material, Scene
from bauta.datasets.synthfaces.raster import Fragments
from bauta.datasets.synthfaces.visibility import SUPERSAMPLING, fine_shape

_OPAQUE = (Material.SKIN, Material.CLOTH, Material.FRAME, Material.HAIR)


def illuminate(
    scene: Scene, fragments: Fragments, position: NDArray[np.float32], view: View, light: Light
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Find cast shadows and ambient occlusion.

    Args:
        scene: All meshes.
        fragments: The visible points.
        position: float32 (N, 3), of the fragments, mm.
        view: The camera.
        light: The light.

    Returns:
        Shares of the key light and of the ambient light that arrive, float32 (N,) each, 0 to 1.
    """
    lit = _key_light(_occluders(scene), position, fragments.pixel, view, light)
    ambient = _ambient(position[:, 2], fragments.pixel, view)
    return _behind_skin(scene.face_material[fragments.face], fragments.pixel, view, lit, ambient)


def _occluders(scene: Scene) -> NDArray[np.float64]:
    solid = np.zeros(len(scene.positions), bool)
    solid[scene.faces[np.isin(scene.face_material, _OPAQUE)]] = True
    return scene.positions[solid]


def _key_light(
    occluders: NDArray[np.float64],
    position: NDArray[np.float32],
    pixel: NDArray[np.int64],
    view: View,
    light: Light,
) -> NDArray[np.float32]:
    """Cast shadows, found at a quarter of the samples because their edges are soft anyway."""
    height, width = fine_shape(view.height, view.width)
    row, column = np.divmod(pixel, width)
    coarse_width = (width + 1) // 2
    own = (row // 2) * coarse_width + column // 2
    sparse = np.flatnonzero((row % 2 == 0) & (column % 2 == 0))
    lit, known = np.zeros((2, (height + 1) // 2, coarse_width), np.float32)
    lit.ravel()[own[sparse]] = cast_shadow(occluders, position[sparse], light.direction)
    known.ravel()[own[sparse]] = 1
    softness = 0.35 * view.scale * SUPERSAMPLING
    spread = cv2.GaussianBlur(known, (0, 0), softness)
    return (cv2.GaussianBlur(lit, (0, 0), softness) / np.maximum(spread, 1e-3)).ravel()[own]


def _ambient(z: NDArray[np.float32], pixel: NDArray[np.int64], view: View) -> NDArray[np.float32]:
    shape = fine_shape(view.height, view.width)
    depth, covered = np.zeros(shape, np.float32), np.zeros(shape, bool)
    depth.ravel()[pixel] = z
    covered.ravel()[pixel] = True
    return occlusion(depth, covered, view.scale * SUPERSAMPLING).ravel()[pixel]


def _behind_skin(
    material: NDArray[np.uint8],
    pixel: NDArray[np.int64],
    view: View,
    lit: NDArray[np.float32],
    ambient: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Let the upper lids and the upper lip shade the surfaces behind them."""
    shape = fine_shape(view.height, view.width)
    lids = np.zeros(shape, np.float32)
    lids.ravel()[pixel[material == Material.SKIN]] = 1
    pixels_per_mm = view.scale * SUPERSAMPLING
    shifted = np.roll(lids, max(1, round(1.3 * pixels_per_mm)), axis=0)
    shade = cv2.GaussianBlur(shifted, (0, 0), 1.0 * pixels_per_mm).ravel()[pixel]
    eye = np.isin(material, (Material.EYE, Material.TEETH))
    # The shadow map is too coarse for the gap behind lids and lips.
    lit, ambient = lit.copy(), ambient.copy()
    lit[eye] = np.maximum(lit[eye], 0.6) * (1 - 0.75 * shade[eye])
    ambient[eye] = np.maximum(ambient[eye], 0.8) * (1 - 0.70 * shade[eye])
    return lit, ambient
