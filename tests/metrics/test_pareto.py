import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.measurement import Value
from bauta.metrics.choice import choose
from bauta.metrics.pareto import hypervolume, knee, pareto_set, standing

# A coarse grid makes ties and duplicates frequent.
coordinate = st.integers(0, 6).map(lambda step: step / 6)
points = st.lists(st.tuples(coordinate, coordinate), max_size=12)


def brute_force(cloud):
    def dominates(a, b):
        return a[0] >= b[0] and a[1] >= b[1] and a != b

    return [not any(dominates(other, point) for other in cloud) for point in cloud]


@settings(deadline=None, max_examples=30)
@given(points)
def test_pareto_set_equals_brute_force(cloud):
    assert pareto_set(cloud).tolist() == brute_force(cloud)


@settings(deadline=None, max_examples=30)
@given(points)
def test_hypervolume_equals_the_union_of_rectangles_counted_cell_by_cell(cloud):
    cells = sum(any(x > i / 6 and y > j / 6 for x, y in cloud) for i in range(6) for j in range(6))
    assert hypervolume(cloud) == pytest.approx(cells / 36)


@settings(deadline=None, max_examples=30)
@given(points, st.tuples(coordinate, coordinate))
def test_hypervolume_never_falls_when_a_point_is_added(cloud, extra):
    assert hypervolume([*cloud, extra]) >= hypervolume(cloud) - 1e-12


@settings(deadline=None, max_examples=30)
@given(points.filter(bool), st.randoms(use_true_random=False))
def test_knee_is_a_member_and_does_not_depend_on_the_order(cloud, random):
    index = knee(cloud)
    assert pareto_set(cloud)[index]
    shuffled = cloud.copy()
    random.shuffle(shuffled)
    assert shuffled[knee(shuffled)] == cloud[index]


def test_duplicates_stay_in_the_set_together():
    assert pareto_set([(0.5, 0.5), (0.5, 0.5), (0.5, 0.4)]).tolist() == [True, True, False]


def test_nan_neither_dominates_nor_is_a_member():
    assert pareto_set([(np.nan, 1.0), (0.2, 0.2), (1.0, np.nan)]).tolist() == [False, True, False]
    assert hypervolume([(np.nan, 1.0), (0.2, 0.5)]) == pytest.approx(0.1)


def test_hypervolume_of_a_staircase_in_closed_form():
    assert hypervolume([(1.0, 0.2), (0.5, 0.6), (0.1, 1.0)]) == pytest.approx(0.2 + 0.5 * 0.4 + 0.1 * 0.4)
    assert hypervolume([(1.0, 1.0), (0.3, 0.3)]) == 1.0


def test_knee_of_a_quarter_circle_is_at_45_degrees():
    angles = np.linspace(0, np.pi / 2, 41)
    arc = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert knee(arc) == 20


def test_knee_is_the_member_farthest_from_the_chord_of_the_extremes():
    cloud = [(0.0, 1.0), (0.6, 0.9), (0.9, 0.3), (1.0, 0.0)]
    chord = [abs(x + y - 1) / np.sqrt(2) for x, y in cloud]
    assert knee(cloud) == int(np.argmax(chord)) == 1


@pytest.mark.parametrize(
    ("cloud", "expected"),
    [
        ([], None),
        ([(np.nan, np.nan)], None),
        ([(0.2, 0.9), (0.7, 0.6)], 1),  # two members: closest to (1, 1)
        ([(0.0, 1.0), (0.45, 0.45), (1.0, 0.0)], 1),  # below the chord: closest to (1, 1)
        ([(0.3, 0.7), (0.7, 0.3)], 1),  # a tie goes to privacy
    ],
)
def test_knee_of_small_and_convex_sets(cloud, expected):
    assert knee(cloud) == expected


def test_points_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"expected points \(N, 2\), got \(2, 3\)"):
        pareto_set([[1, 2, 3], [4, 5, 6]])


def test_points_without_intervals_stand_always_or_never():
    cloud = [(0.9, 0.1), (0.5, 0.5), (0.4, 0.4), (0.1, 0.9), (np.nan, 1.0)]
    unknown = np.full((5, 2), np.nan)
    in_set, at_knee = standing(cloud, unknown, unknown, draws=20)
    assert in_set.tolist() == pareto_set(cloud).astype(float).tolist()
    assert at_knee.tolist() == [0.0, 1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(("lower", "upper"), [(0.1, 0.1), (0.02, 0.3), (0.3, 0.02)])
def test_draws_have_the_ends_of_the_interval_as_percentiles(lower, upper):
    """A fixed point beside a drawn one that beats it on the other axis stands where the draw is below it."""
    value, draws = 0.5, 4_000
    for threshold, expected in ((value - lower, 0.025), (value, 0.5), (value + upper, 0.975)):
        # With a utility just above, the fixed point is in the set exactly where the drawn privacy is lower.
        cloud = [(value, 0.5), (threshold, 0.4)]
        low, high = (
            np.array([(value - lower, 0.5), (threshold, 0.4)]),
            np.array([(value + upper, 0.5), (threshold, 0.4)]),
        )
        in_set, _ = standing(cloud, low, high, draws=draws, seed=1)
        assert in_set[1] == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / draws))
        assert in_set[0] == 1.0


def test_draws_stay_on_the_axes_and_repeat_with_the_seed():
    cloud, low, high = [(0.95, 0.5), (1.0, 0.4)], [(0.5, 0.5), (1.0, 0.4)], [(1.0, 0.5), (1.0, 0.4)]
    first, second = (standing(cloud, low, high, draws=500, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    # The drawn one reaches at most 1, where it dominates the fixed one, in the 2.5 % above its interval.
    assert first[0][1] == pytest.approx(0.975, abs=0.03)


def test_a_choice_leaves_out_what_takes_no_part():
    def value(number):
        return Value(value=number, low=number, high=number)

    pairs = [
        (value(0.9), value(0.9)),
        None,
        (value(0.5), Value.missing("no labels")),
        (value(0.95), value(0.2)),
    ]
    places, volume = choose(pairs, draws=10, seed=0)
    assert [place.pareto for place in places] == [True, False, False, True]
    assert [place.knee for place in places] == [True, False, False, False]
    assert [place.pareto_share.value for place in places] == [1.0, None, None, 1.0]
    assert places[1].knee_share.reason == "it takes no part in the Pareto set"
    assert (volume.value, volume.n) == (pytest.approx(0.9 * 0.9 + 0.05 * 0.2), 2)
    nothing, volume = choose([None], draws=10, seed=0)
    assert not nothing[0].pareto
    assert volume.value is None
