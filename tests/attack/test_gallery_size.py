import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.attack.faces import Embeddings
from bauta.attack.gallery_size import SIZES, rank1_at_gallery
from bauta.attack.identification import enrol_gallery, identification_values, rank_credit, search
from bauta.metrics.intervals import Resampling

FEW = Resampling(50, 0)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=7), st.integers(0, 6), st.integers(1, 7))
def test_agrees_with_every_gallery_that_holds_the_subject(levels, true, size):
    """All galleries of the size, one by one, with ties broken at random."""
    true, size = true % len(levels), min(size, len(levels))
    scores = np.array(levels) / 4
    others = [column for column in range(len(levels)) if column != true]
    galleries = [(true, *rest) for rest in itertools.combinations(others, size - 1)]
    expected = np.mean(
        [rank_credit(scores[None, gallery], np.array([0]), (1,))[0, 0] for gallery in galleries]
    )
    better, tied = np.array([(scores > scores[true]).sum()]), np.array([(scores == scores[true]).sum()])
    assert rank1_at_gallery(better, tied, len(levels), size)[0] == pytest.approx(expected)


def test_agrees_with_random_galleries_of_faces(make_faces):
    """Closed form over the ranks in the full gallery against identification in smaller ones."""
    clear, labels = make_faces(subjects=40, noise=2.0)
    gallery = enrol_gallery(clear, labels)
    probes = Embeddings(clear.vectors[labels.probe], clear.ok[labels.probe])
    subjects = labels.subjects[labels.probe]
    got = search(gallery, probes, subjects).credit_at(10, 40).mean()
    rng, drawn = np.random.default_rng(0), []
    for _ in range(400):
        kept = np.isin(gallery.subjects, rng.choice(gallery.subjects, 10, replace=False))
        drawn.append(np.nanmean(search(gallery.part(kept), probes, subjects).credit((1,))))
    assert got == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / 20)
    assert got > search(gallery, probes, subjects).credit((1,)).mean() + 0.1


def test_large_numbers_keep_their_digits():
    """One better template of a million: it is not in a gallery of ten with probability 1 − 9/999,999."""
    got = rank1_at_gallery(np.array([1, 0]), np.array([1, 1]), 10**6, 10)
    assert got == pytest.approx([1 - 9 / (10**6 - 1), 1.0], abs=1e-7)
    assert rank1_at_gallery(np.array([0]), np.array([10**6]), 10**6, 1000)[0] == pytest.approx(1e-3)


def test_full_gallery_is_top1_and_blackout_one_over_the_size(make_faces, blacked_out):
    clear, labels = make_faces(subjects=10, noise=2.0)
    values, _ = identification_values(clear, clear, labels, FEW, fails_closed=False)
    assert values["top1_at_10"].value == pytest.approx(values["top1"].value)
    assert values["top1_at_100"].reason == "top-1 among 100 people needs as many gallery subjects, got 10"
    black = blacked_out(make_faces(subjects=120)[0])
    labels = make_faces(subjects=120)[1]
    values, _ = identification_values(black, black, labels, FEW, fails_closed=True)
    assert values["top1_at_10"].value == pytest.approx(0.1)
    assert values["top1_at_100"].value == pytest.approx(0.01)
    assert values["top1_at_1000"].value is None
    assert SIZES == (10, 100, 1000)


def test_failures_leak_at_every_size(make_faces, blacked_out):
    clear, labels = make_faces(subjects=20)
    black = blacked_out(clear)
    ok = ~(labels.probe & (labels.subjects < "s0005"))
    values, _ = identification_values(black, Embeddings(black.vectors, ok), labels, FEW, fails_closed=True)
    assert values["top1_at_10"].value == pytest.approx((5 + 15 / 10) / 20)
    assert values["top1_at_10_covered"].value == pytest.approx(0.1)
