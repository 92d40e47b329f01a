"""Skin, lips, brows, beard and moles painted on the rest plane."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.anatomy import (
    Array,
    brow_spine,
    bump,
    lid_margins,
    lip_borders,
    mouth_line,
    nose_half_width_at,
)
from bauta.datasets.synthfaces.hair import hair_coverage
from bauta.datasets.synthfaces.identity import Colour, Identity
from bauta.datasets.synthfaces.plane import coordinates, draw_strokes, enlarge, noise
from bauta.labels import PARSING_CLASSES

_COARSE = 0.625


@dataclass(frozen=True)
class SkinTexture:
    """Canvases over the rest plane of one person, all at full resolution.

    Attributes:
        albedo: float32 (H, W, 3), linear RGB in [0, 1].
        height: float32 (H, W), pores and age lines in mm.
        gloss: float32 (H, W), strength of the specular reflection.
        label: uint8 (H, W), index into `bauta.labels.PARSING_CLASSES`.
    """

    albedo: NDArray[np.float32]
    height: NDArray[np.float32]
    gloss: NDArray[np.float32]
    label: NDArray[np.uint8]


def linear(colour: Colour | NDArray) -> NDArray[np.float32]:
    """Convert sRGB in [0, 1] to linear light, by the power 2.2."""
    return np.power(np.asarray(colour, np.float32), np.float32(2.2))


def paint_skin(identity: Identity) -> SkinTexture:
    """Paint the face of a person.

    Args:
        identity: The person.

    Returns:
        The canvases, the same for every picture of the person.
    """
    rng = np.random.default_rng(identity.texture_seed)
    x, y = coordinates()
    albedo = _complexion(identity, rng)
    lips, lip_label = _lips(identity, x, y)
    _blend(albedo, linear(identity.skin) * _lip_tint(identity), lips * 0.9)
    _blend(albedo, np.array((0.02, 0.012, 0.01), np.float32), _orifices(identity, x, y))
    dark_hair = linear(identity.hair_colour)
    beard = _beard(identity, rng, x, y)
    _blend(albedo, dark_hair * 0.8 + 0.005, beard)
    brows = _brows(identity, rng)
    brow_colour = dark_hair * rng.uniform(0.3, 0.8)
    _blend(albedo, brow_colour, np.clip(brows, 0, 1))
    lash = np.array((0.012, 0.009, 0.008), np.float32)
    _blend(albedo, lash, _lashes(identity, x, y))
    _blend(albedo, dark_hair * 0.8, _hairline_shadow(identity, x, y))

    pores = noise(rng, 1.6, 2) * 0.035
    lip_grain = noise(rng, 1.2) * 0.05 * lips
    height = pores * (1 - lips) + lip_grain + _age_lines(identity, x, y)
    gloss = 0.55 + 0.5 * bump(x, y, (0, 20), 12, 26) + 0.35 * bump(x, y, (0, -45), 26, 16) + 0.9 * lips
    gloss = (gloss * (1 - 0.8 * np.clip(beard + brows, 0, 1))).astype(np.float32)
    return SkinTexture(albedo, height.astype(np.float32), gloss, _labels(identity, x, y, lip_label))


def _blend(canvas: NDArray[np.float32], colour: NDArray[np.float32], alpha: Array) -> None:
    canvas += alpha.astype(np.float32)[..., None] * (colour - canvas)


def _complexion(identity: Identity, rng: np.random.Generator) -> NDArray[np.float32]:
    x, y = coordinates(_COARSE)
    ax, my, base = np.abs(x), identity.mouth_y, identity.nose_base_y
    red = 0.9 * bump(ax, y, (43, 30), 17, 12) + 0.7 * bump(x, y, (0, base - 8), 12, 8)
    red = red + 0.35 * bump(x, y, (0, identity.chin_y - 10), 16, 10) + 0.3 * bump(ax, y, (30, 0), 18, 10)
    dark = 0.55 * bump(ax, y, (identity.eye_x - 3, 10.5), 11, 3.6) + 0.35 * bump(
        ax, y, (identity.eye_x - 9, -6), 10, 6
    )
    dark = dark + 0.25 * bump(ax, y, (21, base + 4), 6, 8) + 0.2 * bump(x, y, (0, my + 16), 18, 4)
    dark = dark * (0.7 + 0.012 * (identity.age - 20)) * rng.uniform(0.4, 1.7)
    red_full, dark_full = enlarge(red.astype(np.float32)), enlarge(dark.astype(np.float32))
    blotch = noise(rng, 22, 3) * 0.04 + noise(rng, 2.5, 2) * 0.014
    skin = linear(identity.skin)
    albedo = skin * (1 + blotch)[..., None]
    albedo *= 1 - red_full[..., None] * identity.ruddiness * np.array((0.02, 0.26, 0.24), np.float32)
    albedo *= 1 - dark_full[..., None] * np.array((0.22, 0.30, 0.26), np.float32)
    _spots(identity, rng, albedo)
    return np.clip(albedo, 0.004, 1).astype(np.float32)


def _spots(identity: Identity, rng: np.random.Generator, albedo: NDArray[np.float32]) -> None:
    if identity.freckles > 0:
        count = int(420 * identity.freckles)
        at = np.stack([rng.normal(0, 30, count), rng.normal(22, 16, count)], axis=1)
        strokes = [point + np.array([[0.0, 0.0], [0.3, 0.1]]) for point in at]
        dots = draw_strokes(strokes, rng.uniform(0.2, 0.8, count).tolist(), 3)
        _blend(
            albedo,
            linear(identity.skin) * np.array((0.55, 0.38, 0.28), np.float32),
            0.6 * cv2.blur(dots, (3, 3)),
        )
    x, y = coordinates()
    for mx, my, radius in identity.moles:
        spot = np.clip(1.3 - np.hypot(x - mx, y - my) / radius, 0, 1)
        _blend(albedo, linear(identity.skin) * np.array((0.22, 0.14, 0.11), np.float32), 0.85 * spot)


def _lip_tint(identity: Identity) -> NDArray[np.float32]:
    plain, red = np.array((0.80, 0.56, 0.54)), np.array((0.78, 0.30, 0.33))
    return (plain + np.clip(identity.lip_redness, 0, 1) * (red - plain)).astype(np.float32)


def _lips(identity: Identity, x: Array, y: Array) -> tuple[Array, NDArray[np.bool_]]:
    upper, lower = lip_borders(identity, x[:1])
    within = np.minimum(y - upper, lower - y)
    alpha = np.clip(within / 1.3 + 0.35, 0, 1) * (np.abs(x) < identity.mouth_half_width + 0.5)
    return alpha, within > 0.3


def _orifices(identity: Identity, x: Array, y: Array) -> Array:
    ax, base = np.abs(x), identity.nose_base_y
    centre = 0.42 * identity.nose_half_width
    radius = np.hypot((ax - centre) / 4.2, (y - base + 1.6 - 0.25 * (ax - centre)) / 2.1)
    nostrils = np.clip(1.45 - 1.3 * radius, 0, 0.9)
    line = np.exp(-(((y - mouth_line(identity, x[:1])) / 0.55) ** 2))
    seam = 0.6 * line * np.clip((identity.mouth_half_width + 0.8 - ax) / 3, 0, 1)
    return np.maximum(nostrils, seam)


def _lashes(identity: Identity, x: Array, y: Array) -> Array:
    upper, lower = lid_margins(identity, x[:1])
    t = (np.abs(x[:1]) - identity.eye_x) / identity.eye_half_width
    lens = np.clip(1.12 - t**2, 0, 1) ** 0.4
    female = 1 - identity.masculinity
    top = np.exp(-((np.maximum(upper - y, 0) / (0.9 + 0.7 * female)) ** 2)) * (0.8 + 0.18 * female)
    low = np.exp(-((np.maximum(y - lower, 0) / 0.5) ** 2)) * (0.22 + 0.2 * female)
    crease = upper - identity.lid_crease * np.clip(1 - t**2, 0.1, 1) ** 0.4 - 0.6
    fold = 0.30 * np.exp(-(((y - crease) / 0.7) ** 2))
    return lens * np.clip(top * (y < upper + 0.5) + low * (y > lower - 0.5) + fold, 0, 0.95)


def _brows(identity: Identity, rng: np.random.Generator) -> Array:
    count = int(190 * identity.brow_density) + 70
    strokes, strength = [], []
    for side in (-1.0, 1.0):
        t = rng.beta(1.05, 1.15, count)
        x, y, thickness = brow_spine(identity, t)
        across = rng.uniform(-0.5, 0.5, count)
        root_y = y + across * thickness
        lean = (
            np.radians(72 - 62 * np.clip(t * 1.6, 0, 1) + rng.normal(0, 9, count)) - 0.35 * (across < 0) * t
        )
        length = rng.uniform(3.0, 6.5, count) * np.clip(1.25 - t, 0.5, 1)
        tip_x, tip_y = (
            x + length * np.cos(lean),
            root_y - 0.55 * length * np.sin(lean) * (1 - 1.2 * np.clip(t - 0.5, 0, 1)),
        )
        mid = np.stack([(x + tip_x) / 2, (root_y + tip_y) / 2 - 0.3], axis=1)
        ends = (np.stack([x, root_y], axis=1), mid, np.stack([tip_x, tip_y], axis=1))
        for stroke in np.stack(ends, axis=1):
            strokes.append(stroke * (side, 1))
        strength.extend((rng.uniform(0.45, 0.95, count) * (0.55 + 0.45 * identity.brow_density)).tolist())
    fine = draw_strokes(strokes, strength)
    return np.clip(fine + 0.55 * cv2.GaussianBlur(fine, (0, 0), 1.8), 0, 0.96)


def _beard_region(identity: Identity, x: Array, y: Array) -> tuple[Array, Array, Array]:
    ax, my, base = np.abs(x), identity.mouth_y, identity.nose_base_y
    upper, lower = lip_borders(identity, x[:1])
    off_lips = np.clip(np.maximum(upper - y, y - lower) / 1.2, 0, 1)
    off_lips = np.where(ax > identity.mouth_half_width, 1, off_lips)
    moustache = np.clip((y - base - 3.5 - 0.06 * ax) / 2.5, 0, 1) * np.clip((my + 4 - y) / 5, 0, 1)
    moustache = moustache * np.clip((identity.mouth_half_width + 5 - ax) / 4, 0, 1) * off_lips
    goatee = np.clip((y - my - 9) / 5, 0, 1) * np.clip((20 + 0.1 * (y - my) - ax) / 5, 0, 1) * off_lips
    around = np.clip((ax - identity.mouth_half_width - 1) / 3, 0, 1) * np.clip((y - base - 9) / 6, 0, 1)
    goatee = np.maximum(
        goatee, around * np.clip((identity.mouth_half_width + 8 - ax) / 3, 0, 1) * (y < my + 30)
    )
    edge = np.interp(ax, (0, 24, 34, 50, 60, 68), (my + 8, base + 16, base + 20, base + 8, base - 12, -5))
    full = np.clip((y - edge) / 7, 0, 1) * off_lips
    return moustache, np.clip(goatee, 0, 1), full


def _beard(identity: Identity, rng: np.random.Generator, x: Array, y: Array) -> Array:
    if identity.masculinity < 0.5:
        return np.zeros_like(x)
    moustache, goatee, full = _beard_region(identity, x, y)
    everywhere = np.clip(np.maximum(np.maximum(moustache, goatee), full), 0, 1)
    grain = np.clip(0.5 + 0.32 * noise(rng, 0.9), 0, 1)
    shaved = everywhere * (0.05 + 0.07 * rng.random()) * (0.6 + 0.8 * grain)
    if identity.beard == "none":
        return shaved
    if identity.beard == "stubble":
        return everywhere * (0.22 + 0.5 * grain) * 0.75
    region = {"moustache": moustache, "goatee": np.maximum(moustache, goatee), "full": everywhere}[
        identity.beard
    ]
    count = 1500
    at = np.stack(
        [rng.uniform(-70, 70, count), rng.uniform(identity.nose_base_y, identity.chin_y, count)], axis=1
    )
    step = np.stack([0.05 * at[:, 0] + rng.normal(0, 0.9, count), rng.uniform(3, 6, count)], axis=1)
    hairs = draw_strokes(list(np.stack([at, at + step], axis=1)), rng.uniform(0.3, 1, count).tolist())
    return np.maximum(shaved, region * np.clip(0.62 + 0.4 * hairs + 0.12 * (grain - 0.5), 0, 0.97))


def _hairline_shadow(identity: Identity, x: Array, y: Array) -> Array:
    azimuth = np.degrees(np.arcsin(np.clip(x / (75 * identity.face_width), -1, 1)))
    inside = hair_coverage(identity, azimuth, y)
    strength = 0.35 if identity.hair_style == "bald" else 0.8
    return strength * np.clip((inside + 5) / 9, 0, 1) * np.clip((5 - y) / 25, 0, 1)


def _age_lines(identity: Identity, x: Array, y: Array) -> Array:
    ax, base = np.abs(x), identity.nose_base_y
    amount = np.clip((identity.age - 22) / 45, 0.08, 1)
    fold_x = identity.nose_half_width + 1.5 + 0.55 * (y - base + 6) - 0.006 * np.clip(y - base, 0, 40) ** 2
    fold = (
        np.exp(-(((ax - fold_x) / 1.6) ** 2))
        * np.clip((y - base + 8) / 6, 0, 1)
        * np.clip((base + 24 - y) / 14, 0, 1)
    )
    forehead = np.sin(y * 0.62 + 0.02 * x) ** 8 * bump(x, y, (0, -46), 30, 9)
    bags = np.exp(-(((y - 12.5 + 0.01 * (ax - identity.eye_x) ** 2) / 1.6) ** 2)) * bump(
        ax, y, (identity.eye_x, 12), 10, 6
    )
    return -amount * (1.2 * fold + 0.45 * forehead * (identity.age > 38) + 0.7 * bags)


def _labels(identity: Identity, x: Array, y: Array, lips: NDArray[np.bool_]) -> NDArray[np.uint8]:
    names = {name: index for index, name in enumerate(PARSING_CLASSES)}
    label = np.full(x.shape, names["skin"], np.uint8)
    label[np.abs(x) < nose_half_width_at(identity, y)] = names["nose"]
    t = np.linspace(-0.03, 1.0, 40)
    bx, by, thickness = brow_spine(identity, t)
    middle = np.interp(np.abs(x[0]), bx, by, left=np.nan, right=np.nan)
    half = np.interp(np.abs(x[0]), bx, thickness) / 2 + 0.9
    brow = np.abs(y - middle + 0.6) < half
    label[brow & (x < 0)] = names["l_brow"]
    label[brow & (x > 0)] = names["r_brow"]
    line = mouth_line(identity, x[:1])
    label[lips & (y <= line)] = names["u_lip"]
    label[lips & (y > line)] = names["l_lip"]
    return label
