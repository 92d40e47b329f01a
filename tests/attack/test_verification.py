import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_scores import histograms_of, random_scores
from scipy.interpolate import interp1d
from scipy.optimize import brentq
from sklearn.metrics import roc_auc_score, roc_curve

from bauta.attack.histograms import bin_of, cluster_subjects, pair_histograms
from bauta.attack.roc import FARS, merge_pure_runs, roc_statistics
from bauta.attack.verification import MEASURES, resolves, turned_note, verification_values
from bauta.metrics.intervals import Resampling

FEW = Resampling(100, 0)


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
    genuine, impostor = random_scores(0, 100, 50_000)
    values = verification_values(histograms_of(genuine, impostor, 5, people=3000), FEW)
    assert values["tar_at_far_1e-2"].value is not None
    assert values["tar_at_far_1e-3"].reason == (
        "FAR 0.001 needs at least 30000 impostor pairs of distinct people, got 3000"
    )
    assert values["tar_at_far_1e-4"].value is None
    assert values["tar_at_far_1e-4_covered"].value is None
    assert (values["smallest_far"].value, values["smallest_far"].n) == (pytest.approx(0.01), 3000)


def test_trap_7_one_pair_fewer_is_too_few():
    assert resolves(1e-3, 30_000)
    assert not resolves(1e-3, 29_999)
    few = verification_values(histograms_of(np.array([0.5]), np.linspace(-1, 0, 290), people=29), FEW)
    assert few["smallest_far"].value is None
    assert few["auc"].value == 1.0


def test_trap_7_many_images_of_two_people_resolve_nothing(make_faces):
    faces, labels = make_faces(subjects=2, images=110, enrol=10)
    values = verification_values(pair_histograms(faces, faces, labels, cluster_subjects(labels)), FEW)
    assert values["auc"].n == 2 * 10 * 200
    assert {values[name].reason for name in ("tar_at_far_1e-1", "tar_at_far_1e-2")} == {
        "FAR 0.1 needs at least 300 impostor pairs of distinct people, got 2",
        "FAR 0.01 needs at least 3000 impostor pairs of distinct people, got 2",
    }
    assert values["smallest_far"].value is None


def test_trap_29_failed_pairs_leak_and_the_scored_ones_stand_beside():
    genuine, impostor = random_scores(0)
    got = verification_values(histograms_of(genuine, impostor, 5, failed=(200, 1500)), FEW)
    for end, positive, negative in (
        ("", np.append(genuine, np.full(200, 1.0)), np.append(impostor, np.full(1500, -1.0))),
        ("_covered", genuine, impostor),
    ):
        truth = np.repeat([1, 0], [len(positive), len(negative)])
        quantised = bin_of(np.concatenate([positive, negative]))
        far, tar, _ = roc_curve(truth, quantised, drop_intermediate=False)
        assert got[f"auc{end}"].value == pytest.approx(roc_auc_score(truth, quantised))
        crossing = brentq(lambda x, far=far, tar=tar: 1 - x - interp1d(far, tar)(x), 0, 1)
        assert got[f"eer{end}"].value == pytest.approx(crossing, abs=1e-9)
        for name in ("1e-1", "1e-2"):
            expected = tar[far <= FARS[name] + 1e-12].max()
            assert got[f"tar_at_far_{name}{end}"].value == pytest.approx(expected)
        assert got[f"auc{end}"].n == len(truth)
    for name in MEASURES:
        assert got[name].low <= got[name].value <= got[name].high
        assert got[name].value != got[f"{name}_covered"].value


def test_without_a_failure_both_are_the_same():
    values = verification_values(histograms_of(*random_scores(0), 5), FEW)
    assert all(values[name] == values[f"{name}_covered"] for name in MEASURES)


def test_trap_29_nothing_scored_is_a_perfect_attack():
    values = verification_values(histograms_of(np.array([]), np.array([]), 40, failed=(20, 300)), FEW)
    found = [values[name].value for name in ("auc", "eer", "tar_at_far_1e-2")]
    assert found == [1.0, 0.0, 1.0]
    assert values["auc_covered"].reason.startswith("no genuine pairs")


def test_trap_30_turned_scores_are_as_good_as_straight_ones():
    """Negated scores, moved by one bin because bins are closed below."""
    genuine, impostor = (np.round(scores, 3) + 5e-5 for scores in random_scores(3))
    straight, turned = (
        histograms_of(sign * genuine, sign * impostor, 7, failed=(30, 40)) for sign in (1, -1)
    )
    expected = verification_values(straight, FEW)
    got = verification_values(turned, FEW)
    assert expected["auc"].value > 0.6
    assert got.keys() == expected.keys()
    for name, value in expected.items():
        assert got[name].value == pytest.approx(value.value)
        assert (got[name].low, got[name].high) == pytest.approx((value.low, value.high))
    assert turned_note(straight) is None
    assert turned_note(turned) == (
        "scores turned round: people look less like themselves than like others, "
        f"AUC {1 - expected['auc_covered'].value:.3f}"
    )


def test_an_interval_stays_in_the_direction_of_its_value():
    """Scores that say nothing: replicates fall on either side of 0.5, and so does the interval."""
    rng = np.random.default_rng(1)
    histograms = histograms_of(rng.normal(0, 0.1, 60), rng.normal(0, 0.1, 600), 20)
    auc = verification_values(histograms, FEW)["auc"]
    assert auc.low < 0.5 <= auc.value < auc.high


def two_sided_replicate(faces, labels, drawn):
    """AUC in which a genuine pair counts as often as its person is drawn, others c + d − 1 times."""
    rows, columns = np.flatnonzero(labels.probe), np.flatnonzero(labels.enrol)
    scores = bin_of(faces.vectors[rows] @ faces.vectors[columns].T)
    same = labels.subjects[rows][:, None] == labels.subjects[columns]
    c = np.array([drawn[name] for name in labels.subjects])
    weight = np.where(same, c[rows][:, None], c[rows][:, None] + c[columns] - 1)
    genuine, impostor = scores[same], scores[~same]
    won = (genuine[:, None] > impostor) + (genuine[:, None] == impostor) / 2
    weights = weight[same][:, None] * weight[~same]
    return (won * weights).sum() / weights.sum()


def test_people_are_resampled_on_both_sides(make_faces, monkeypatch):
    faces, labels = make_faces(subjects=6, noise=1.5)
    drawn = np.array([2, 0, 1, 3, 0, 0])
    seen = []

    def one_draw(per_unit, statistic, resampling):
        seen.append(statistic(drawn[None].astype(float) @ per_unit)[0])
        return np.tile(seen[0], (resampling.replicates, 1))

    monkeypatch.setattr("bauta.attack.verification.bootstrap", one_draw)
    verification_values(pair_histograms(faces, faces, labels, cluster_subjects(labels)), FEW)
    names = [f"s{person:04d}" for person in range(6)]
    expected = two_sided_replicate(faces, labels, dict(zip(names, drawn, strict=True)))
    assert seen[0][0] == pytest.approx(expected, abs=2e-3)


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
