import numpy as np
import pytest
from scipy.special import softmax

from bauta.metrics.expression import expected_calibration_error
from bauta.train.calibrate import fit_temperature

CLASSES = 7


def drawn_labels(logits, rng):
    """Labels drawn from the probabilities that the logits mean."""
    return np.array([rng.choice(len(row), p=row) for row in softmax(logits, axis=1)])


@pytest.mark.parametrize("overconfidence", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_a_factor_on_the_logits(overconfidence):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (8000, CLASSES))
    labels = drawn_labels(logits, rng)
    assert fit_temperature(overconfidence * logits, labels) == pytest.approx(overconfidence, rel=0.06)


def test_calibration_lowers_the_calibration_error():
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (3000, CLASSES))
    labels = drawn_labels(logits, rng)
    raw = expected_calibration_error(softmax(4 * logits, axis=1), labels)
    scaled = expected_calibration_error(
        softmax(4 * logits / fit_temperature(4 * logits, labels), axis=1), labels
    )
    assert scaled < raw / 5


def test_few_faces_that_are_all_right_do_not_make_the_teacher_certain():
    labels = np.repeat(np.arange(CLASSES), 5)
    logits = 3.0 * np.eye(CLASSES)[labels]
    confidence = softmax(logits / fit_temperature(logits, labels), axis=1).max(1)
    np.testing.assert_allclose(confidence, 36 / 37, atol=2e-4)
