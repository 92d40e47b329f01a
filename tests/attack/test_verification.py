import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import interp1d
from scipy.optimize import brentq
from sklearn.metrics import roc_auc_score, roc_curve

from bauta.attack.histograms import BINS, ScoreHistograms, bin_of
from bauta.attack.verification import (
    FARS,
    merge_pure_runs,
    resolves,
    roc_statistics,
    verification_values,
)
from bauta.metrics.intervals import Resampling

FEW = Resampling(100, 0)


def histograms_of(genuine, impostor, clusters=1):
    """Pairs dealt to the clusters in turn."""
    counts = []
    for scores in (genuine, impostor):
        rows = [np.bincount(bin_of(scores[c::clusters]), minlength=BINS) for c in range(clusters)]
        counts.append(np.stack(rows))
    return ScoreHistograms(*counts)


def random_scores(seed, genuine=300, impostor=4000):
    rng = np.random.default_rng(seed)
    return np.tanh(rng.normal(0.4, 0.3, genuine)), np.tanh(rng.normal(0.0, 0.25, impostor))


def test_agrees_with_scikit_learn_on_the_same_quantised_scores():
    genuine, impostor = random_scores(0)
    got = verification_values(histograms_of(genuine, impostor, 5), FEW)
    truth = np.repeat([1, 0], [len(genuine), len(impostor)])
    quantised = bin_of(np.concatenate([genuine, impostor]))
    far, tar, _ = roc_curve(truth, quantised, drop_intermediate=False)
    assert got["auc"].value == pytest.approx(roc_auc_score(truth, quantised))
    assert got["eer"].value == pytest.approx(brentq(lambda x: 1 - x - interp1d(far, tar)(x), 0, 1), abs=1e-9)
    for name in ("1e-1", "1e-2"):
        assert got[f"tar_at_far_{name}"].value == pytest.approx(tar[far <= FARS[name] + 1e-12].max())
    assert got["tar_at_far_1e-2"].n == 300
    assert got["auc"].n == 4300


def test_each_replicate_is_the_measure_of_its_weighted_pairs():
    genuine, impostor = random_scores(1, 40, 400)
    histograms = histograms_of(genuine, impostor, 4)
    weights = np.array([2, 0, 1, 1])
    merged = merge_pure_runs(histograms.genuine, histograms.impostor)
    got = roc_statistics(*(weights[None] @ counts.astype(float) for counts in merged))[0]
    pairs = np.concatenate([bin_of(genuine), bin_of(impostor)])
    truth = np.repeat([1, 0], [40, 400])
    weight = np.concatenate([weights[np.arange(40) % 4], weights[np.arange(400) % 4]])
    far, tar, _ = roc_curve(truth, pairs, sample_weight=weight, drop_intermediate=False)
    assert got[0] == pytest.approx(roc_auc_score(truth, pairs, sample_weight=weight))
    assert got[1] == pytest.approx(brentq(lambda x: 1 - x - interp1d(far, tar)(x), 0, 1), abs=1e-9)
    assert got[2] == pytest.approx(tar[far <= 0.1 + 1e-12].max())


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30),
)
def test_merging_bins_loses_nothing(counts):
    genuine, impostor = np.array(counts, dtype=np.int64).T[:, None, :]
    if not (genuine.any() and impostor.any()):
        return
    merged_genuine, merged_impostor = merge_pure_runs(genuine, impostor)
    assert merged_genuine.shape[1] <= genuine.shape[1]
    whole = roc_statistics(genuine[:, ::-1].astype(float), impostor[:, ::-1].astype(float))
    merged = roc_statistics(merged_genuine.astype(float), merged_impostor.astype(float))
    assert merged == pytest.approx(whole)


def test_all_scores_equal_are_one_tie():
    values = verification_values(histograms_of(np.full(500, 0.2), np.full(5000, 0.2), 10), FEW)
    assert values["auc"].value == 0.5
    assert values["eer"].value == 0.5
    assert values["tar_at_far_1e-2"].value == 0.0
    assert values["auc"].low < 0.5 < values["auc"].high


def test_separated_scores_are_perfect_but_not_certain():
    values = verification_values(histograms_of(np.full(100, 0.9), np.linspace(-1, 0, 4000), 10), FEW)
    assert (values["auc"].value, values["eer"].value, values["tar_at_far_1e-2"].value) == (1.0, 0.0, 1.0)
    assert values["auc"].low == pytest.approx(0.025 ** (1 / 10))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31))
def test_monotone_transform_of_the_scores_keeps_auc_and_eer(seed):
    genuine, impostor = (np.round(scores * 0.9, 2) for scores in random_scores(seed, 30, 200))
    before = verification_values(histograms_of(genuine, impostor), FEW)
    after = verification_values(
        histograms_of(genuine**3 / 2 + genuine / 2, impostor**3 / 2 + impostor / 2), FEW
    )
    for name in ("auc", "eer"):
        assert after[name].value == pytest.approx(before[name].value)
        assert 0 <= before[name].value <= 1


def test_trap_5_without_genuine_pairs_everything_is_null_with_the_reason():
    values = verification_values(histograms_of(np.array([]), np.linspace(-1, 1, 50)), FEW)
    assert all(value.value is None for value in values.values())
    assert all(value.reason.startswith("no genuine pairs") for value in values.values())


def test_trap_6_without_impostor_pairs_nothing_is_taken_from_genuine_scores():
    values = verification_values(histograms_of(np.linspace(-1, 1, 50), np.array([])), FEW)
    assert all(value.value is None for value in values.values())
    assert all(value.reason.startswith("no impostor pairs") for value in values.values())


def test_trap_7_far_below_30_over_n_is_null_and_the_smallest_far_is_told():
    genuine, impostor = random_scores(0, 100, 3000)
    values = verification_values(histograms_of(genuine, impostor, 5), FEW)
    assert values["tar_at_far_1e-2"].value is not None
    assert values["tar_at_far_1e-3"].reason == "FAR 0.001 needs at least 30000 impostor pairs, got 3000"
    assert values["tar_at_far_1e-4"].value is None
    assert values["smallest_far"].value == pytest.approx(0.01)


def test_trap_7_one_pair_fewer_is_too_few():
    assert resolves(1e-3, 30_000)
    assert not resolves(1e-3, 29_999)
    few = verification_values(histograms_of(np.array([0.5]), np.linspace(-1, 0, 29)), FEW)
    assert few["smallest_far"].value is None
    assert few["auc"].value == 1.0


def test_interval_holds_the_value_and_narrows_with_subjects():
    widths = []
    for subjects in (8, 128):
        rng = np.random.default_rng(0)
        shift = rng.normal(0, 0.1, subjects)
        genuine = np.clip(
            0.4 + shift[np.arange(subjects * 6) % subjects] + rng.normal(0, 0.1, subjects * 6), -1, 1
        )
        impostor = rng.normal(0.2, 0.1, subjects * 40)
        auc = verification_values(histograms_of(genuine, impostor, subjects), FEW)["auc"]
        assert auc.low < auc.value < auc.high
        widths.append(auc.high - auc.low)
    assert widths[1] < widths[0] / 2
