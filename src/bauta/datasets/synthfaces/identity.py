"""A synthetic person: all measures that are constant across pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HAIR_STYLES: tuple[str, ...] = ("buzz", "crop", "swept", "fringe", "bob", "long", "tied", "curly", "bald")
"""Hair styles that `hair.py` can build."""

BEARDS: tuple[str, ...] = ("none", "stubble", "moustache", "goatee", "full")
"""Facial hair that `texture.py` can paint."""

_SKIN_TONES = np.array(
    [(244, 208, 184), (233, 190, 160), (214, 164, 128), (180, 128, 92), (132, 88, 62), (92, 60, 45)],
    np.float64,
)
_HAIR_COLOURS = {
    "black": (24, 19, 18),
    "dark_brown": (50, 33, 25),
    "brown": (88, 58, 38),
    "auburn": (104, 56, 36),
    "blond": (178, 138, 84),
    "light_blond": (214, 184, 134),
    "grey": (148, 146, 144),
}
_IRIS_COLOURS = {
    "dark_brown": (58, 34, 20),
    "brown": (96, 58, 30),
    "hazel": (118, 92, 48),
    "green": (92, 116, 76),
    "blue": (92, 130, 168),
    "grey": (126, 140, 150),
}

_PLASTIC_STEPS = np.array([0.8191725133961645, 0.6710436067037893, 0.5497004779019703])
"""Steps of a three-dimensional Kronecker sequence of low discrepancy: powers of 1 / 1.22074."""

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Glasses:
    """Spectacles of a person.

    Attributes:
        colour: Frame, sRGB in [0, 1].
        half_width: Half the width of a lens in mm.
        half_height: Half the height of a lens in mm.
        squareness: Exponent of the superellipse of a lens; 2 is an ellipse.
        rim: Thickness of the frame in mm.
    """

    colour: Colour
    half_width: float
    half_height: float
    squareness: float
    rim: float


@dataclass(frozen=True)
class Identity:
    """The features that make a person recognizable.

    Lengths are in mm, ratios are relative to the mean head, colours are sRGB in [0, 1]. The origin of all
    positions is the midpoint between the eyes; x points to the right of the image, y down.

    Attributes:
        subject: Index of the person in the dataset.
        texture_seed: Seed of skin, brow and hair detail.
        masculinity: 0 to 1; drives brow ridge, jaw, neck and hair.
        age: Years, 18 to 75; drives wrinkles and grey hair.
        hair_style: One of `HAIR_STYLES`.
        beard: One of `BEARDS`.
        moles: (x, y, radius) each.
        glasses: Spectacles, or None for a person who wears none.
    """

    subject: int
    texture_seed: int
    masculinity: float
    age: float
    face_width: float
    jaw_width: float
    chin_width: float
    cheekbone: float
    cheek_fullness: float
    brow_ridge: float
    chin_protrusion: float
    hairline_y: float
    nose_base_y: float
    mouth_y: float
    chin_y: float
    eye_x: float
    eye_half_width: float
    eye_opening: float
    eye_tilt: float
    eye_depth: float
    lid_crease: float
    nose_half_width: float
    nose_bridge: float
    nose_protrusion: float
    nose_hump: float
    nose_tip_width: float
    mouth_half_width: float
    mouth_curve: float
    upper_lip: float
    lower_lip: float
    lip_protrusion: float
    lip_redness: float
    brow_y: float
    brow_thickness: float
    brow_arch: float
    brow_tilt: float
    brow_inner_x: float
    brow_outer_x: float
    brow_density: float
    ear_size: float
    ear_angle: float
    neck_width: float
    skin: Colour
    ruddiness: float
    freckles: float
    hair_style: str
    hair_colour: Colour
    hair_volume: float
    hair_part: float
    iris: Colour
    moles: tuple[tuple[float, float, float], ...]
    beard: str
    glasses: Glasses | None


def sample_identity(seed: int, subject: int) -> Identity:
    """Draw the person `subject` of the dataset with `seed`; the same arguments give the same person.

    Args:
        seed: Seed of the dataset, ≥ 0.
        subject: Index of the person, ≥ 0.

    Returns:
        The person, independent of how many others are drawn.
    """
    rng = np.random.default_rng(np.random.SeedSequence((seed, subject, 0)))
    # A low-discrepancy sequence over the subjects spreads the most conspicuous features evenly.
    start = np.random.default_rng(np.random.SeedSequence((seed, 0))).random(3)
    sex, tone, seniority = ((start + subject * _PLASTIC_STEPS) % 1).tolist()
    man = float(np.clip((0.12 if sex < 0.5 else 0.88) + rng.normal(0, 0.12), 0, 1))
    age = 18 + 54 * seniority

    def vary(mean: float, spread: float) -> float:
        # Uniform, not normal: few people look like the mean, and none is a caricature.
        return float(mean + 2.7 * spread * rng.uniform(-1, 1))

    long_face = vary(0, 1)
    mouth_y = 69.5 + 1.5 * long_face + vary(0, 1.3)
    beard = _sample_beard(rng, man)
    return Identity(
        subject=subject,
        texture_seed=int(rng.integers(2**32)),
        masculinity=man,
        age=age,
        face_width=vary(0.99 + 0.02 * man, 0.05),
        jaw_width=vary(0.93 + 0.12 * man, 0.085),
        chin_width=vary(0.90 + 0.2 * man, 0.18),
        cheekbone=vary(3.0 - 0.6 * man, 1.5),
        cheek_fullness=vary(0.0, 2.4),
        brow_ridge=vary(1.0 + 2.8 * man, 0.9),
        chin_protrusion=vary(2.6 + 0.8 * man, 1.6),
        hairline_y=vary(-67.0, 5.5),
        nose_base_y=mouth_y - vary(21.5 + 1.0 * man, 2.2),
        mouth_y=mouth_y,
        chin_y=mouth_y + vary(43.5 + 3.0 * man, 3.7),
        eye_x=vary(31.8, 1.8),
        eye_half_width=vary(15.4, 1.1),
        eye_opening=vary(1.06 - 0.08 * man, 0.08),
        eye_tilt=vary(1.0 - 0.8 * man, 1.1),
        eye_depth=vary(0.8 * man, 1.3),
        lid_crease=vary(3.8 - 0.8 * man, 0.9),
        nose_half_width=vary(16.6 + 1.4 * man + 2.2 * tone, 2.4),
        nose_bridge=vary(8.2 + 1.6 * man - 2.6 * tone, 1.6),
        nose_protrusion=vary(20.5 + 1.6 * man, 2.3),
        nose_hump=vary(0.6 * man, 1.1),
        nose_tip_width=vary(1.0, 0.2),
        mouth_half_width=vary(24.6 + 1.6 * man, 1.9),
        mouth_curve=vary(0.0, 0.45),
        upper_lip=vary(7.2 - 1.6 * man + 2.2 * tone, 1.2),
        lower_lip=vary(9.4 - 1.2 * man + 2.0 * tone, 1.3),
        lip_protrusion=vary(3.6 + 1.4 * tone, 0.8),
        lip_redness=vary(0.6 - 0.35 * man, 0.22),
        brow_y=vary(-21.0 + 2.6 * man, 1.6),
        brow_thickness=vary(5.2 + 3.0 * man, 1.5),
        brow_arch=vary(3.4 - 1.6 * man, 1.0),
        brow_tilt=vary(0.4, 1.1),
        brow_inner_x=vary(12.4 - 1.2 * man, 1.4),
        brow_outer_x=vary(50.5, 2.0),
        brow_density=float(rng.uniform(0.4, 1.0)),
        ear_size=vary(0.96 + 0.08 * man, 0.08),
        ear_angle=vary(24.0, 7.0),
        neck_width=vary(0.90 + 0.18 * man, 0.05),
        skin=_sample_skin(rng, tone),
        ruddiness=float(rng.uniform(0.1, 1.0) * (1 - 0.5 * tone)),
        freckles=float(rng.uniform(0.3, 1.0)) if tone < 0.4 and rng.random() < 0.25 else 0.0,
        hair_style=_sample_hair_style(rng, man, age),
        hair_colour=_sample_hair_colour(rng, tone, age),
        hair_volume=float(rng.uniform(0.6, 1.4)),
        hair_part=float(rng.uniform(-1, 1)),
        iris=_sample_iris(rng, tone),
        moles=_sample_moles(rng),
        beard=beard,
        glasses=_sample_glasses(rng),
    )


def _sample_skin(rng: np.random.Generator, tone: float) -> Colour:
    position = tone * (len(_SKIN_TONES) - 1)
    colour = [float(np.interp(position, range(len(_SKIN_TONES)), _SKIN_TONES[:, c])) for c in range(3)]
    tint = np.clip(np.array(colour) / 255 * (1 + rng.normal(0, (0.025, 0.035, 0.06))), 0.05, 0.97)
    return float(tint[0]), float(tint[1]), float(tint[2])


def _vary(rng: np.random.Generator, rgb: tuple[int, int, int], spread: float) -> Colour:
    varied = np.clip(
        np.array(rgb) / 255 * (1 + rng.normal(0, spread, 3)) * rng.uniform(0.85, 1.2), 0.02, 0.95
    )
    return float(varied[0]), float(varied[1]), float(varied[2])


def _sample_hair_colour(rng: np.random.Generator, tone: float, age: float) -> Colour:
    if age > 48 and rng.random() < (age - 40) / 30:
        return _vary(rng, _HAIR_COLOURS["grey"], 0.03)
    if tone > 0.5 and rng.random() < 0.75:
        return _vary(rng, _HAIR_COLOURS[str(rng.choice(["black", "black", "dark_brown"]))], 0.08)
    return _vary(rng, _HAIR_COLOURS[str(rng.choice(list(_HAIR_COLOURS)[:-1]))], 0.08)


def _sample_iris(rng: np.random.Generator, tone: float) -> Colour:
    names = list(_IRIS_COLOURS)[:2] if tone > 0.5 else list(_IRIS_COLOURS)
    return _vary(rng, _IRIS_COLOURS[str(rng.choice(names))], 0.08)


def _sample_hair_style(rng: np.random.Generator, man: float, age: float) -> str:
    if man > 0.5:
        bald = 0.10 + 0.25 * (age > 45)
        weights = (0.14, 0.28, 0.22, 0.08, 0.0, 0.05, 0.0, 0.12, bald)
    else:
        weights = (0.02, 0.05, 0.08, 0.15, 0.22, 0.26, 0.14, 0.12, 0.0)
    probabilities = np.array(weights) / np.sum(weights)
    return str(rng.choice(HAIR_STYLES, p=probabilities))


def _sample_beard(rng: np.random.Generator, man: float) -> str:
    if man <= 0.5:
        return "none"
    return str(rng.choice(BEARDS, p=(0.42, 0.22, 0.1, 0.1, 0.16)))


def _sample_moles(rng: np.random.Generator) -> tuple[tuple[float, float, float], ...]:
    count = int(rng.poisson(1.3))
    x, y, radius = rng.uniform(-52, 52, count), rng.uniform(-55, 100, count), rng.uniform(0.7, 1.7, count)
    return tuple(zip(x.tolist(), y.tolist(), radius.tolist(), strict=True))


def _sample_glasses(rng: np.random.Generator) -> Glasses | None:
    if rng.random() > 0.26:
        return None
    frames = ((24, 22, 24), (70, 42, 26), (120, 118, 116), (110, 24, 30), (30, 44, 84))
    colour = frames[int(rng.integers(len(frames)))]
    return Glasses(
        colour=_vary(rng, colour, 0.05),
        half_width=float(rng.uniform(22, 26)),
        half_height=float(rng.uniform(15, 20)),
        squareness=float(rng.uniform(2, 5)),
        rim=float(rng.uniform(1.2, 2.8)),
    )
