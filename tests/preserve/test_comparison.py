import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauta.measurement import range_of
from bauta.metrics.preservation_axes import PRESERVATION_AXES, PRESERVED
from bauta.preserve.comparison import (
    CORRELATIONS,
    ERRORS,
    absolute,
    agreement,
    mean_gaze,
    mean_pose,
    median,
    normalized,
    turned,
)
from bauta.preserve.head_pose import between, from_angles
from bauta.preserve.quantities import QUANTITIES

OF_DECA = {"flame_shape", "flame_expression", "jaw"}
NUMBERS = st.lists(st.floats(-5, 5), min_size=3, max_size=12)


def sums_of(x, y):
    x, y = (np.asarray(part, dtype=float).reshape(len(part), -1) for part in (x, y))
    columns = [np.ones((len(x), 1)), x, y, x**2, y**2, x * y]
    return np.concatenate(columns, axis=1).sum(axis=0, keepdims=True)


def points(shift=0.0):
    faces = np.random.default_rng(0).uniform(50, 200, (3, 68, 2))
    faces[:, 36], faces[:, 45] = (100, 100), (140, 130)
    return faces + shift


def test_shifted_points_have_the_error_of_their_shift():
    assert normalized(points(), points() + np.array([3, 4])) == pytest.approx([5 / 50] * 3)
    assert normalized(points(), points()).tolist() == [0, 0, 0]


@given(scale=st.floats(0.1, 10))
def test_the_error_of_points_does_not_depend_on_their_scale(scale):
    assert normalized(points() * scale, (points() + 2) * scale) == pytest.approx(
        normalized(points(), points() + 2)
    )


def test_angles_differ_the_short_way_round():
    assert turned(np.array([[170.0], [10]]), np.array([[-170.0], [13]])) == pytest.approx([20, 3])


def test_the_absolute_error_is_the_mean_over_the_numbers():
    assert absolute(np.array([[0.0, 1], [2, 2]]), np.array([[1.0, 4]])) == pytest.approx([2, 1.5])


def test_constants():
    assert median(np.array([[1.0], [2], [9]])).tolist() == [[2]]
    assert between(
        mean_pose(from_angles([[20, 0, 0], [-10, 0, 0]])), from_angles([[5, 0, 0]])
    ) == pytest.approx([0], abs=1e-4)
    assert mean_gaze(np.array([[20.0, 4], [-10, 4]]))[0] == pytest.approx([5, 4.1], abs=0.1)


@given(x=NUMBERS, y=NUMBERS)
def test_correlations_are_those_of_numpy(x, y):
    x, y = np.array(x[: len(y)]), np.array(y[: len(x)])
    if x.std() < 1e-2 or y.std() < 1e-2:
        return
    pearson = agreement(sums_of(x, y), concordance=False)[0]
    assert pearson == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-6)
    lin = 2 * np.cov(x, y, bias=True)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    assert agreement(sums_of(x, y), concordance=True)[0] == pytest.approx(lin, abs=1e-6)


def test_a_shift_counts_for_concordance_only():
    x = np.arange(9.0)
    assert agreement(sums_of(x, x + 5), concordance=False)[0] == pytest.approx(1)
    assert agreement(sums_of(x, x + 5), concordance=True)[0] < 0.5


def test_numbers_that_vary_no_more_count_nothing():
    x = np.column_stack([np.arange(9.0), np.arange(9.0)])
    y = np.column_stack([np.arange(9.0), np.full(9, 4.0)])
    assert agreement(sums_of(x, y), concordance=False)[0] == pytest.approx(0.5)
    assert np.isnan(agreement(sums_of(y[:, 1], x[:, 0]), concordance=False)[0])


def test_every_name_is_a_column_with_a_range():
    """All but the angles, which are parts of the pose, and what `bauta deca` alone compares."""
    flame = {name for one in ERRORS if one.quantity in OF_DECA for name in (one.name, one.kept)}
    names = {one.name for one in (*ERRORS, *CORRELATIONS)} | {one.kept for one in ERRORS}
    names -= flame
    parts = {"yaw_error", "pitch_error", "roll_error", None}
    assert names - parts == set(PRESERVED) - {"found_before", "found_after"}
    assert set(PRESERVATION_AXES) <= set(PRESERVED)
    for name in names - {None}:
        assert np.isfinite(range_of(name)).any()
        assert range_of(f"clear_truth_{name}")[0] == range_of(name)[0]
    # Attributes are counted as removed, which is no error.
    assert {one.quantity for one in ERRORS} == set(QUANTITIES) - {"celeba_attributes"}
