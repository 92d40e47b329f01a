"""Colour and parsing class of each material in a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces import shading
from bauta.datasets.synthfaces.camera import PIVOT
from bauta.datasets.synthfaces.mesh import Material
from bauta.datasets.synthfaces.plane import LEFT, SCALE, TOP
from bauta.datasets.synthfaces.scene import Model, Moment
from bauta.datasets.synthfaces.shading import Surface
from bauta.datasets.synthfaces.texture import SkinTexture, linear
from bauta.datasets.synthfaces.wrinkles import wrinkle_height
from bauta.labels import PARSING_CLASSES

Painted = tuple[NDArray[np.float32], NDArray[np.integer]]

_CLASS = {name: index for index, name in enumerate(PARSING_CLASSES)}
_TONGUE_V = 50


@dataclass(frozen=True)
class Sitting:
    """The inputs that a material may use.

    Attributes:
        model: The person.
        moment: The picture.
        eye: float64 (3,), position of the camera, mm.
    """

    model: Model
    moment: Moment
    eye: NDArray[np.float64]


def paint(kind: Material, surface: Surface, sitting: Sitting) -> Painted:
    """Shade points of one material.

    Args:
        kind: The material.
        surface: The points.
        sitting: Person and picture.

    Returns:
        Linear radiance float32 (N, 3) and index into `bauta.labels.PARSING_CLASSES` (N,).
    """
    return _PAINTERS[kind](surface, sitting)


def _skin(surface: Surface, sitting: Sitting) -> Painted:
    model, moment = sitting.model, sitting.moment
    wrinkles = wrinkle_height(model.identity, moment.activation)
    rotation = moment.view.rotation()
    bent, depth = shading.bend_normals(surface, model.texture.height + wrinkles, rotation)
    radiance = shading.shade_face(bent, depth, model.texture, moment.light, sitting.eye)
    return radiance, _skin_labels(model.texture, surface.uv)


def _ear(surface: Surface, sitting: Sitting) -> Painted:
    relief = surface.uv[:, 1:]
    flesh = linear(sitting.model.identity.skin) * np.array((1.0, 0.86, 0.84), np.float32)
    albedo = flesh * np.clip(1 + 0.07 * relief, 0.45, 1.1)
    gloss = np.full(len(relief), 0.4, np.float32)
    radiance = shading.shade_skin(surface, albedo, gloss, sitting.moment.light, sitting.eye)
    return radiance, _by_side(surface, sitting, "l_ear", "r_ear")


def _neck(surface: Surface, sitting: Sitting) -> Painted:
    count = len(surface.uv)
    albedo = np.broadcast_to(linear(sitting.model.identity.skin) * np.float32(0.94), (count, 3))
    gloss = np.full(count, 0.35, np.float32)
    radiance = shading.shade_skin(surface, albedo, gloss, sitting.moment.light, sitting.eye)
    return radiance, np.full(count, _CLASS["neck"])


def _cloth(surface: Surface, sitting: Sitting) -> Painted:
    around, below = surface.uv[:, :1], surface.uv[:, 1:]
    weave = 1 + 0.05 * np.sin(around * 260) + 0.05 * np.sin(below * 2.4)
    weave = weave * (1 - 0.25 * np.exp(-(((below - 5) / 0.8) ** 2)))
    radiance = shading.shade_matte(surface, sitting.moment.cloth * weave, sitting.moment.light)
    return radiance, np.full(len(around), _CLASS["cloth"])


def _eye(surface: Surface, sitting: Sitting) -> Painted:
    radiance = shading.shade_eye(surface, sitting.model.identity, sitting.moment.gaze, sitting.moment.light)
    return radiance, _by_side(surface, sitting, "l_eye", "r_eye")


def _hair(surface: Surface, sitting: Sitting) -> Painted:
    model = sitting.model
    radiance = shading.shade_hair(surface, model.identity, model.strands, sitting.moment.light, sitting.eye)
    return radiance, np.full(len(surface.uv), _CLASS["hair"])


def _frame(surface: Surface, sitting: Sitting) -> Painted:
    glasses = sitting.model.identity.glasses
    colour = linear(glasses.colour if glasses else (0.0, 0.0, 0.0))
    albedo = np.broadcast_to(colour, (len(surface.uv), 3))
    radiance = shading.shade_matte(surface, albedo, sitting.moment.light, shine=0.35)
    return radiance, np.full(len(surface.uv), _CLASS["eye_g"])


def _teeth(surface: Surface, sitting: Sitting) -> Painted:
    along, to_edge = np.abs(surface.uv[:, 0]), surface.uv[:, 1]
    gaps = np.array((0.0, 8.2, 14.6, 21.5), np.float32)
    gap = np.exp(-((np.abs(along[:, None] - gaps).min(axis=1) / 0.45) ** 2))
    enamel = np.array((0.60, 0.56, 0.49), np.float32) * (1 - 0.38 * gap * (to_edge > 0.2))[:, None]
    gum = np.array((0.42, 0.13, 0.13), np.float32)
    tooth = np.clip((to_edge - 0.22 - 0.05 * gap) / 0.08, 0, 1)[:, None]
    albedo = (gum + tooth * (enamel - gum)) * np.clip(1.15 - (along / 30) ** 2, 0.2, 1)[:, None]
    softened = Surface(surface.position, surface.normal, surface.uv, 0.3 + 0.6 * surface.lit, surface.ambient)
    radiance = shading.shade_matte(softened, albedo, sitting.moment.light, shine=0.12)
    return radiance, np.full(len(along), _CLASS["mouth"])


def _mouth(surface: Surface, sitting: Sitting) -> Painted:
    tongue, cavity = np.array((0.34, 0.10, 0.10), np.float32), np.array((0.035, 0.010, 0.010), np.float32)
    albedo = np.where(surface.uv[:, 1:] >= _TONGUE_V, tongue, cavity)
    radiance = shading.shade_matte(surface, albedo, sitting.moment.light)
    return radiance, np.full(len(albedo), _CLASS["mouth"])


_PAINTERS: Mapping[Material, Callable[[Surface, Sitting], Painted]] = {
    Material.SKIN: _skin,
    Material.EAR: _ear,
    Material.NECK: _neck,
    Material.CLOTH: _cloth,
    Material.EYE: _eye,
    Material.TEETH: _teeth,
    Material.MOUTH: _mouth,
    Material.HAIR: _hair,
    Material.FRAME: _frame,
}


def _by_side(surface: Surface, sitting: Sitting, left: str, right: str) -> NDArray[np.integer]:
    # The side counts in the head's own frame: a turned head may have both eyes on one side of the picture.
    across = sitting.moment.view.rotation()[:, 0]
    return np.where((surface.position - PIVOT) @ across > 0, _CLASS[right], _CLASS[left])


def _skin_labels(texture: SkinTexture, uv: NDArray[np.float32]) -> NDArray[np.integer]:
    height, width = texture.label.shape
    columns = ((uv[:, 0] - LEFT) * SCALE).astype(np.int64).clip(0, width - 1)
    rows = ((uv[:, 1] - TOP) * SCALE).astype(np.int64).clip(0, height - 1)
    return texture.label[rows, columns]
