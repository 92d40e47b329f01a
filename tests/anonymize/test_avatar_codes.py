"""Which state a face is in, and where images are moved."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from bauta.anonymize.avatar.codes import LARGEST, MEASURES, CodeBook, measures
from bauta.anonymize.avatar.warp import Warp
from bauta.labels import EXPRESSIONS
from bauta.testing.samples import face_points

SIZE = 64


def book(states, seed=0):
    rng = np.random.default_rng(seed)
    return CodeBook(
        np.arange(states, dtype=np.uint8) % 7,
        rng.normal(size=(states, len(MEASURES))).astype(np.float32),
        measures(faces(50, seed)).mean(axis=0).astype(np.float32),
        measures(faces(50, seed)).std(axis=0).astype(np.float32),
        rng.uniform(0.5, 2.0, len(MEASURES)).astype(np.float32),
    )


def faces(count, seed=0):
    rng = np.random.default_rng(seed)
    return (face_points(SIZE) + rng.normal(0, 1.0, (count, 68, 2))).astype(np.float32)


@given(st.integers(0, 2**32 - 1), st.sampled_from([7, 16, 64]))
@settings(max_examples=25, deadline=None)
def test_a_state_never_stands_for_another_expression(seed, states):
    posteriors = np.random.default_rng(seed).dirichlet(np.ones(7) * 0.4, size=30).astype(np.float32)
    one = book(states)
    codes = one.codes(posteriors, faces(30, seed))
    np.testing.assert_array_equal(one.expressions[codes], posteriors.argmax(axis=1))
    np.testing.assert_array_equal(one.codes(posteriors[::-1], faces(30, seed)[::-1])[::-1], codes)


def test_it_is_the_nearest_of_its_expression():
    one, landmarks = book(64), faces(40)
    posteriors = np.random.default_rng(1).dirichlet(np.ones(7), size=40).astype(np.float32)
    scaled = np.clip((measures(landmarks) - one.centre) / one.spread, -LARGEST, LARGEST)
    away = cdist(scaled * one.weights, one.measures * one.weights)
    away[posteriors.argmax(1)[:, None] != one.expressions[None]] = np.inf
    np.testing.assert_array_equal(one.codes(posteriors, landmarks), away.argmin(axis=1))


def test_a_face_without_landmarks_has_the_mean_measures():
    one = book(64)
    posteriors = np.random.default_rng(2).dirichlet(np.ones(7), size=5).astype(np.float32)
    missing = np.full((5, 68, 2), np.nan, np.float32)
    np.testing.assert_array_equal(one.codes(posteriors, missing), one.codes(posteriors, None))


@given(st.floats(0.3, 3.0), st.floats(-0.5, 0.5), st.tuples(st.floats(-40, 40), st.floats(-40, 40)))
@settings(max_examples=30, deadline=None)
def test_measures_do_not_change_with_size_place_and_tilt(scale, angle, shift):
    face = faces(1)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = scale * face.astype(np.float64) @ turn + shift
    np.testing.assert_allclose(measures(moved), measures(face), rtol=1e-4, atol=1e-4)


def test_measures_say_what_they_are_called():
    face = face_points(SIZE)[None].astype(np.float64)
    index = {name: column for column, name in enumerate(MEASURES)}

    def change(name, points, by):
        moved = face.copy()
        moved[0, points] += by
        return (measures(moved) - measures(face))[0, index[name]]

    assert change("mouth_open", [65, 66, 67], (0, 3)) > 0
    assert change("eyes_open", [40, 41, 46, 47], (0, 2)) > 0
    assert change("mouth_width", [48], (-3, 0)) > 0
    assert change("corners_up", [48, 54], (0, -3)) > 0
    assert change("brows_up", list(range(17, 27)), (0, -3)) > 0
    assert change("yaw", [30], (3, 0)) > 0
    assert change("pitch", [30], (0, 3)) > 0


def test_a_warp_of_affine_landmarks_is_the_affine_warp():
    rng = np.random.default_rng(0)
    image = cv2.GaussianBlur(rng.uniform(0, 255, (SIZE, SIZE, 3)).astype(np.float32), (0, 0), 3)
    shape = face_points(SIZE).astype(np.float32)
    matrix = np.array([[1.05, 0.08, -3.0], [-0.06, 0.97, 2.0]])
    source = shape @ matrix[:, :2].T.astype(np.float32) + matrix[:, 2].astype(np.float32)
    warped = Warp.onto(shape, SIZE)(image, source)
    expected = cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    inside = cv2.fillConvexPoly(
        np.zeros((SIZE, SIZE), np.uint8), cv2.convexHull(np.rint(shape).astype(np.int32)), 1
    )
    inside = cv2.erode(inside, np.ones((5, 5), np.uint8)).astype(bool)
    np.testing.assert_allclose(warped[inside], expected[inside], atol=1.5)


def test_a_warp_onto_the_same_landmarks_changes_nothing():
    image = np.random.default_rng(0).uniform(0, 255, (SIZE, SIZE, 3)).astype(np.float32)
    shape = face_points(SIZE).astype(np.float32)
    np.testing.assert_allclose(Warp.onto(shape, SIZE)(image, shape), image, atol=1)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_with_seven_states_each_is_an_expression(expression):
    sure = np.eye(7, dtype=np.float32)[[EXPRESSIONS.index(expression)]]
    assert book(7).codes(sure).tolist() == [EXPRESSIONS.index(expression)]
