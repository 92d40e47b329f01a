"""Differences of two measured values: closed forms, and how often the intervals hold the truth."""

import numpy as np
import pytest
from scipy import stats

from bauta.errors import DataError
from bauta.measurement import Value
from bauta.metrics.differences import Scale, independent_difference, paired_difference
from bauta.metrics.intervals import Resampling, mean_value

FEW = Resampling(400, 0)


def test_independent_means_have_the_interval_of_a_difference_of_means():
    a = Value(value=0.5, low=0.5 - 1.96 * 0.03, high=0.5 + 1.96 * 0.03, n=300)
    b = Value(value=0.6, low=0.6 - 1.96 * 0.04, high=0.6 + 1.96 * 0.04, n=200)
    found = independent_difference(a, b)
    assert (found.value, found.n) == (pytest.approx(0.1), 200)
    assert (found.low, found.high) == pytest.approx((0.1 - 1.96 * 0.05, 0.1 + 1.96 * 0.05))


def test_independent_shares_have_newcombes_interval():
    """Of 56/70 and 48/80: Newcombe, Statistics in Medicine 17, 1998, table II, method 10."""

    def wilson(hits, size):
        ends = stats.binomtest(hits, size).proportion_ci(method="wilson")
        return Value(value=hits / size, low=ends.low, high=ends.high)

    found = independent_difference(wilson(48, 80), wilson(56, 70))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_a_missing_value_gives_no_difference_and_a_missing_end_no_interval():
    known = Value(value=0.5, low=0.4, high=0.6)
    assert independent_difference(Value.missing("nobody is known"), known).reason == "A: nobody is known"
    assert independent_difference(known, Value.missing("no weights")).reason == "B: no weights"
    bare = independent_difference(known, Value(value=0.7))
    assert (bare.value, bare.low, bare.high) == (pytest.approx(0.2), None, None)


def test_many_people_in_pairs_have_the_interval_of_a_mean_of_differences():
    numbers = np.random.default_rng(0)
    a, b = numbers.random(3000), numbers.random(3000)
    b = 0.8 * a + 0.2 * b
    found = paired_difference(a, b, np.ones(3000), Resampling(4000, 1))
    half = 1.96 * (b - a).std() / np.sqrt(3000)
    assert found.value == pytest.approx((b - a).mean())
    assert found.low == pytest.approx(found.value - half, abs=0.35 * half)
    assert found.high == pytest.approx(found.value + half, abs=0.35 * half)
    assert found.low <= found.value - 0.95 * half
    assert found.high >= found.value + 0.95 * half


@pytest.mark.parametrize(("people", "shift"), [(25, 0.0), (60, 0.6)])
def test_about_95_percent_of_paired_intervals_hold_the_truth_and_they_are_shorter(people, shift):
    """People are easy or hard in both runs, and B adds a shift on the logit.

    Of 1,200 trials each with 25 to 200 people, 94 to 95 % held the truth, and all but 0.3 % of the intervals
    that are not paired, which were 1.6 times as long.
    """

    def named(hard):
        return 1 / (1 + np.exp(-hard))

    numbers, held, widths, probes = np.random.default_rng(people), [], [], 4
    many = 1.5 * numbers.normal(size=400_000)
    truth = float((named(many + shift) - named(many)).mean())
    for trial in range(300):
        hard = 1.5 * numbers.normal(size=people)
        a, b = (numbers.binomial(probes, named(hard + more)) for more in (0.0, shift))
        found = paired_difference(a, b, np.full(people, probes), Resampling(300, trial))
        held.append(found.low <= truth <= found.high)
        apart = independent_difference(*(
            mean_value(hits / probes, np.arange(people), Resampling(300, trial), proportion=True)
            for hits in (a, b)
        ))  # fmt: skip
        widths.append((found.high - found.low) / (apart.high - apart.low))
    assert 0.915 <= np.mean(held) <= 0.985
    assert np.mean(widths) < 0.75


def test_people_count_by_their_probes():
    found = paired_difference([1, 0], [1, 3], [1, 3], FEW)
    assert found.value == pytest.approx(3 / 4)
    assert found.n == 4


def test_an_axis_turns_and_clips_the_difference():
    a, b, probes = np.array([2.0, 4, 3, 4] * 10), np.array([0.0, 1, 0, 1] * 10), np.full(40, 4.0)
    shares = paired_difference(a, b, probes, FEW)
    turned = paired_difference(a, b, probes, FEW, Scale(worst=1.0, best=0.0))
    assert (turned.value, turned.low, turned.high) == pytest.approx(
        (-shares.value, -shares.high, -shares.low), abs=1e-9
    )
    clipped = paired_difference(a, b, probes, FEW, Scale(worst=1.0, best=0.5))
    assert clipped.value == pytest.approx(1 - (1 - 13 / 16) / 0.5)
    assert clipped.low <= clipped.value <= clipped.high <= 1.0


def test_equal_outcomes_still_have_an_interval_with_a_width():
    found = paired_difference(np.ones(20), np.ones(20), np.ones(20), FEW)
    assert found.value == 0.0
    assert found.low < -0.05 < 0.05 < found.high


def test_one_person_has_no_interval_and_nobody_no_difference():
    assert paired_difference([1], [0], [2], FEW).low is None
    assert paired_difference([], [], [], FEW).reason == "there are no probes"


@pytest.mark.parametrize(("a", "b"), [([1, 1], [1]), ([2, 1], [1, 1])])
def test_outcomes_that_do_not_fit_are_refused(a, b):
    with pytest.raises(DataError, match="expected"):
        paired_difference(a, b, [1, 1], FEW)
