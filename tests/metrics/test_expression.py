"""Expression metrics against scikit-learn, SciPy and torchmetrics."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy
from sklearn.metrics import accuracy_score, cohen_kappa_score, confusion_matrix, f1_score, recall_score
from torchmetrics.classification import MulticlassCalibrationError

from bauta.metrics.expression import (
    MIN_PROBABILITY,
    accuracy,
    chance_macro_f1,
    cohen_kappa,
    contingency,
    expected_calibration_error,
    js_divergence,
    kl_divergence,
    macro_f1,
    probability_distance,
    recall,
    relative_utility,
)

CLASSES = 7
NO_PREDICTION = CLASSES
SHAPE = (CLASSES, CLASSES + 1)

seeds = st.integers(0, 2**32 - 1)


def random_answers(seed, faces=200, failures=0.1):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, faces)
    predictions = np.where(rng.random(faces) < 0.5, labels, rng.integers(0, CLASSES, faces))
    return labels, np.where(rng.random(faces) < failures, NO_PREDICTION, predictions)


def random_posteriors(seed, faces=60, sharpness=0.4):
    return np.random.default_rng(seed).dirichlet(np.full(CLASSES, sharpness), faces).astype(np.float32)


@settings(deadline=None, max_examples=25)
@given(seed=seeds, failures=st.sampled_from([0.0, 0.2, 1.0]))
def test_confusion_metrics_equal_scikit_learn_with_failures_as_a_wrong_class(seed, failures):
    labels, predictions = random_answers(seed, failures=failures)
    confusion = contingency(labels, predictions, SHAPE)
    present = np.unique(labels)
    everything = range(CLASSES + 1)
    np.testing.assert_array_equal(confusion, confusion_matrix(labels, predictions, labels=everything)[:-1])
    assert accuracy(confusion) == pytest.approx(accuracy_score(labels, predictions))
    expected = f1_score(labels, predictions, labels=present, average="macro", zero_division=0)
    assert macro_f1(confusion) == pytest.approx(expected)
    expected = recall_score(labels, predictions, labels=present, average=None, zero_division=0)
    np.testing.assert_allclose(recall(confusion)[present], expected)


def test_a_class_without_faces_is_left_out_of_macro_f1_and_has_no_recall():
    labels = np.array([0, 0, 1, 1])
    predictions = np.array([0, 2, 1, 1])
    confusion = contingency(labels, predictions, SHAPE)
    assert macro_f1(confusion) == pytest.approx((2 / 3 + 1.0) / 2)
    assert np.isnan(recall(confusion)[2:]).all()


def test_metrics_of_no_faces_are_undefined_and_not_zero():
    """Trap 16: nothing was computed, so nothing is written."""
    empty = np.zeros(SHAPE, dtype=np.int64)
    for metric in (accuracy, macro_f1, chance_macro_f1, cohen_kappa):
        assert np.isnan(metric(empty))
    assert np.isnan(expected_calibration_error(np.empty((0, CLASSES)), np.empty(0, dtype=np.int64)))


@settings(deadline=None, max_examples=25)
@given(seed=seeds)
def test_kappa_equals_scikit_learn(seed):
    before, after = random_answers(seed, failures=0.3)
    everything = list(range(CLASSES + 1))
    assert cohen_kappa(contingency(before, after, SHAPE)) == pytest.approx(
        cohen_kappa_score(before, after, labels=everything)
    )


@settings(deadline=None, max_examples=25)
@given(seed=seeds)
def test_kappa_of_identical_predictions_is_one(seed):
    before, _ = random_answers(seed)
    assert cohen_kappa(contingency(before, before, SHAPE)) == pytest.approx(1.0)


def test_kappa_of_a_constant_answer_is_zero_and_of_two_constants_undefined():
    before, _ = random_answers(0)
    constant = np.full_like(before, 3)
    assert cohen_kappa(contingency(before, constant, SHAPE)) == pytest.approx(0.0)
    assert np.isnan(cohen_kappa(contingency(constant, constant, SHAPE)))


def test_tables_of_many_replicates_give_what_each_gives_alone():
    tables = np.stack([contingency(*random_answers(seed), SHAPE) for seed in range(5)])
    for metric in (accuracy, macro_f1, chance_macro_f1, cohen_kappa, recall):
        np.testing.assert_array_equal(metric(tables), np.stack([metric(table) for table in tables]))


def test_chance_macro_f1_is_what_uniform_guessing_reaches():
    frequencies = np.array([0.05, 0.1, 0.1, 0.15, 0.1, 0.2, 0.3])
    rng = np.random.default_rng(0)
    labels = rng.choice(CLASSES, 200_000, p=frequencies)
    guesses = rng.integers(0, CLASSES, len(labels))
    expected = f1_score(labels, guesses, average="macro")
    assert chance_macro_f1(contingency(labels, guesses, SHAPE)) == pytest.approx(expected, abs=3e-3)


def test_chance_macro_f1_of_balanced_classes_is_one_in_seven():
    labels = np.repeat(np.arange(CLASSES), 10)
    assert chance_macro_f1(contingency(labels, labels, SHAPE)) == pytest.approx(1 / 7)


@pytest.mark.parametrize(
    ("after", "before", "expected"),
    [
        (0.9, 0.9, 1.0),
        (0.95, 0.9, 0.81 / 0.76),
        (0.14, 0.9, 0.0),
        (0.05, 0.9, -0.09 / 0.76),
        (0.52, 0.9, 0.5),
    ],
)
def test_relative_utility_is_one_at_the_originals_and_zero_at_chance(after, before, expected):
    assert relative_utility(np.array(after), np.array(before), np.array(0.14)) == pytest.approx(expected)


def test_relative_utility_of_a_teacher_at_chance_is_undefined():
    """Trap 10: nothing is retained of what was never there."""
    assert np.isnan(relative_utility(np.array(0.3), np.array(0.14), np.array(0.14)))


@settings(deadline=None, max_examples=25)
@given(first=seeds, second=seeds)
def test_divergences_equal_scipy(first, second):
    before, after = random_posteriors(first), random_posteriors(second)
    floor = np.maximum(before, MIN_PROBABILITY), np.maximum(after, MIN_PROBABILITY)
    np.testing.assert_allclose(kl_divergence(before, after), entropy(*floor, axis=1), rtol=1e-4)
    np.testing.assert_allclose(js_divergence(before, after), jensenshannon(*floor, axis=1) ** 2, rtol=1e-4)


@settings(deadline=None, max_examples=25)
@given(first=seeds, second=seeds, sharpness=st.sampled_from([0.01, 0.4, 50.0]))
def test_divergences_are_bounded_and_js_is_symmetric(first, second, sharpness):
    before, after = (
        random_posteriors(first, sharpness=sharpness),
        random_posteriors(second, sharpness=sharpness),
    )
    assert kl_divergence(before, after).min() >= -1e-12
    js = js_divergence(before, after)
    assert js.min() >= -1e-12
    assert js.max() <= np.log(2) + 1e-12
    np.testing.assert_allclose(js, js_divergence(after, before), rtol=1e-12)


def test_divergences_of_certain_posteriors_are_finite():
    certain = np.eye(CLASSES, dtype=np.float32)
    moved = np.roll(certain, 1, axis=1)
    np.testing.assert_allclose(kl_divergence(certain, moved), -np.log(MIN_PROBABILITY), rtol=1e-4)
    np.testing.assert_allclose(js_divergence(certain, moved), np.log(2), rtol=1e-4)
    np.testing.assert_array_equal(kl_divergence(certain, certain), 0.0)


def test_probability_distance_is_of_the_given_class():
    before = np.array([[0.7, 0.3], [0.2, 0.8]])
    after = np.array([[0.1, 0.9], [0.2, 0.8]])
    np.testing.assert_allclose(probability_distance(before, after, np.array([0, 1])), [0.6, 0.0])


@settings(deadline=None, max_examples=15)
@given(seed=seeds, sharpness=st.sampled_from([0.1, 0.4, 5.0]))
def test_calibration_error_equals_torchmetrics(seed, sharpness):
    posteriors = random_posteriors(seed, 300, sharpness)
    labels = np.random.default_rng(seed).integers(0, CLASSES, 300)
    reference = MulticlassCalibrationError(CLASSES, n_bins=15, norm="l1")
    expected = reference(torch.from_numpy(posteriors), torch.from_numpy(labels)).item()
    assert expected_calibration_error(posteriors, labels) == pytest.approx(expected, abs=1e-5)


def test_calibration_error_of_a_certain_liar_is_one():
    posteriors = np.eye(CLASSES)
    assert expected_calibration_error(posteriors, np.arange(CLASSES)) == 0.0
    assert expected_calibration_error(posteriors, (np.arange(CLASSES) + 1) % CLASSES) == 1.0
