import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.attack import identification
from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.identification import (
    TIE_TOLERANCE,
    columns_of,
    enrol_gallery,
    identification_values,
    identify,
    rank_credit,
)
from bauta.metrics.intervals import Resampling

FEW = Resampling(50, 0)


def brute_force_credit(scores, true, k):
    """Share of all orders of the subjects in which a stable sort puts the true one among the first k."""
    orders = list(itertools.permutations(range(len(scores))))
    hits = sum(true in sorted(order, key=lambda column: -scores[column])[:k] for order in orders)
    return hits / len(orders)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=5),
    st.integers(0, 4),
    st.integers(1, 5),
)
def test_credit_is_the_mean_over_all_tie_orders(levels, true, k):
    true %= len(levels)
    scores = np.array(levels) / 4
    got = rank_credit(scores[None], np.array([true]), (k,))[0, 0]
    assert got == pytest.approx(brute_force_credit(scores, true, k))


def test_trap_21_equal_scores_give_exactly_chance():
    credit = rank_credit(np.full((3, 7), 0.3), np.array([0, 3, 6]), (1, 5))
    assert credit.tolist() == [[1 / 7, 5 / 7]] * 3


def test_rounding_noise_does_not_break_ties():
    noise = np.random.default_rng(0).normal(scale=TIE_TOLERANCE / 20, size=(1, 50))
    assert rank_credit(0.1234565 + noise, np.array([13]), (1,))[0, 0] == 1 / 50


def test_template_is_the_normalised_mean_of_ok_enrolled_unit_vectors():
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8], [1, 0], [0, -1]], dtype=np.float32)
    labels = AttackLabels(
        list("abcde"), np.array(["p", "p", "p", "p", "q"]), np.array(["enrol"] * 3 + ["probe", "enrol"])
    )
    gallery = enrol_gallery(Embeddings(vectors, np.array([True, True, False, True, True])), labels)
    assert gallery.subjects.tolist() == ["p", "q"]
    assert gallery.templates == pytest.approx(np.array([[0.5**0.5, 0.5**0.5], [0, -1]]))


def test_identify_agrees_with_sorting_each_probe(make_faces):
    clear, labels = make_faces(noise=2.0)
    gallery = enrol_gallery(clear, labels)
    probes = Embeddings(clear.vectors[labels.probe], clear.ok[labels.probe])
    subjects = labels.subjects[labels.probe]
    got = identify(gallery, probes, subjects)
    for vector, subject, credit in zip(probes.vectors, subjects, got, strict=True):
        ranked = gallery.subjects[np.argsort(-(gallery.templates @ vector))]
        assert credit.tolist() == [float(subject == ranked[0]), float(subject in ranked[:5])]
    assert 0.2 < got[:, 0].mean() < 1


@pytest.mark.parametrize(("rows", "scores"), [(1, 1), (2, 6), (5, 40)])
def test_tiles_do_not_change_the_result(make_faces, monkeypatch, rows, scores):
    clear, labels = make_faces(noise=2.0)
    gallery = enrol_gallery(clear, labels)
    whole = identify(gallery, clear, labels.subjects)
    monkeypatch.setattr(identification, "TILE_ROWS", rows)
    monkeypatch.setattr(identification, "TILE_SCORES", scores)
    assert identify(gallery, clear, labels.subjects).tolist() == whole.tolist()


def test_equal_scores_stay_ties_across_tiles(make_faces, blacked_out, monkeypatch):
    clear, labels = make_faces()
    black = blacked_out(clear)
    monkeypatch.setattr(identification, "TILE_ROWS", 4)
    monkeypatch.setattr(identification, "TILE_SCORES", 12)
    credit = identify(enrol_gallery(black, labels), black, labels.subjects)
    assert credit.tolist() == [[1 / 8, 5 / 8]] * len(labels)


def test_holds_no_more_than_a_tile_of_scores(make_faces):
    """All scores of these faces would be 72 MB."""
    clear, labels = make_faces(subjects=1500, images=6, enrol=3)
    gallery = enrol_gallery(clear, labels)
    tracemalloc.start()
    identify(gallery, clear, labels.subjects)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * identification.TILE_SCORES * 8


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**31))
def test_order_of_the_faces_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(24, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ok = rng.random(24) > 0.2
    subjects, roles = rng.choice(list("abcdef"), 24), rng.choice(["enrol", "probe"], 24)

    def measured(order):
        labels = AttackLabels([str(row) for row in order], subjects[order], roles[order])
        faces = Embeddings(vectors[order], ok[order])
        return identification_values(faces, faces, labels, FEW, fails_closed=True)[0]["top1"].value

    assert measured(np.arange(24)) == pytest.approx(measured(rng.permutation(24)))


def test_trap_13_divides_by_all_probes(make_faces):
    clear, labels = make_faces(noise=0.0)
    ok = clear.ok.copy()
    ok[np.flatnonzero(labels.probe)[:6]] = False
    values, notes = identification_values(
        clear, Embeddings(clear.vectors, ok), labels, FEW, fails_closed=False
    )
    assert (values["top1"].value, values["top1"].n) == (18 / 24, 24)
    assert (values["top1_covered"].value, values["top1_covered"].n) == (1.0, 18)
    assert notes == ["6 of 24 probes failed and count as missed"]


def test_trap_3_failures_count_as_leaks(make_faces, blacked_out):
    clear, labels = make_faces()
    black = blacked_out(clear)
    ok = np.ones(len(labels), dtype=bool)
    ok[np.flatnonzero(labels.probe)[:6]] = False
    values, notes = identification_values(
        black, Embeddings(black.vectors, ok), labels, FEW, fails_closed=True
    )
    assert values["top1"].value == pytest.approx((6 + 18 / 8) / 24)
    assert values["top1_covered"].value == 1 / 8
    assert notes == ["6 of 24 probes failed and count as recognised"]


@pytest.mark.parametrize(("fails_closed", "expected"), [(True, 1.0), (False, 7 / 8)])
def test_subject_without_template_is_counted_against_the_claim(make_faces, fails_closed, expected):
    clear, labels = make_faces(noise=0.0)
    ok = clear.ok & ~(labels.enrol & (labels.subjects == "s0003"))
    values, notes = identification_values(
        Embeddings(clear.vectors, ok), clear, labels, FEW, fails_closed=fails_closed
    )
    assert values["top1"].value == pytest.approx(expected)
    assert (values["top1_covered"].value, values["top1_covered"].n) == (1.0, 21)
    assert "3 of 24 probes show a subject without a gallery template" in notes[0]


def test_rank_within_a_smaller_gallery_is_missing(make_faces):
    clear, labels = make_faces(subjects=5)
    values, _ = identification_values(clear, clear, labels, FEW, fails_closed=False)
    assert values["top1"].value is not None
    assert values["top5"].reason == "top-5 needs more than 5 gallery subjects, got 5"


@pytest.mark.parametrize(
    ("subjects", "roles", "reason"),
    [
        (["a", "b"], ["enrol", "enrol"], "no probe faces"),
        (["a", "a"], ["enrol", "probe"], "identification needs at least 2 gallery subjects, got 1"),
        (["a", "b", "c"], ["enrol", "enrol", "probe"], "no probe shows an enrolled subject"),
    ],
)
def test_what_the_labels_cannot_support_is_missing(subjects, roles, reason):
    faces = Embeddings(np.eye(4, dtype=np.float32)[: len(roles)], np.ones(len(roles), dtype=bool))
    labels = AttackLabels(subjects, np.array(subjects), np.array(roles))
    values, _ = identification_values(faces, faces, labels, FEW, fails_closed=True)
    assert {value.reason for value in values.values()} == {reason}


def test_columns_of_unknown_subjects():
    assert columns_of(np.array(["b", "x", "a"]), np.array(["a", "b"])).tolist() == [1, -1, 0]
    assert columns_of(np.array(["b"]), np.array([], dtype=str)).tolist() == [-1]
