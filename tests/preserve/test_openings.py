import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauta.preserve.openings import openings


def face(eye=0.3, mouth=0.5):
    """68 points with eyes 10 wide and 10·eye high, and inner lips 20 wide and 20·mouth high."""
    points = np.zeros((68, 2))
    for first, x in ((36, 0.0), (42, 40.0)):
        lid = 10 * eye / 2
        points[first : first + 6] = [
            (x, 0), (x + 3, -lid), (x + 7, -lid), (x + 10, 0), (x + 7, lid), (x + 3, lid)
        ]  # fmt: skip
    lip = 20 * mouth / 2
    points[60:68] = [
        (15, 50), (20, 50 - lip), (25, 50 - lip), (30, 50 - lip),
        (35, 50), (30, 50 + lip), (25, 50 + lip), (20, 50 + lip),
    ]  # fmt: skip
    return points[None]


@given(eye=st.floats(0, 1), mouth=st.floats(0, 2))
def test_known_openings_are_found(eye, mouth):
    assert openings(face(eye, mouth))[0] == pytest.approx([eye, mouth], abs=1e-9)


@given(angle=st.floats(-3, 3), scale=st.floats(0.1, 10), x=st.floats(-99, 99))
def test_a_similarity_changes_nothing(angle, scale, x):
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert openings(face() @ turn.T + x)[0] == pytest.approx([0.3, 0.5])


def test_both_eyes_are_averaged():
    points = np.where(np.arange(68)[None, :, None] < 42, face(eye=0.1), face(eye=0.5))
    assert openings(points)[0, 0] == pytest.approx(0.3)


def test_points_that_are_no_face_have_none():
    assert np.isnan(openings(np.zeros((1, 68, 2)))).all()
    assert np.isnan(openings(np.full((1, 68, 2), np.nan))).all()
    assert openings(np.zeros((0, 68, 2))).shape == (0, 2)
