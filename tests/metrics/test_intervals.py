import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bauta.metrics.intervals import (
    BLOCK_ELEMENTS,
    Resampling,
    bootstrap,
    clopper_pearson,
    mean_value,
    percentile_interval,
    ratio_value,
)


def ratio(sums: np.ndarray) -> np.ndarray:
    return sums[:, 0] / sums[:, 1]


def test_agrees_with_scipy_bootstrap_of_subject_means():
    data = np.random.default_rng(1).gamma(2.0, size=40)
    ours = mean_value(data, np.arange(40), Resampling(replicates=20_000, seed=3))
    theirs = stats.bootstrap(
        (data,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(4)
    ).confidence_interval
    assert ours.value == pytest.approx(data.mean())
    assert ours.low == pytest.approx(theirs.low, abs=0.01)
    assert ours.high == pytest.approx(theirs.high, abs=0.01)


def test_resamples_subjects_and_not_images():
    per_subject = np.random.default_rng(0).random(20)
    once = mean_value(per_subject, np.arange(20), Resampling())
    copied = mean_value(np.repeat(per_subject, 50), np.repeat(np.arange(20), 50), Resampling())
    assert copied.n == 1000
    assert (copied.low, copied.high) == pytest.approx((once.low, once.high))


def test_same_seed_same_interval_other_seed_another():
    data, subjects = np.random.default_rng(0).random(30), np.arange(30)
    first, again, other = (mean_value(data, subjects, Resampling(200, seed)) for seed in (5, 5, 6))
    assert first == again
    assert (first.low, first.high) != (other.low, other.high)


def test_blocks_of_replicates_do_not_change_the_draws():
    rng = np.random.default_rng(0)
    few = rng.random((6, 2)) + 1
    wide = np.zeros((6, BLOCK_ELEMENTS // 7))
    wide[:, :2] = few
    assert bootstrap(wide, ratio, Resampling(30, 1)) == pytest.approx(
        bootstrap(few, ratio, Resampling(30, 1))
    )


def test_interval_of_a_proportion_covers_what_it_promises():
    """The plain percentile interval covers about 80 % here: many samples hold no rare event."""
    rng = np.random.default_rng(0)
    truth, images, subjects, trials = 0.98, 5, 32, 200
    covered = 0
    for trial in range(trials):
        hits = rng.binomial(images, rng.beta(19 * truth, 19 * (1 - truth), size=subjects))
        value = ratio_value(hits, np.full(subjects, images), Resampling(300, trial), proportion=True)
        covered += value.low <= truth <= value.high
    assert covered / trials >= 0.93


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_full_agreement_gives_the_exact_interval_of_the_subjects(share):
    """Closed form: with K of K the lower end is (α/2)^(1/K)."""
    value = mean_value(np.full(120, share), np.repeat(np.arange(12), 10), Resampling(), proportion=True)
    inner = 0.025 ** (1 / 12)
    assert value.value == share
    assert (value.low, value.high) == pytest.approx((inner, 1.0) if share else (0.0, 1 - inner))


@pytest.mark.parametrize(("hits", "size"), [(0, 7), (3, 9), (20, 20), (1, 400)])
def test_clopper_pearson_agrees_with_scipy(hits, size):
    expected = stats.binomtest(hits, size).proportion_ci(method="exact")
    assert clopper_pearson(hits / size, size) == pytest.approx((expected.low, expected.high))


def test_mean_of_equal_observations_is_exactly_their_value():
    for count in (3, 7, 49, 1001):
        assert (
            mean_value(np.full(count, 1 / 49), np.arange(count), Resampling(10), proportion=True).value
            == 1 / 49
        )


def test_one_subject_has_no_interval():
    value = mean_value([0.25, 0.75], ["s1", "s1"], Resampling(), proportion=True)
    assert (value.value, value.low, value.high) == (0.5, None, None)


def test_constant_statistic_that_is_no_proportion_has_no_interval():
    value = mean_value([3.0, 3.0, 3.0], [1, 2, 3], Resampling())
    assert (value.value, value.low, value.high) == (3.0, None, None)


def test_nothing_observed_is_missing_with_the_reason():
    assert mean_value([], [], Resampling(), reason="no faces").reason == "no faces"
    empty = ratio_value([0.0], [0.0], Resampling(), reason="no pairs")
    assert empty.value is None
    assert empty.reason == "no pairs"


def test_replicates_that_are_often_undefined_give_no_interval():
    replicates = np.linspace(0, 1, 100)
    replicates[:6] = np.nan
    assert percentile_interval(0.5, replicates, units=10) == (None, None)
    replicates[:4] = 0.5
    assert percentile_interval(0.5, replicates, units=10)[0] is not None


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 10), st.integers(1, 10)), min_size=2, max_size=12),
    st.integers(0, 2**31),
)
def test_proportion_interval_holds_the_value_and_stays_within_bounds(counts, seed):
    hits, totals = np.array([(min(h, n), n) for h, n in counts]).T
    value = ratio_value(hits, totals, Resampling(200, seed), proportion=True)
    assert 0 <= value.low <= value.value + 1e-9
    assert value.value - 1e-9 <= value.high <= 1
    assert value.high > value.low
    assert value.n == totals.sum()
