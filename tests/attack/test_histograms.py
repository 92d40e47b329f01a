import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.attack import histograms
from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.histograms import BIN_WIDTH, BINS, bin_of, cluster_subjects, grouped_counts, pair_histograms


def brute_force(gallery, probes, labels, clusters, left_out=False):
    """One pair at a time: genuine, impostor by the probe's cluster, impostor by the enrolled face's."""
    counts = np.zeros((3, clusters.max() + 1, BINS), dtype=int)
    for p in np.flatnonzero(labels.probe & probes.ok & ~np.asarray(left_out)):
        for e in np.flatnonzero(labels.enrol & gallery.ok & ~np.asarray(left_out)):
            score = bin_of(probes.vectors[p] @ gallery.vectors[e])
            if labels.subjects[p] == labels.subjects[e]:
                counts[0, clusters[p], score] += 1
            else:
                counts[1, clusters[p], score] += 1
                counts[2, clusters[e], score] += 1
    return counts


def random_faces(rng):
    vectors = rng.normal(size=(20, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Embeddings(vectors.astype(np.float32), rng.random(20) > 0.2)


def random_labels(rng):
    names = [str(row) for row in range(20)]
    return AttackLabels(names, rng.choice(list("abcd"), 20), rng.choice(["enrol", "probe"], 20))


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**31))
def test_agrees_with_one_pair_at_a_time(seed):
    rng = np.random.default_rng(seed)
    sides = [random_faces(rng), random_faces(rng)]
    labels = random_labels(rng)
    clusters = cluster_subjects(labels)
    got = pair_histograms(*sides, labels, clusters)
    # Products may be rounded to a neighbouring bin when they are computed in blocks.
    every = (got.genuine, got.impostor, got.impostor_enrolled)
    pairs = got.scored_pairs
    counted = (pairs.genuine, pairs.impostor, pairs.impostor_enrolled)
    for mine, count, expected in zip(every, counted, brute_force(*sides, labels, clusters), strict=True):
        assert mine.sum(axis=1).tolist() == count.tolist() == expected.sum(axis=1).tolist()
        assert np.abs(np.cumsum(mine - expected, axis=1)).max() <= 1
    assert got.all_pairs.totals == pairs.totals


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**31), st.booleans(), st.booleans())
def test_pairs_that_count_without_a_score_are_counted_one_at_a_time(seed, failed_probes, failed_enrolled):
    rng = np.random.default_rng(seed)
    gallery, probes, labels = random_faces(rng), random_faces(rng), random_labels(rng)
    clusters = cluster_subjects(labels) // 2
    failed = {"failed_probes": failed_probes, "failed_enrolled": failed_enrolled}
    got = pair_histograms(gallery, probes, labels, clusters, **failed)
    counted = [
        Embeddings(side.vectors, side.ok | counts)
        for side, counts in ((gallery, failed_enrolled), (probes, failed_probes))
    ]
    expected = brute_force(*counted, labels, clusters).sum(axis=2)
    every, none = got.all_pairs, got.failed_pairs
    assert [
        every.genuine.tolist(),
        every.impostor.tolist(),
        every.impostor_enrolled.tolist(),
    ] == expected.tolist()
    scored = brute_force(gallery, probes, labels, clusters).sum(axis=2)
    assert (
        np.stack([none.genuine, none.impostor, none.impostor_enrolled]).tolist()
        == (expected - scored).tolist()
    )
    sides = [
        set(labels.subjects[role & side.ok])
        for role, side in zip((labels.enrol, labels.probe), counted, strict=True)
    ]
    assert every.people == sum(one != two for one in sides[0] for two in sides[1])


@pytest.mark.parametrize(("side", "scores"), [(1, 1), (2, 5), (5, 24), (7, 64), (20, 9)])
def test_blocks_do_not_change_the_counts(make_faces, monkeypatch, side, scores):
    clear, labels = make_faces()
    clusters = cluster_subjects(labels) // 3
    whole = pair_histograms(clear, clear, labels, clusters)
    monkeypatch.setattr(histograms, "BLOCK_SIDE", side)
    monkeypatch.setattr(histograms, "TILE_SCORES", scores)
    parts = pair_histograms(clear, clear, labels, clusters)
    assert whole.genuine.sum() == 8 * 3 * 3
    assert whole.impostor.sum() == 8 * 7 * 3 * 3
    for name in ("genuine", "impostor", "impostor_enrolled"):
        assert np.abs(np.cumsum(getattr(whole, name) - getattr(parts, name), axis=1)).max() <= 1
        assert getattr(parts, name).sum(axis=1).tolist() == getattr(whole, name).sum(axis=1).tolist()


@pytest.mark.parametrize(("rows", "scores"), [(1, 1), (2, 5), (3, 24), (4, 64)])
def test_tiles_do_not_change_the_counts_of_groups(make_faces, monkeypatch, rows, scores):
    clear, labels = make_faces()
    groups = cluster_subjects(labels) // 3
    whole = grouped_counts(clear, clear, labels, groups, groups)
    monkeypatch.setattr(histograms, "TILE_ROWS", rows)
    monkeypatch.setattr(histograms, "TILE_SCORES", scores)
    for before, after in zip(whole, grouped_counts(clear, clear, labels, groups, groups), strict=True):
        assert np.abs(np.cumsum(before - after, axis=2)).max() <= 1
        assert after.sum(axis=2).tolist() == before.sum(axis=2).tolist()


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**31))
def test_groups_split_the_pairs_by_both_faces(seed):
    rng = np.random.default_rng(seed)
    faces, labels = random_faces(rng), random_labels(rng)
    probe_groups, enrolled_groups = rng.integers(0, 4, 20), rng.integers(0, 3, 20)
    got = grouped_counts(faces, faces, labels, probe_groups, enrolled_groups)
    for row in range(probe_groups.max() + 1):
        for column in range(enrolled_groups.max() + 1):
            roles = np.where((labels.roles == "probe") & (probe_groups == row), "probe", "enrol")
            left_out = (labels.roles == "enrol") & (enrolled_groups != column)
            left_out |= (labels.roles == "probe") & (probe_groups != row)
            expected = brute_force(
                faces,
                faces,
                AttackLabels(labels.face_ids, labels.subjects, roles),
                np.zeros(20, dtype=np.int64),
                left_out,
            )
            for mine, pairs in zip(got, expected[:2, 0], strict=True):
                assert mine[row, column].sum() == pairs.sum()
                assert np.abs(np.cumsum(mine[row, column] - pairs)).max() <= 1


def test_scores_that_are_binned_in_place_are_those_of_the_definition():
    scores = np.random.default_rng(0).uniform(-1.01, 1.01, 100_000).astype(np.float32)
    before = scores.copy()
    expected = np.clip((scores + 1) / BIN_WIDTH, 0, BINS - 1).astype(np.intp)
    assert (bin_of(scores) == expected).all()
    assert (scores == before).all()


def test_holds_no_more_than_a_tile_of_scores(make_faces):
    """All scores of these faces would be 36 MB, their bins 72 MB."""
    clear, labels = make_faces(subjects=100, images=60, enrol=30)
    clusters = cluster_subjects(labels)
    tracemalloc.start()
    pair_histograms(clear, clear, labels, clusters)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    results = 3 * (clusters.max() + 1) * BINS * 8
    tile = histograms.TILE_SCORES * (4 + 8)
    block = histograms.BLOCK_SIDE**2 * 2
    assert peak < results + block + 1.5 * tile


def test_many_subjects_share_256_clusters():
    subjects = np.array([f"s{row:04d}" for row in range(1000)])
    labels = AttackLabels(subjects.tolist(), subjects, np.full(1000, "probe"))
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
