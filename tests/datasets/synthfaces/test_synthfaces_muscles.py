from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from bauta.datasets.synthfaces.camera import View
from bauta.datasets.synthfaces.expression import PROTOTYPES, Activation
from bauta.datasets.synthfaces.head import build_head, hug_eyes, surface_normals
from bauta.datasets.synthfaces.identity import sample_identity
from bauta.datasets.synthfaces.landmarks import landmark_points
from bauta.datasets.synthfaces.muscles import displace

FRONTAL = View(0.0, 0.0, 0.0, 400, 400, 1.0, 1e6, (200.0, 150.0))
"""One pixel for each mm, without perspective."""


@cache
def points_of(subject: int, expression: str) -> NDArray[np.float32]:
    person = sample_identity(2, subject)
    grid = build_head(person)
    moved = hug_eyes(person, displace(person, grid, Activation(PROTOTYPES[expression])))
    return landmark_points(person, grid, moved, FRONTAL)


def mouth_width(p: NDArray) -> float:
    return float(p[54, 0] - p[48, 0])


def mouth_opening(p: NDArray) -> float:
    return float(p[66, 1] - p[62, 1])


def corner_rise(p: NDArray) -> float:
    return float(p[[62, 66], 1].mean() - p[[48, 54], 1].mean())


def corner_height(p: NDArray) -> float:
    return float(-p[[48, 54], 1].mean())


def inner_brow(p: NDArray) -> float:
    return float(-p[[21, 22], 1].mean())


def outer_brow(p: NDArray) -> float:
    return float(-p[[17, 26], 1].mean())


def brow_gap(p: NDArray) -> float:
    return float(p[22, 0] - p[21, 0])


def eye_opening(p: NDArray) -> float:
    return float((p[[41, 40, 47, 46], 1] - p[[37, 38, 43, 44], 1]).mean())


def upper_lip(p: NDArray) -> float:
    return float(-p[[50, 51, 52], 1].mean())


def lip_thickness(p: NDArray) -> float:
    return float(p[57, 1] - p[51, 1] - mouth_opening(p))


def chin(p: NDArray) -> float:
    return float(p[8, 1])


def nose_wings(p: NDArray) -> float:
    return float(-p[[31, 35], 1].mean())


CHANGES: list[tuple[str, Callable[[NDArray], float], int]] = [
    ("happy", corner_height, 1),
    ("happy", mouth_width, 1),
    ("happy", corner_rise, 1),
    ("sad", corner_rise, -1),
    ("sad", inner_brow, 1),
    ("surprise", inner_brow, 1),
    ("surprise", outer_brow, 1),
    ("surprise", mouth_opening, 1),
    ("surprise", eye_opening, 1),
    ("surprise", chin, 1),
    ("fear", eye_opening, 1),
    ("fear", mouth_width, 1),
    ("fear", inner_brow, 1),
    ("fear", mouth_opening, 1),
    ("angry", inner_brow, -1),
    ("angry", brow_gap, -1),
    ("angry", eye_opening, -1),
    ("angry", lip_thickness, -1),
    ("disgust", nose_wings, 1),
    ("disgust", upper_lip, 1),
    ("disgust", inner_brow, -1),
]


@pytest.mark.parametrize(("expression", "measure", "sign"), CHANGES)
def test_expression_moves_what_its_units_say(
    expression: str, measure: Callable[[NDArray], float], sign: int
) -> None:
    for subject in (0, 1):
        change = measure(points_of(subject, expression)) - measure(points_of(subject, "neutral"))
        assert sign * change > 1.0, f"{measure.__name__} changed by {change:.1f} mm for subject {subject}"


def test_relaxed_head_has_closed_lips_and_outward_normals() -> None:
    person = sample_identity(2, 0)
    grid = build_head(person)
    still = displace(person, grid, Activation({}))
    np.testing.assert_allclose(still[grid.seam, :, 1], still[grid.seam + 1, :, 1], atol=1e-9)
    normals = surface_normals(grid, still)
    np.testing.assert_allclose(np.linalg.norm(normals[1:-1], axis=-1), 1, atol=1e-6)
    front = np.abs(grid.angles) < np.radians(40)
    assert (normals[20:-15][:, front, 2] > -0.2).mean() > 0.99


def test_lips_stay_joined_at_the_corners() -> None:
    person = sample_identity(2, 0)
    grid = build_head(person)
    open_mouth = displace(person, grid, Activation(PROTOTYPES["surprise"]))
    gap = open_mouth[grid.seam + 1, :, 1] - open_mouth[grid.seam, :, 1]
    outside = np.abs(grid.plane[grid.seam, :, 0]) > person.mouth_half_width * 1.1
    assert np.abs(gap[outside]).max() < 1e-6
    assert gap.max() > 15
