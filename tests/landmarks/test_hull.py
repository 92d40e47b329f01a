import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull
from skimage.draw import polygon2mask

from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.landmarks.hull import face_hull, face_outline, fill_polygon

SIZE = 256


def frontal_face() -> np.ndarray:
    """68 points of a schematic frontal face: x = 128 is its axis, the brows lie at y = 100."""
    jaw_angles = np.linspace(np.pi, 0, 17)
    jaw = np.stack([128 + 60 * np.cos(jaw_angles), 120 + 95 * np.sin(jaw_angles)], axis=1)
    brow_x = np.linspace(0, 40, 5)
    left_brow = np.stack([75 + brow_x, np.full(5, 100.0)], axis=1)
    right_brow = np.stack([141 + brow_x, np.full(5, 100.0)], axis=1)
    bridge = np.stack([np.full(4, 128.0), np.linspace(118, 150, 4)], axis=1)
    nostrils = np.stack([np.linspace(114, 142, 5), np.full(5, 160.0)], axis=1)
    eye = np.array([[-14, 0], [-5, -6], [5, -6], [14, 0], [5, 6], [-5, 6]])
    mouth_angles = -np.pi + np.arange(12) * np.pi / 6
    lips = np.stack([128 + 26 * np.cos(mouth_angles), 182 + 12 * np.sin(mouth_angles)], axis=1)
    inner_angles = -np.pi + np.arange(8) * np.pi / 4
    inner = np.stack([128 + 20 * np.cos(inner_angles), 182 + 5 * np.sin(inner_angles)], axis=1)
    parts = [
        jaw,
        left_brow,
        right_brow,
        bridge,
        nostrils,
        eye + np.array([95, 120]),
        eye + np.array([161, 120]),
        lips,
        inner,
    ]
    return np.concatenate(parts).astype(np.float32)


FACE = frontal_face()


def test_contains_every_landmark_and_most_of_the_forehead():
    mask = face_hull(FACE, SIZE)
    assert mask.shape == (SIZE, SIZE)
    assert mask.dtype == np.uint8
    assert set(np.unique(mask)) == {0, 1}
    for x, y in FACE:
        assert mask[
            round(float(y)) - 1 : round(float(y)) + 2, round(float(x)) - 1 : round(float(x)) + 2
        ].any()
    brow_to_nose = 60
    top = np.flatnonzero(mask[:, 128])[0]
    assert 0.5 * brow_to_nose < 100 - top < 1.0 * brow_to_nose


def test_is_convex_and_agrees_with_scipy_and_scikit_image():
    outline = face_outline(FACE)
    assert len(ConvexHull(outline).vertices) == len(outline)
    reference = polygon2mask((SIZE, SIZE), outline[:, ::-1])
    assert np.mean(face_hull(FACE, SIZE) != reference) < 0.01


@settings(deadline=None, max_examples=20)
@given(st.floats(0.0, 0.3), st.floats(0.0, 0.3))
def test_expansion_grows_the_mask(first, second):
    small, large = sorted((first, second))
    inner, outer = face_hull(FACE, SIZE, small), face_hull(FACE, SIZE, large)
    one_pixel_wider = cv2.dilate(outer, np.ones((3, 3), dtype=np.uint8))
    assert not (inner > one_pixel_wider).any()
    centre = face_outline(FACE).mean(axis=0)
    np.testing.assert_allclose(
        face_outline(FACE, large) - centre, (face_outline(FACE) - centre) * (1 + large), atol=1e-3
    )


def test_forehead_follows_a_rolled_head():
    angle = np.deg2rad(30)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rolled = (FACE - 128) @ rotation.T + 128
    expected = (face_outline(FACE) - 128) @ rotation.T + 128
    reference = polygon2mask((SIZE, SIZE), expected[:, ::-1])
    assert np.mean(face_hull(rolled, SIZE) != reference) < 0.01


def test_contract_scale_is_free():
    small = CropContract(size=128)
    half = (FACE + 0.5) / 2 - 0.5
    ratio = face_hull(half, small.size).sum() / face_hull(FACE, SIZE).sum()
    assert ratio == pytest.approx(0.25, rel=0.03)


@pytest.mark.parametrize("points", [np.full((68, 2), np.nan), np.zeros((67, 2)), np.zeros((5, 2))])
def test_faces_without_landmarks_are_refused(points):
    with pytest.raises(DataError, match="68 finite landmarks"):
        face_hull(points, SIZE)


def test_polygons_beyond_the_canvas_are_clipped():
    canvas = fill_polygon(
        np.zeros((8, 8), dtype=np.uint8), np.array([[-9, -9], [30, -9], [30, 30], [-9, 30]]), 7
    )
    assert (canvas == 7).all()
