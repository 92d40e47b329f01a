"""Expressions as FACS action units.

The prototypes follow EMFACS (Friesen and Ekman, 1983; also Table 1 of Lucey et al., "The Extended Cohn-Kanade
Dataset", CVPR-W 2010): happy is 6+12, sad 1+4+15, and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bauta.errors import ConfigError
from bauta.labels import EXPRESSIONS

PROTOTYPES: Mapping[str, Mapping[int, float]] = {
    "angry": {4: 1.0, 5: 0.35, 7: 0.7, 23: 0.9, 24: 0.7, 17: 0.4},
    "disgust": {9: 0.95, 10: 0.7, 16: 0.3, 15: 0.3, 4: 0.35, 7: 0.4, 25: 0.2},
    "fear": {1: 1.0, 2: 0.5, 4: 0.55, 5: 0.85, 20: 0.85, 25: 0.7, 26: 0.1},
    "happy": {6: 1.0, 12: 1.1, 25: 1.0},
    "sad": {1: 1.0, 4: 0.55, 15: 1.0, 17: 0.6, 43: 0.35},
    "surprise": {1: 1.0, 2: 1.0, 5: 0.9, 25: 0.5, 26: 1.0},
    "neutral": {},
}
"""Action units of each expression at full intensity; 43 is the closing of the lids."""

ACTION_UNITS: tuple[int, ...] = tuple(sorted({unit for units in PROTOTYPES.values() for unit in units}))
"""All action units in use."""

NEUTRAL_IMAGES = 2
"""Images 0 and 1 of each subject are neutral."""


@dataclass(frozen=True)
class Activation:
    """The contraction of each action unit in one picture.

    Attributes:
        units: Action unit → contraction, 0 is relaxed and 1 the strongest.
        asymmetry: −1 to 1; contraction is stronger by that share on the right side of the image.
    """

    units: Mapping[int, float]
    asymmetry: float = 0.0

    def __getitem__(self, unit: int) -> float:
        return self.units.get(unit, 0.0)


def activate(expression: str, intensity: float, rng: np.random.Generator) -> Activation:
    """Contract the action units of an expression with the jitter of natural faces.

    Args:
        expression: One of `bauta.labels.EXPRESSIONS`.
        intensity: 0 to 1, scales all units of the prototype.
        rng: Source of the jitter.

    Returns:
        The activation; units outside the prototype get up to 0.05.

    Raises:
        ConfigError: the expression is unknown or the intensity outside [0, 1].
    """
    if expression not in PROTOTYPES:
        raise ConfigError(f"expected an expression among {', '.join(EXPRESSIONS)}, got {expression!r}")
    if not 0 <= intensity <= 1:
        raise ConfigError(f"expected an intensity in [0, 1], got {intensity} for {expression}")
    prototype = PROTOTYPES[expression]
    units = {}
    for unit in ACTION_UNITS:
        idle = 0.05 * rng.random() if unit not in (25, 26) else 0.0
        target = prototype.get(unit, 0.0) * intensity * (1 + 0.15 * rng.uniform(-1, 1))
        units[unit] = float(max(idle, target))
    return Activation(units, asymmetry=float(np.clip(rng.normal(0, 0.08), -0.2, 0.2)))


def schedule(subject_rng: np.random.Generator, images: int) -> list[tuple[str, float]]:
    """Draw the expression and intensity of every image of a subject.

    The first two images are neutral. The rest cycles through the six other expressions, so that the multiset
    of expressions depends on `images` alone and is the same for all subjects; only order and intensity vary.

    Args:
        subject_rng: Generator of the subject.
        images: Number of images, ≥ 1.

    Returns:
        (expression, intensity) for each image; the intensity is 0 for neutral and 0.6 to 1 otherwise.
    """
    emotions = [name for name in EXPRESSIONS if name != "neutral"]
    count = max(0, images - NEUTRAL_IMAGES)
    multiset = [emotions[i % len(emotions)] for i in range(count)]
    shuffled = [multiset[i] for i in subject_rng.permutation(count)]
    emotional = [(name, float(subject_rng.uniform(0.6, 1.0))) for name in shuffled]
    return [("neutral", 0.0)] * min(images, NEUTRAL_IMAGES) + emotional
