"""Hair as a shell around the skull whose edge is frayed into strands."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.anatomy import Array
from bauta.datasets.synthfaces.head import CROWN_Y, section
from bauta.datasets.synthfaces.identity import Identity
from bauta.datasets.synthfaces.mesh import Material, Mesh, grid_mesh
from bauta.datasets.synthfaces.plane import sample_flat

_TEXTURE_SHAPE = (512, 1024)


@dataclass(frozen=True)
class Style:
    """Shape of a hair style. Lengths in mm, angles in degrees from the midline of the face.

    Attributes:
        thickness: Distance of the surface from the skull.
        front: How far the front hairline moves down (a fringe) from the anatomical one.
        arch: How far the front hairline falls from the parting to the temples.
        opening: Angle beyond which the hair falls down the side of the head; 180 for hair above the ears.
        bottom: Height of the lower end at the side.
        sideburn: Height of the lower end in front of the ear.
        flare: How much wider than the head the lower end is.
        waviness: 0 for straight strands, 1 for curls.
    """

    thickness: float
    front: float
    arch: float
    opening: float
    bottom: float
    sideburn: float
    flare: float
    waviness: float


STYLES: dict[str, Style] = {
    "buzz": Style(2.0, -4, 14, 180, 45, 12, 0, 0.0),
    "crop": Style(11.0, -6, 16, 180, 52, 16, 0, 0.15),
    "swept": Style(18.0, -4, 26, 180, 55, 14, 0, 0.2),
    "fringe": Style(11.0, 33, 0, 180, 60, 22, 2, 0.15),
    "bob": Style(15.0, -4, 44, 62, 96, 40, 14, 0.1),
    "long": Style(14.0, -6, 50, 60, 215, 60, 20, 0.5),
    "tied": Style(6.0, -4, 16, 180, 55, 6, 0, 0.05),
    "curly": Style(24.0, -6, 14, 76, 66, 20, 14, 1.0),
    "bald": Style(1.6, 0, 0, 180, 45, 6, 0, 0.0),
}


def build_hair(identity: Identity) -> Mesh:
    """Build the hair of a person.

    Args:
        identity: The person.

    Returns:
        The shell; uv is (azimuth in degrees from −180 to 180, height in mm).
    """
    style = STYLES[identity.hair_style]
    rng = np.random.default_rng(identity.texture_seed + 1)
    top, bottom = CROWN_Y - 0.5, max(style.bottom, style.sideburn) + 14
    rows = np.concatenate([np.linspace(0, 1, 30) ** 1.6 * (-40 - top) + top, np.linspace(-37, bottom, 36)])
    azimuth = np.radians(np.linspace(-180, 180, 113))
    a, y = np.meshgrid(azimuth, rows)
    skull_x, skull_z = section(identity, np.minimum(y, 8.0), a)
    volume = _thickness(identity, style, np.degrees(a), y) + _lumps(rng, style, a)
    down = np.clip((y - 8) / max(bottom - 8, 1), 0, 1)
    grow = 1 + (volume + style.flare * np.sin(np.pi * 0.75 * down)) / 78
    centre_z = -95.0
    x = skull_x * grow
    z = centre_z + (skull_z - centre_z) * grow
    lift = volume * np.clip((-40 - y) / 70, 0, 1)
    positions = np.stack([x, y - lift * 0.9, z], axis=-1)
    mesh = grid_mesh(positions, np.stack([np.degrees(a), y], axis=-1), Material.HAIR)
    # Faces far outside the outline only cost time.
    covered = hair_coverage(identity, mesh.uv[:, 0], mesh.uv[:, 1]) > -10
    return replace(mesh, faces=mesh.faces[covered[mesh.faces].any(axis=1)])


def covers_ears(identity: Identity) -> bool:
    """Whether the hair hides the ears."""
    return STYLES[identity.hair_style].opening < 70


def hair_coverage(identity: Identity, azimuth: Array, y: Array) -> Array:
    """Distance inside the outline of the hair, mm; negative outside.

    Args:
        identity: The person.
        azimuth: Degrees from the midline.
        y: Height, mm.

    Returns:
        Signed distance of the same shape, about vertical.
    """
    style = STYLES[identity.hair_style]
    angle = np.abs(azimuth)
    nape = _ramp(angle, 104, 114, -18.0, style.bottom)
    if identity.hair_style == "bald":
        return np.minimum(_ramp(angle, 62, 86, CROWN_Y, -14.0), nape) - y + 0 * angle
    recede = identity.masculinity * (8.0 + 0.25 * max(identity.age - 30, 0))
    corner = recede * np.exp(-(((angle - 33) / 11) ** 2))
    parting = 20.0 * identity.hair_part if style.arch > 0 else 0.0
    arch = style.arch * np.clip(np.abs(azimuth - parting) / 55, 0, 1.3) ** 1.8
    line = identity.hairline_y + style.front - corner + arch
    line = np.where(angle > 58, np.maximum(line, _ramp(angle, 54, 66, CROWN_Y, -22.0)), line)
    if style.opening < 180:
        side = _ramp(angle, style.opening - 8, style.opening + 6, CROWN_Y, style.bottom)
        return np.maximum(line, side) - y
    sideburn = style.sideburn - 3.0 * np.clip(angle - 78, 0, 30)
    line = np.where(angle > 67, np.maximum(_ramp(angle, 60, 69, -30.0, 0.0) + sideburn, -20.0), line)
    return np.where(angle > 104, np.maximum(line, nape), line) - y


def strand_texture(identity: Identity) -> NDArray[np.float32]:
    """Brightness of the strands over azimuth × height.

    Args:
        identity: The person.

    Returns:
        float32 (512, 1024), mean 0 and standard deviation 1; columns span −180° to 180°, rows 360 mm from
        the crown.
    """
    style = STYLES[identity.hair_style]
    rng = np.random.default_rng(identity.texture_seed + 2)
    h, w = _TEXTURE_SHAPE
    total = np.zeros((h, w), np.float32)
    for across, along, weight in ((4, 16, 0.6), (2, 8, 0.8), (1, 4, 0.7), (24, 40, 0.6)):
        cells = (h // (across * along) + 3, w // across + 2)
        coarse = rng.normal(size=cells).astype(np.float32)
        total += weight * cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    bend = cv2.resize(rng.normal(size=(9, 13)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    wave = 14 * bend + style.waviness * 9 * np.sin(yy / 9 + 6 * bend)
    flow = xx + wave.astype(np.float32) + identity.hair_part * 0.35 * (yy - 100)
    bent = cv2.remap(total, flow, yy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return ((bent - bent.mean()) / bent.std()).astype(np.float32)


def fringe_map(identity: Identity, strands: NDArray[np.float32]) -> NDArray[np.float32]:
    """Coverage of the hair with a frayed edge, in the layout of `strand_texture`; positive where hair is.

    Args:
        identity: The person.
        strands: float32 (512, 1024), from `strand_texture`.

    Returns:
        float32 (512, 1024), about mm.
    """
    h, w = _TEXTURE_SHAPE
    style = STYLES[identity.hair_style]
    azimuth, y = np.meshgrid(np.linspace(-180, 180, w), np.linspace(CROWN_Y, CROWN_Y + 360, h))
    return (hair_coverage(identity, azimuth, y) + (1.5 + style.thickness / 10) * strands).astype(np.float32)


def sample_hair(texture: NDArray[np.float32], azimuth: Array, y: Array) -> NDArray[np.float32]:
    """Look a hair texture up at azimuths in degrees and heights in mm, both of shape (N,)."""
    h, w = texture.shape
    return sample_flat(texture, (azimuth + 180) / 360 * (w - 1), (y - CROWN_Y) / 360 * (h - 1))


def _thickness(identity: Identity, style: Style, azimuth: Array, y: Array) -> Array:
    inside = np.clip(hair_coverage(identity, azimuth, y), 0, 80)
    full = style.thickness * (identity.hair_volume if style.thickness > 3 else 1.0)
    slope = 9.0 if identity.hair_style in ("fringe", "curly") else 22.0
    if style.opening < 180:
        # The curtain lies close to the face at its edge.
        curtain = np.clip(1.3 * (np.abs(azimuth) - style.opening + 8), 0, 80)
        low = _ramp(y, identity.hairline_y, identity.hairline_y + 60, 0.0, 1.0)
        inside = inside + low * (np.minimum(inside, curtain) - inside)
    rise = 1 - np.exp(-inside / slope)
    parting = 1 - 0.35 * np.exp(-(((azimuth - 35 * np.sign(identity.hair_part)) / 9) ** 2)) * (y < -75)
    return 1.2 + full * rise * parting


def _lumps(rng: np.random.Generator, style: Style, azimuth: Array) -> Array:
    rows, columns = azimuth.shape
    cells = (10, 16) if style.waviness < 0.8 else (26, 44)
    noise = cv2.resize(rng.normal(size=cells), (columns, rows), interpolation=cv2.INTER_CUBIC)
    seam = np.cos(azimuth / 2) ** 0.3
    return noise * seam * (0.08 + 0.12 * style.waviness) * style.thickness


def _ramp(x: Array, start: float, stop: float, low: float, high: float) -> Array:
    t = np.clip((x - start) / (stop - start), 0, 1)
    return low + (high - low) * t * t * (3 - 2 * t)
