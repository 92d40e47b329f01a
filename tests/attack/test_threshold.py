import numpy as np
import pytest

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.histograms import BIN_WIDTH, BINS, bin_of, cluster_subjects, pair_histograms
from bauta.attack.threshold import (
    Development,
    choose_threshold,
    operating_point,
    threshold_at_far,
)
from bauta.errors import DataError
from bauta.metrics.intervals import Resampling

FEW = Resampling(100, 0)


def renamed(labels: AttackLabels, prefix: str) -> AttackLabels:
    return AttackLabels(labels.face_ids, np.char.add(prefix, labels.subjects), labels.roles)


def test_threshold_is_the_lowest_that_keeps_the_far():
    scores = np.linspace(-0.5, 0.5, 3000)
    lowest = threshold_at_far(np.bincount(bin_of(scores), minlength=BINS), 3000, 1e-2)
    assert (bin_of(scores) >= lowest).sum() == 30
    assert (bin_of(scores) >= lowest - 4).sum() > 30


def test_threshold_needs_30_false_accepts_of_distinct_people():
    counts = np.bincount(bin_of(np.linspace(-0.5, 0.5, 30_000)), minlength=BINS)
    assert threshold_at_far(counts, 2999, 1e-2) is None


def test_threshold_above_all_scores_when_too_many_tie():
    counts = np.zeros(BINS, dtype=np.int64)
    counts[-1] = 5000
    assert threshold_at_far(counts, 5000, 1e-2) == BINS


def test_trap_8_threshold_comes_from_development_pairs_only(make_faces):
    dev_faces, dev_labels = make_faces(subjects=60, seed=1)
    dev = Development(dev_faces, renamed(dev_labels, "dev-"))
    chosen = [
        choose_threshold(*make_faces(subjects=12, seed=seed, noise=noise), dev)
        for seed, noise in ((2, 0.1), (3, 3.0))
    ]
    assert chosen[0].source == "development subjects"
    assert chosen[0].score == chosen[1].score
    impostor = pair_histograms(dev_faces, dev_faces, dev.labels, cluster_subjects(dev.labels)).impostor.sum(
        axis=0
    )
    assert impostor[round((chosen[0].score + 1) / BIN_WIDTH) :].sum() <= 0.01 * impostor.sum()


def test_trap_8_folds_keep_a_subject_out_of_its_own_threshold(make_faces):
    clear, labels = make_faces(subjects=70, images=8, enrol=4)
    before = choose_threshold(clear, labels, None)
    outlier = labels.subjects == "s0007"
    vectors = clear.vectors.copy()
    vectors[outlier] = vectors[labels.subjects == "s0008"]
    after = choose_threshold(Embeddings(vectors, clear.ok), labels, None)
    changed = before.bins != after.bins
    assert before.source == "10 folds over the scored subjects"
    assert changed.any()
    assert not changed[7]


def test_folds_stand_in_for_too_few_development_pairs_and_it_is_told(make_faces):
    clear, labels = make_faces(subjects=70)
    dev_faces, dev_labels = make_faces(subjects=4, images=200, enrol=100, seed=1)
    threshold = choose_threshold(clear, labels, Development(dev_faces, renamed(dev_labels, "dev-")))
    assert threshold.bins.tolist() == choose_threshold(clear, labels, None).bins.tolist()
    assert threshold.source == (
        "10 folds over the scored subjects, because 12 pairs of distinct development subjects are too few"
    )


def test_development_subjects_must_not_be_scored(make_faces):
    clear, labels = make_faces()
    with pytest.raises(DataError, match="development subject 's0000' is also scored"):
        choose_threshold(clear, labels, Development(clear, labels))


@pytest.mark.parametrize(
    ("subjects", "reason"),
    [(2, "at least 3 subjects"), (30, "at least 3000 impostor pairs of distinct people, got 702")],
)
def test_too_little_data_has_no_threshold_and_says_why(make_faces, subjects, reason):
    clear, labels = make_faces(subjects=subjects)
    threshold = choose_threshold(clear, labels, None)
    assert threshold.score is None
    histograms = pair_histograms(clear, clear, labels, cluster_subjects(labels))
    values = operating_point(histograms, threshold, FEW)
    assert {value.value for value in values.values()} == {None}
    assert all(reason in value.reason for value in values.values())


def test_operating_point_counts_accepted_pairs(make_faces):
    clear, labels = make_faces(subjects=70, images=8, enrol=4, noise=1.0)
    histograms = pair_histograms(clear, clear, labels, cluster_subjects(labels))
    threshold = choose_threshold(clear, labels, None)
    values = operating_point(histograms, threshold, FEW)
    accepted = np.arange(BINS) >= threshold.bins[:, None]
    assert values["tar_at_clear_threshold"].value == (histograms.genuine * accepted).sum() / (70 * 16)
    assert values["far_at_clear_threshold"].value == (histograms.impostor * accepted).sum() / (70 * 69 * 16)
    assert values["far_at_clear_threshold"].value == pytest.approx(0.01, abs=0.004)
    assert values["tar_at_clear_threshold"].n == 70 * 16
    for name in ("tar_at_clear_threshold", "far_at_clear_threshold"):
        assert values[name] == values[f"{name}_covered"]
        assert values[name].low < values[name].value < values[name].high


def test_trap_29_failed_pairs_are_accepted_as_genuine_and_rejected_as_impostor(make_faces):
    clear, labels = make_faces(subjects=70, noise=1.0)
    threshold = choose_threshold(clear, labels, None)
    probes = Embeddings(clear.vectors, ~(labels.probe & (labels.subjects < "s0020")))
    histograms = pair_histograms(clear, probes, labels, cluster_subjects(labels), failed_probes=True)
    values = operating_point(histograms, threshold, FEW)
    tar, far = (values[f"{name}_at_clear_threshold"] for name in ("tar", "far"))
    tar_covered, far_covered = (values[f"{name}_at_clear_threshold_covered"] for name in ("tar", "far"))
    assert tar.value == pytest.approx((20 + 50 * tar_covered.value) / 70)
    assert far.value == pytest.approx(50 * far_covered.value / 70)
    assert (tar.n, tar_covered.n) == (70 * 9, 50 * 9)
    assert (far.n, far_covered.n) == (70 * 69 * 9, 50 * 69 * 9)
