import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.attack import identification
from bauta.attack.faces import Embeddings, FaceLabels
from bauta.attack.histograms import BINS, bin_of, cluster_subjects, pair_histograms


def brute_force(gallery, probes, labels, clusters):
    """One pair at a time."""
    counts = np.zeros((2, clusters.max() + 1, BINS), dtype=int)
    for p in np.flatnonzero(labels.probe & probes.ok):
        for e in np.flatnonzero(labels.enrol & gallery.ok):
            impostor = int(labels.subjects[p] != labels.subjects[e])
            counts[impostor, clusters[p], bin_of(probes.vectors[p] @ gallery.vectors[e])] += 1
    return counts


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**31))
def test_agrees_with_one_pair_at_a_time(seed):
    rng = np.random.default_rng(seed)
    sides = []
    for _ in range(2):
        vectors = rng.normal(size=(20, 3))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        sides.append(Embeddings(vectors.astype(np.float32), rng.random(20) > 0.2))
    labels = FaceLabels(
        [str(row) for row in range(20)], rng.choice(list("abcd"), 20), rng.choice(["enrol", "probe"], 20)
    )
    clusters = cluster_subjects(labels)
    got = pair_histograms(*sides, labels, clusters)
    genuine, impostor = brute_force(*sides, labels, clusters)
    # Products may be rounded to a neighbouring bin when they are computed in blocks.
    for mine, expected in ((got.genuine, genuine), (got.impostor, impostor)):
        assert mine.sum(axis=1).tolist() == expected.sum(axis=1).tolist()
        assert np.abs(np.cumsum(mine - expected, axis=1)).max() <= 1


def test_blocks_do_not_change_the_counts(make_faces, monkeypatch):
    clear, labels = make_faces()
    clusters = cluster_subjects(labels)
    whole = pair_histograms(clear, clear, labels, clusters)
    monkeypatch.setattr(identification, "BLOCK_SCORES", 24)
    parts = pair_histograms(clear, clear, labels, clusters)
    assert whole.genuine.sum() == 8 * 3 * 3
    assert whole.impostor.sum() == 8 * 7 * 3 * 3
    assert np.abs(np.cumsum(whole.impostor - parts.impostor, axis=1)).max() <= 1
    assert parts.genuine.sum(axis=1).tolist() == whole.genuine.sum(axis=1).tolist()


def test_leaving_out_enrolled_faces_splits_the_counts(make_faces):
    clear, labels = make_faces()
    clusters = cluster_subjects(labels)
    whole = pair_histograms(clear, clear, labels, clusters)
    parts = [pair_histograms(clear, clear, labels, clusters, clusters % 2 == half) for half in (0, 1)]
    assert (parts[0].impostor.sum() + parts[1].impostor.sum()) == whole.impostor.sum()
    assert parts[0].genuine[1::2].sum() == 0


def test_many_subjects_share_256_clusters():
    subjects = np.array([f"s{row:04d}" for row in range(1000)])
    labels = FaceLabels(subjects.tolist(), subjects, np.full(1000, "probe"))
    clusters = cluster_subjects(labels)
    assert np.unique(clusters).tolist() == list(range(256))
    assert np.bincount(clusters).max() <= 4


def test_bins_cover_the_whole_range():
    assert bin_of(np.array([-1.0000001, -1, 0, 1, 1.0000001])).tolist() == [
        0,
        0,
        BINS // 2,
        BINS - 1,
        BINS - 1,
    ]


def test_coarse_histogram_keeps_all_pairs(make_faces):
    clear, labels = make_faces()
    histograms = pair_histograms(clear, clear, labels, cluster_subjects(labels))
    genuine, impostor = histograms.coarse(200)
    assert (genuine.sum(), impostor.sum()) == (histograms.genuine.sum(), histograms.impostor.sum())
    assert np.average(np.linspace(-0.995, 0.995, 200), weights=genuine) == pytest.approx(
        np.average(np.linspace(-1, 1, BINS), weights=histograms.genuine.sum(axis=0)), abs=0.01
    )
