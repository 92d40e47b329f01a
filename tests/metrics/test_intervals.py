import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bauta.errors import DataError
from bauta.metrics.intervals import (
    BLOCK_ELEMENTS,
    Resampling,
    bootstrap,
    both_sides,
    clopper_pearson,
    difference_value,
    max_value,
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


def test_both_sides_count_a_pair_as_often_as_both_units_are_drawn_less_one():
    table = np.random.default_rng(0).random((7, 7)) * (1 - np.eye(7))
    drawn = np.array([3, 0, 1, 0, 2, 1, 0])
    expected = (table * (drawn[:, None] + drawn[None] - 1)).sum()
    sums = both_sides(table.sum(axis=1)[:, None], table.sum(axis=0)[:, None])
    assert drawn @ sums == pytest.approx(expected)
    assert sums.sum() == pytest.approx(table.sum())


def test_both_sides_have_the_variance_of_a_mean_over_pairs():
    """Closed form: the mean of a_i + b_j over pairs of n units has the variance of a + b, over n."""
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 200))
    table = (first[:, None] + second) * (1 - np.eye(200))
    sums = both_sides(table.sum(axis=1)[:, None], table.sum(axis=0)[:, None])
    spread = bootstrap(sums, lambda total: total[:, 0] / (200 * 199), Resampling(20_000)).std()
    assert spread == pytest.approx((first + second).std() / np.sqrt(200), rel=0.03)
    one_side = bootstrap(
        table.sum(axis=1)[:, None], lambda total: total[:, 0] / (200 * 199), Resampling(20_000)
    )
    assert one_side.std() == pytest.approx(first.std() / np.sqrt(200), rel=0.03)


@pytest.mark.parametrize("attacks", [1, 8])
def test_the_band_of_independent_attacks_is_that_of_the_normal_maximum(attacks):
    """Closed form: the 95 % quantile of the greatest of A independent normal deviates."""
    rng = np.random.default_rng(0)
    equals = {str(index): rng.permutation(np.repeat([0.0, 1.0], 2000)) for index in range(attacks)}
    value = max_value(equals, np.arange(4000), Resampling(10_000))
    deviate = stats.norm.ppf(0.95 ** (1 / attacks)) * 0.5 / np.sqrt(4000)
    assert (value.value, value.n) == (0.5, 4000)
    assert value.high - value.value == pytest.approx(deviate, rel=0.05)
    assert value.low < value.value


def test_the_same_attack_twice_has_the_band_of_one():
    credit = np.random.default_rng(0).random(100)
    once = max_value({"a": credit}, np.arange(100) // 2, Resampling())
    twice = max_value({"a": credit, "b": credit}, np.arange(100) // 2, Resampling())
    assert once == twice
    assert once.value == pytest.approx(credit.mean())


def test_the_band_of_the_luckiest_of_equal_attacks_holds_the_truth():
    """Eight equal attacks on the same people: the interval of the luckiest is too high."""
    rng, truth, held, own = np.random.default_rng(0), 0.3, 0, 0
    for trial in range(300):
        skill = np.repeat(rng.beta(3, 7, 60), 3)
        attacks = {name: (rng.random(180) < skill).astype(float) for name in "abcdefgh"}
        value = max_value(attacks, np.repeat(np.arange(60), 3), Resampling(300, trial))
        luckiest = max(attacks.values(), key=np.mean)
        alone = mean_value(luckiest, np.repeat(np.arange(60), 3), Resampling(300, trial), proportion=True)
        assert value.value == pytest.approx(alone.value)
        held += value.low <= truth <= value.high
        own += alone.low <= truth <= alone.high
    assert held / 300 >= 0.93
    assert own / 300 < 0.9


def test_the_maximum_of_nothing_is_missing_and_of_certain_attacks_not_certain():
    assert max_value({}, ["a"], Resampling()).reason == "no attacks"
    assert max_value({"a": []}, [], Resampling()).reason == "no observations"
    none = max_value({"a": np.zeros(40), "b": np.zeros(40)}, np.arange(40), Resampling(100))
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(1 - 0.05 ** (1 / 40)), "the rule of three: 3/40"
    every = max_value({"a": np.ones(40), "b": np.zeros(40)}, np.arange(40), Resampling(100))
    assert (every.value, every.high) == (1.0, 1.0)
    assert every.low == pytest.approx(0.025 ** (1 / 40))
    one = max_value({"a": [0.2, 0.4]}, ["s", "s"], Resampling(100))
    assert (one.low, one.high) == (None, None)


def test_credits_that_are_missing_or_none_are_refused():
    with pytest.raises(
        DataError, match=r"credit 'b': expected 2 numbers from 0 to 1.* and 1 NaN; fill failures"
    ):
        max_value({"a": [0, 1], "b": [0, np.nan]}, [1, 2], Resampling())
    with pytest.raises(DataError, match=r"credit 'b': expected 2 numbers .* got the shape \(3,\)"):
        difference_value([0, 1], [0, 1, 1], [1, 2], Resampling())


def test_difference_agrees_with_scipy_bootstrap_of_paired_means():
    rng = np.random.default_rng(2)
    first, second = rng.random((2, 60)) * [[1.0], [0.6]]
    ours = difference_value(first, second, np.arange(60), Resampling(20_000, 1))
    theirs = stats.bootstrap(
        (first - second,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(4)
    ).confidence_interval
    assert ours.value == pytest.approx((first - second).mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.035)
    assert ours.low <= theirs.low + 0.003
    assert ours.high >= theirs.high - 0.003
    turned = difference_value(second, first, np.arange(60), Resampling(20_000, 1))
    assert (turned.low, turned.high) == pytest.approx((-ours.high, -ours.low))


def test_what_two_settings_have_in_common_cancels():
    """The people differ much, the settings by 0.05 for each of them."""
    skill = np.random.default_rng(0).random(200) * 0.9
    paired = difference_value(skill + 0.05, skill, np.arange(200), Resampling(500))
    alone = mean_value(skill, np.arange(200), Resampling(500), proportion=True)
    assert paired.low > 0
    assert paired.high - paired.low < (alone.high - alone.low) * 1.2


@pytest.mark.parametrize(("changed", "differs"), [(0, False), (4, False), (8, True)])
def test_few_people_that_changed_prove_little(changed, differs):
    """Sign test: 4 of 4 changes in one direction have p = 0.125, 8 of 8 have p = 0.008."""
    before = np.repeat([0.0, 1.0], 50)
    after = before.copy()
    after[:changed] = 1.0
    found = difference_value(after, before, np.arange(100), Resampling())
    assert found.value == pytest.approx(changed / 100)
    assert (found.low > 0) == differs
    assert found.high > found.value


def test_difference_of_all_people_reaches_its_bound():
    found = difference_value(np.ones(50), np.zeros(50), np.arange(50), Resampling(100))
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.85 < found.low < 1.0
    assert difference_value([], [], [], Resampling()).reason == "no observations"
    assert difference_value([1.0, 0.5], [0.0, 0.5], ["s", "s"], Resampling()).low is None


@pytest.mark.parametrize("truth", [0.0, 0.1])
def test_interval_of_a_difference_covers_what_it_promises(truth):
    rng, held = np.random.default_rng(0), 0
    for trial in range(300):
        skill = np.repeat(rng.beta(2, 4, 60), 3)
        first, second = ((rng.random(180) < skill * factor).astype(float) for factor in (1.0, 1 - 3 * truth))
        found = difference_value(first, second, np.repeat(np.arange(60), 3), Resampling(300, trial))
        held += found.low <= truth <= found.high
    assert 0.93 <= held / 300 <= 1.0
