import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from bauta.attack import faces
from bauta.attack.discriminant import fit_discriminant, shrunk_covariance


def gaussian_classes(seed, per_class=200, classes=4, dims=5):
    rng = np.random.default_rng(seed)
    spread = rng.normal(size=(dims, dims))
    centres = 4 * rng.normal(size=(classes, dims))
    subject = np.repeat(np.arange(classes), per_class)
    return centres[subject] + rng.normal(size=(len(subject), dims)) @ spread, subject


def test_agrees_with_scikit_learn_where_shrinkage_does_not_matter():
    x, subject = gaussian_classes(0, per_class=5000)
    ours = np.exp(fit_discriminant(x, subject, 4).log_posteriors(x))
    theirs = (
        LinearDiscriminantAnalysis(solver="lsqr", priors=np.full(4, 0.25)).fit(x, subject).predict_proba(x)
    )
    assert np.abs(ours - theirs).max() < 0.01


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 41), st.integers(0, 2**16))
def test_shrinks_like_scikit_learn_whatever_the_blocks(count, dims, block, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, dims)) * rng.uniform(0, 3, dims)
    got = shrunk_covariance(x[start : start + block] for start in range(0, count, block))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one sample
        expected = ledoit_wolf(x, assume_centered=True)[0]
    np.testing.assert_allclose(got, expected, atol=1e-10)


def test_blocks_and_named_rows_do_not_change_the_scores(monkeypatch):
    x, subject = gaussian_classes(3, per_class=30)
    rows = np.random.default_rng(0).permutation(len(x))[:70]
    whole = fit_discriminant(x[rows], subject[rows], 4).scores(x)
    monkeypatch.setattr(faces, "BLOCK_ROWS", 11)
    parts = fit_discriminant(x, subject[rows], 4, rows).scores(x)
    np.testing.assert_allclose(parts, whole, rtol=1e-9)


def test_memory_does_not_grow_with_the_faces():
    """In float64 the features of the larger set are 33 MB."""
    peaks = []
    for count in (16_384, 65_536):
        x = np.random.default_rng(0).random((count, 64), dtype=np.float32)
        subject = np.arange(count) % 5
        tracemalloc.start()
        fit_discriminant(x, subject, 5)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 65_536 * 10


def test_posteriors_sum_to_one():
    x, subject = gaussian_classes(1, per_class=3)
    assert np.exp(fit_discriminant(x, subject, 4).log_posteriors(x)).sum(axis=1) == pytest.approx(1)


def test_uses_the_direction_that_tells_subjects_apart():
    """Between two subjects a small but reliable difference counts more than a large accidental one."""
    rng = np.random.default_rng(0)
    subject = np.repeat([0, 1], 20)
    x = np.stack([0.1 * subject + 0.01 * rng.normal(size=40), 5 * rng.normal(size=40)], axis=1)
    scores = fit_discriminant(x, subject, 2).scores(x)
    assert (scores.argmax(axis=1) == subject).all()


@pytest.mark.parametrize("value", [0.0, 0.1, -1 / 3])
def test_constant_features_tie_all_subjects(value):
    """Unequal numbers of faces give means that differ by rounding only; that must not become a score."""
    subject = np.repeat([0, 1, 2], [1, 3, 10])
    x = np.full((14, 6), value, dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        posteriors = fit_discriminant(x, subject, 3).log_posteriors(x)
    assert np.ptp(posteriors) < 1e-9


def test_rounding_noise_of_a_recognizer_is_not_identity():
    noise = 1e-8 * np.random.default_rng(0).normal(size=(12, 6))
    posteriors = fit_discriminant(0.4 + noise, np.repeat([0, 1, 2], 4), 3).log_posteriors(0.4 + noise)
    assert np.ptp(posteriors) < 1e-9


def test_subjects_with_equal_faces_tie_and_others_do_not():
    """The means of 6 and of 13 equal faces differ by rounding."""
    subject = np.repeat([0, 1, 2], [6, 13, 9])
    x = np.array([[0.1, 0.7, 0.33], [0.1, 0.7, 0.33], [0.9, 0.3, 0.21]])[subject]
    posteriors = fit_discriminant(x, subject, 3).log_posteriors(x)
    assert np.abs(posteriors[:19, 0] - posteriors[:19, 1]).max() < 1e-7
    assert (posteriors[:19, 0] > posteriors[:19, 2] + 1).all()


def test_one_face_a_subject_is_the_nearest_mean():
    x = np.random.default_rng(0).normal(size=(6, 4))
    scores = fit_discriminant(x, np.arange(6), 6).scores(x + 0.01)
    assert scores.argmax(axis=1).tolist() == list(range(6))
