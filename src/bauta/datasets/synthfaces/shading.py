"""The appearance of each material under a light."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.hair import sample_hair
from bauta.datasets.synthfaces.identity import Identity
from bauta.datasets.synthfaces.light import Light
from bauta.datasets.synthfaces.plane import SCALE, look_up
from bauta.datasets.synthfaces.texture import SkinTexture, linear

Vectors = NDArray[np.float32]

_WRAP = np.array((0.34, 0.18, 0.12), np.float32)
"""How far light creeps past the terminator in skin, by channel: red scatters furthest."""


@dataclass(frozen=True)
class Surface:
    """Points to be shaded, all of one material.

    Attributes:
        position: float32 (N, 3), mm in the camera's frame.
        normal: float32 (N, 3), unit.
        uv: float32 (N, 2), surface coordinates of the material.
        lit: float32 (N,), share of the key light that arrives.
        ambient: float32 (N,), share of the ambient light that arrives.
    """

    position: Vectors
    normal: Vectors
    uv: Vectors
    lit: Vectors
    ambient: Vectors


def shade_skin(
    surface: Surface, albedo: Vectors, gloss: Vectors, light: Light, eye: NDArray[np.float64]
) -> Vectors:
    """Skin: wrapped diffuse light with a reddish terminator, and two specular lobes.

    Args:
        surface: The points.
        albedo: float32 (N, 3), linear RGB.
        gloss: float32 (N,), strength of the reflection.
        light: The light.
        eye: float64 (3,), position of the camera, mm.

    Returns:
        float32 (N, 3), linear radiance.
    """
    cosine = surface.normal @ light.direction.astype(np.float32)
    wrapped = np.clip((cosine[:, None] + _WRAP) / (1 + _WRAP), 0, 1)
    soft_shadow = np.power(surface.lit[:, None], np.array((0.75, 1.0, 1.08), np.float32))
    diffuse = light.key * wrapped * soft_shadow + ambient_light(surface, light)
    view = eye.astype(np.float32) - surface.position
    view /= np.linalg.norm(view, axis=1, keepdims=True)
    half = view + light.direction.astype(np.float32)
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    aligned = np.clip(np.einsum("nk,nk->n", surface.normal, half), 0, 1)
    facing = np.clip(np.einsum("nk,nk->n", surface.normal, view), 0, 1)
    fresnel = 0.04 + 0.6 * (1 - facing) ** 5
    specular = (0.55 * aligned**14 + 1.1 * aligned**48) * fresnel * 2.2 * gloss * surface.lit * (cosine > 0)
    rim = 0.10 * (1 - facing) ** 3 * surface.ambient
    return albedo * (diffuse + rim[:, None] * light.sky) + specular[:, None] * light.key


def ambient_light(surface: Surface, light: Light) -> Vectors:
    """Light from sky and ground at points, float32 (N, 3)."""
    upward = (0.5 - 0.5 * surface.normal[:, 1])[:, None]
    return surface.ambient[:, None] * (light.ground + upward * (light.sky - light.ground))


def bend_normals(
    surface: Surface, height: NDArray[np.float32], rotation: NDArray[np.float64]
) -> tuple[Surface, Vectors]:
    """Bend the normals of facial skin by a height map over the rest plane.

    Args:
        surface: The points; uv is the position in the rest plane, mm.
        height: float32 full-resolution canvas, mm.
        rotation: float64 (3, 3), of the head.

    Returns:
        The points with bent normals, and the height at the points float32 (N,).
    """
    slopes = np.stack(
        [cv2.Sobel(height, cv2.CV_32F, 1, 0), cv2.Sobel(height, cv2.CV_32F, 0, 1), height], axis=-1
    )
    sampled = look_up(slopes, surface.uv[:, 0], surface.uv[:, 1])
    slope = sampled[:, :2] * (SCALE / 8)
    right, down = rotation[:, 0].astype(np.float32), rotation[:, 1].astype(np.float32)
    normal = surface.normal - slope[:, :1] * right - slope[:, 1:] * down
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    return replace(surface, normal=(normal / length).astype(np.float32)), sampled[:, 2]


def shade_face(
    surface: Surface, depth: Vectors, texture: SkinTexture, light: Light, eye: NDArray[np.float64]
) -> Vectors:
    """Facial skin with its texture; furrows are darker because they see less of the room.

    Args:
        surface: The points, with normals from `bend_normals`.
        depth: float32 (N,), height of the skin relative to its neighbourhood, mm.
        texture: The painted skin.
        light: The light.
        eye: float64 (3,), position of the camera, mm.

    Returns:
        float32 (N, 3), linear radiance.
    """
    x, y = surface.uv[:, 0], surface.uv[:, 1]
    albedo, gloss = look_up(texture.albedo, x, y), look_up(texture.gloss, x, y)
    cavity = np.exp(np.clip(depth, -2, 0.2) * 0.42)
    furrowed = replace(surface, ambient=surface.ambient * cavity)
    return shade_skin(furrowed, albedo * (0.45 + 0.55 * cavity[:, None]), gloss, light, eye)


def shade_eye(surface: Surface, identity: Identity, gaze: NDArray[np.float64], light: Light) -> Vectors:
    """Sclera, iris, pupil and catch light.

    Args:
        surface: Points; uv is (x, y) in mm from the centre of the eyeball.
        identity: The person.
        gaze: float64 (2,), position (x, y) of the pupil in mm.
        light: The light.

    Returns:
        float32 (N, 3), linear radiance.
    """
    offset = surface.uv - gaze.astype(np.float32)
    radius = np.hypot(offset[:, 0], offset[:, 1])
    angle = np.arctan2(offset[:, 1], offset[:, 0])
    sclera = np.array((0.80, 0.74, 0.70), np.float32) * np.ones((len(radius), 1), np.float32)
    corner = np.clip((np.abs(surface.uv[:, :1]) - 8) / 7, 0, 1)
    sclera *= 1 - corner * np.array((0.12, 0.42, 0.42), np.float32)
    fibre = 0.16 * np.sin(angle * 23 + 1.3 * np.sin(angle * 7)) + 0.10 * np.sin(angle * 41 + identity.subject)
    ring = np.clip((radius - 4.3) / 1.5, 0, 1)
    glow = 1 + 0.6 * np.clip(offset[:, 1] / 6, -1, 1)
    iris = linear(identity.iris) * 1.5 * ((1 + fibre) * (1 - 0.78 * ring) * glow)[:, None]
    pupil = np.clip((2.5 - radius) / 0.5, 0, 1)[:, None]
    iris = iris * (1 - pupil) + 0.004 * pupil
    edge = np.clip((radius - 5.6) / 0.7, 0, 1)[:, None]
    colour = iris + edge * (sclera - iris)
    cosine = np.clip(surface.normal @ light.direction.astype(np.float32), 0, 1)
    key = light.key * (0.75 * cosine * surface.lit + 0.1)[:, None]
    radiance = colour * (key + 0.95 * ambient_light(surface, light))
    highlight = light.direction[:2] * 3.1 + np.array((0.0, -0.2)) + 0.6 * gaze
    distance = np.hypot(*(surface.uv - highlight.astype(np.float32)).T)
    glint = np.clip(1.5 - distance / 0.75, 0, 1) * np.clip(surface.lit + 0.4, 0, 1)
    return radiance + glint[:, None] * 0.95


def shade_hair(
    surface: Surface, identity: Identity, strands: NDArray[np.float32], light: Light, eye: NDArray[np.float64]
) -> Vectors:
    """Hair with the highlights along the strands of Kajiya and Kay (SIGGRAPH 1989)."""
    grain = sample_hair(strands, surface.uv[:, 0], surface.uv[:, 1])
    view = eye.astype(np.float32) - surface.position
    view /= np.linalg.norm(view, axis=1, keepdims=True)
    toward = light.direction.astype(np.float32)
    normal = np.where(
        (np.einsum("nk,nk->n", surface.normal, view) < 0)[:, None], -surface.normal, surface.normal
    )
    tangent = np.array((0, 1, 0), np.float32) - normal * normal[:, 1:2]
    tangent += 0.18 * grain[:, None] * normal
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-6)
    half = view + toward
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    along = np.einsum("nk,nk->n", tangent, half)
    sine = np.sqrt(np.clip(1 - along**2, 0, 1))
    cosine = np.clip(normal @ toward * 0.75 + 0.25, 0, 1)
    base = linear(identity.hair_colour)
    albedo = base * (0.9 + 0.24 * np.clip(grain, -2, 2))[:, None]
    diffuse = light.key * (cosine * surface.lit)[:, None] + ambient_light(surface, light) * 0.9
    shine = (
        (0.10 * sine**24 + 0.10 * sine**90) * (0.7 + 0.3 * grain) * surface.lit * np.clip(cosine * 2, 0, 1)
    )
    tint = 0.35 + 0.65 * base / max(float(base.max()), 1e-3)
    return np.clip(albedo, 0.002, 1) * diffuse + np.clip(shine, 0, None)[:, None] * tint * light.key


def shade_matte(surface: Surface, albedo: Vectors, light: Light, shine: float = 0.0) -> Vectors:
    """A plain diffuse surface; `shine` adds a broad highlight."""
    cosine = np.clip(surface.normal @ light.direction.astype(np.float32), 0, 1)
    diffuse = light.key * (cosine * surface.lit)[:, None] + ambient_light(surface, light)
    return albedo * diffuse + shine * (cosine**20 * surface.lit)[:, None] * light.key
