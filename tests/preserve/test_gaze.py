import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from bauta.preserve.gaze import CORNERS, EYE_DEPTH, EYE_RADIUS, EYES, between, directions, gaze_angles
from bauta.preserve.head_pose import FACE, from_angles


def seen(gaze, degrees, scale=9.0):
    """The 478 points of a face that looks somewhere, as a camera far away sees it."""
    rotation = Rotation.from_rotvec(from_angles([degrees])[0])
    mesh = np.zeros((1, 478, 2))
    for (left, right, iris), corners in zip(EYES, CORNERS, strict=True):
        ends = FACE[list(corners)]
        centre = ends.mean(axis=0) + np.array([0, 0, EYE_DEPTH])
        places = np.vstack([ends, centre + EYE_RADIUS * directions(np.array([gaze]))])
        mesh[0, [left, right, iris]] = scale * rotation.apply(places)[:, :2] + 128
    return mesh


@given(
    gaze=st.tuples(st.floats(-30, 30), st.floats(-20, 20)),
    degrees=st.tuples(st.floats(-25, 25), st.floats(-15, 15), st.floats(-30, 30)),
)
def test_a_known_gaze_is_found_however_the_head_is_turned(gaze, degrees):
    found = gaze_angles(seen(gaze, degrees), from_angles([degrees]))
    assert found[0] == pytest.approx(gaze, abs=0.05)


def test_angles_between_directions():
    assert between(np.array([[0, 0], [30, 0]]), np.array([[0, -12], [20, 0]])) == pytest.approx([12, 10])
    assert between(np.array([[5.3, 3.7]]), np.array([[5.3, 3.7]]))[0] == 0


def test_a_face_without_points_or_pose_looks_nowhere():
    mesh, poses = np.repeat(seen((0, 0), (0, 0, 0)), 3, axis=0), np.zeros((3, 3))
    mesh[0, 7], poses[1, 0] = np.nan, np.nan
    assert np.isnan(gaze_angles(mesh, poses)).all(axis=1).tolist() == [True, True, False]


def test_an_iris_outside_the_eye_is_at_its_edge():
    mesh = seen((0, 0), (0, 0, 0))
    mesh[0, [468, 473], 0] += 500
    assert gaze_angles(mesh, np.zeros((1, 3)))[0, 0] == pytest.approx(90)
