"""The look `rendered`: the project's renderer draws one person in each state."""

from dataclasses import replace
from functools import cache

import numpy as np

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.anonymize.avatar.codes import MEASURES, CodeBook
from bauta.contract import CropContract
from bauta.datasets.synthfaces.expression import ACTION_UNITS, PROTOTYPES, Activation
from bauta.datasets.synthfaces.identity import sample_identity
from bauta.datasets.synthfaces.render import render_moment
from bauta.datasets.synthfaces.scene import Model, build_model, sample_moment
from bauta.labels import EXPRESSIONS
from bauta.landmarks.ibug import five_points
from bauta.protocols import Images

SEED, PERSON, PICTURE = 20_130_001, 2, 2
"""Who is rendered, with which light and background."""

CANVAS = 600
"""Side of the picture from which the crop is taken, in pixels; it shows more than the crop does."""

HELD = {"mouth_open": (26, 0.22), "eyes_open": (43, -0.25), "brows_up": (2, 0.2)}
"""Measure → the action unit that it moves, and by how much a standard deviation does."""

TURNED = {"yaw": 7.0, "pitch": 4.0}
"""Degrees that a standard deviation of a measure turns the head."""


def render_state(book: CodeBook, code: int, contract: CropContract) -> Images:
    """Render a state.

    The measures move eyes, mouth and brows beyond the action units of the expression, and turn the head.

    Args:
        book: The states.
        code: The state, in [0, K).
        contract: Geometry of the crop.

    Returns:
        uint8 (size, size, 3) RGB.
    """
    model = _model()
    rng = np.random.default_rng((SEED, PICTURE))
    moment = sample_moment(model.identity, "neutral", 0.0, rng)
    measured = dict(zip(MEASURES, book.measures[code].tolist(), strict=True))
    turned = {axis: degrees * measured[axis] for axis, degrees in TURNED.items()}
    middle = (CANVAS / 2, CANVAS / 2)
    posed = replace(moment.view, roll=0.0, height=CANVAS, width=CANVAS, centre=middle, **turned)
    moment = replace(moment, activation=_activation(book, code, measured), view=posed, gaze=np.zeros(2))
    image, _, points = render_moment(model, moment, rng)
    return warp_crop(image, fit_similarity(five_points(points), contract.template()), contract.size)


def _activation(book: CodeBook, code: int, measured: dict[str, float]) -> Activation:
    units = {**dict.fromkeys(ACTION_UNITS, 0.0), **PROTOTYPES[EXPRESSIONS[book.expressions[code]]]}
    for name, (unit, step) in HELD.items():
        units[unit] = float(np.clip(units[unit] + step * measured[name], 0.0, 1.0))
    return Activation(units)


@cache
def _model() -> Model:
    """The person, whose parts take a second to build."""
    return build_model(sample_identity(SEED, PERSON))
