import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from bauta.datasets.synthfaces.camera import View
from bauta.preserve.head_pose import FACE, FOCAL_LENGTH, RIGID, angles, between, from_angles, head_poses

SIZE = 256
TURNS = st.tuples(st.floats(-45, 45), st.floats(-30, 30), st.floats(-30, 30))


def seen(degrees, *, size=SIZE, distance=110.0, focal=FOCAL_LENGTH, shift=(0.0, 0.0)):
    """The 68 points of the rigid face, turned by yaw, pitch and roll, as a pinhole camera sees them."""
    rotation = Rotation.from_rotvec(from_angles([degrees])[0])
    places = rotation.apply(FACE - FACE.mean(axis=0)) + np.array([*shift, distance])
    points = np.full((1, 68, 2), np.nan, dtype=np.float32)
    points[0] = 0.0
    points[0, RIGID] = places[:, :2] / places[:, 2:] * focal * size + (size - 1) / 2
    return points


@given(degrees=TURNS)
def test_a_face_of_known_pose_is_found(degrees):
    found = head_poses(seen(degrees), SIZE)
    assert between(found, from_angles([degrees]))[0] < 0.02
    assert angles(found)[0] == pytest.approx(degrees, abs=0.02)


@given(degrees=TURNS, distance=st.floats(60, 300), x=st.floats(-5, 5), y=st.floats(-5, 5))
def test_neither_size_nor_place_matter(degrees, distance, x, y):
    points = seen(degrees, distance=distance, shift=(x, y))
    assert between(head_poses(points, SIZE), from_angles([degrees]))[0] < 0.1


@given(degrees=TURNS)
def test_angles_are_inverted(degrees):
    assert angles(from_angles([degrees]))[0] == pytest.approx(degrees, abs=1e-6)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_an_unknown_camera_matters_little(factor):
    """The same face by a camera of half and twice the focal length, from half and twice as far."""
    points = seen((0, 0, 0), focal=factor * FOCAL_LENGTH, distance=110 * factor)
    assert between(head_poses(points, SIZE), np.zeros((1, 3)))[0] < 1


def test_the_signs_are_those_of_the_renderer():
    """Its axes are x right, y down, z towards the camera."""
    flip = np.diag([1.0, 1.0, -1.0])
    for degrees in ((20, 0, 0), (0, 10, 0), (0, 0, 15), (-17, 8, -5)):
        view = View(*degrees, height=256, width=256, scale=1.0, distance=1000.0, centre=(128.0, 128.0))
        expected = flip @ view.rotation() @ flip
        assert Rotation.from_rotvec(from_angles([degrees])[0]).as_matrix() == pytest.approx(expected)


def test_a_nose_that_points_right_is_a_positive_yaw():
    (points,) = seen((25, 0, 0))
    corners = points[[36, 45], 0].mean()
    assert points[30, 0] > corners


def test_the_angle_between_poses_is_that_of_the_rotation():
    one, other = from_angles([[0, 0, 0], [10, 0, 0]]), from_angles([[0, 0, 40], [10, 0, 5]])
    assert between(one, other) == pytest.approx([40, 5])
    assert between(one, one[:1]) == pytest.approx([0, 10])


def test_points_that_are_no_face_have_no_pose():
    points = np.concatenate([seen((0, 0, 0)), np.zeros((1, 68, 2), np.float32), seen((5, 0, 0))])
    points[2, 30] = np.nan
    assert np.isnan(head_poses(points, SIZE)).all(axis=1).tolist() == [False, True, True]
    assert head_poses(points[:0], SIZE).shape == (0, 3)
