"""Preservation of expression: agreement of predictions with labels and with predictions on the originals.

Predictions are class indices 0 … C − 1; index C stands for a face that has no prediction (its status is not
ok), which is never correct and never agrees. Functions of count tables accept leading axes, so that one
call handles all replicates of a bootstrap. A metric that the data do not define is NaN.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import rel_entr

FloatArray = NDArray[np.float64]

MIN_PROBABILITY = 1e-7
"""Posteriors are clipped to at least this value and renormalised before a divergence is computed."""

ECE_BINS = 15


def contingency(rows: NDArray[np.integer], columns: NDArray[np.integer], shape: tuple[int, int]) -> NDArray:
    """Count table int64 `shape` of two index arrays (N,)."""
    return np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1]).reshape(shape)


def accuracy(confusion: NDArray) -> FloatArray:
    """Share of faces whose prediction equals their label.

    Args:
        confusion: Counts (…, C, C + 1), labels × predictions, the last column for no prediction.
    """
    return _ratio(_diagonal(confusion).sum(-1), confusion.sum((-2, -1)))


def recall(confusion: NDArray) -> FloatArray:
    """Recall (…, C) of each class, NaN for a class without faces; `confusion` as in `accuracy`."""
    return _ratio(_diagonal(confusion), confusion.sum(-1))


def macro_f1(confusion: NDArray) -> FloatArray:
    """Mean F1 of the classes that have faces; `confusion` as in `accuracy`.

    F1 = 2 TP / (faces of the class + predictions of the class), Sokolova and Lapalme (2009), table 3. A face
    without a prediction is a false negative of its class and a false positive of none.
    """
    faces = confusion.sum(-1)
    predicted = confusion[..., :-1].sum(-2)
    return _mean_of_present(_ratio(2 * _diagonal(confusion), faces + predicted), faces)


def chance_macro_f1(confusion: NDArray) -> FloatArray:
    """Macro-F1 of a uniform random guess among the C classes, given the frequencies of the labels.

    A guess has precision p, the frequency of the class, and recall 1/C; 2 p (1/C) / (p + 1/C) is averaged
    over the classes that have faces.
    """
    faces = confusion.sum(-1)
    frequency = _ratio(faces, faces.sum(-1, keepdims=True))
    guess = 1.0 / confusion.shape[-2]
    return _mean_of_present(2 * frequency * guess / (frequency + guess), faces)


def relative_utility(after: FloatArray, before: FloatArray, chance: FloatArray) -> FloatArray:
    """Macro-F1 relative to the originals, (after − chance) / (before − chance), which may be beyond [0, 1].

    NaN where the teacher is no better than chance on the originals.
    """
    above = np.where(before > chance, before - chance, np.nan)
    return (after - chance) / above


def cohen_kappa(table: NDArray) -> FloatArray:
    """Cohen's κ (1960) of a square table of counts (…, K, K), or of (…, C, C + 1).

    In a table (C, C + 1) the last column holds faces to which only the second rater assigns no class; they
    count as disagreement. NaN where both raters always choose the same single class.
    """
    total = table.sum((-2, -1))
    observed = _ratio(_diagonal(table).sum(-1), total)
    classes = table.shape[-2]
    expected = _ratio((table.sum(-1) * table.sum(-2)[..., :classes]).sum(-1), total.astype(np.float64) ** 2)
    return _ratio(observed - expected, 1.0 - expected)


def kl_divergence(before: NDArray[np.floating], after: NDArray[np.floating]) -> FloatArray:
    """Kullback–Leibler divergence KL(before‖after) in nats of posteriors (N, C), (N,)."""
    return rel_entr(_clipped(before), _clipped(after)).sum(1)


def js_divergence(before: NDArray[np.floating], after: NDArray[np.floating]) -> FloatArray:
    """Jensen–Shannon divergence in nats of posteriors (N, C), (N,) in [0, ln 2]; Lin (1991)."""
    first, second = _clipped(before), _clipped(after)
    middle = (first + second) / 2
    return (rel_entr(first, middle).sum(1) + rel_entr(second, middle).sum(1)) / 2


def probability_distance(
    before: NDArray[np.floating], after: NDArray[np.floating], classes: NDArray[np.integer]
) -> FloatArray:
    """|p_before(c) − p_after(c)|, (N,) in [0, 1], for one class c per face, of posteriors (N, C)."""
    faces = np.arange(len(classes))
    return np.abs(before[faces, classes].astype(np.float64) - after[faces, classes])


def expected_calibration_error(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], bins: int = ECE_BINS
) -> float:
    """Expected calibration error in [0, 1]; Guo et al. (ICML 2017), equation 5.

    Args:
        probabilities: Posteriors (N, C).
        labels: True classes (N,).
        bins: Number of bins of equal width, each open at its lower and closed at its upper end.
    """
    if len(labels) == 0:
        return float("nan")
    confidence = probabilities.max(1).astype(np.float64)
    right = probabilities.argmax(1) == labels
    position = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    gap = np.bincount(position, right - confidence, minlength=bins)
    return float(np.abs(gap).sum() / len(labels))


def _clipped(posteriors: NDArray[np.floating]) -> FloatArray:
    clipped = np.maximum(posteriors.astype(np.float64), MIN_PROBABILITY)
    return clipped / clipped.sum(1, keepdims=True)


def _diagonal(table: NDArray) -> NDArray:
    return np.diagonal(table, axis1=-2, axis2=-1)


def _ratio(numerator: NDArray, denominator: NDArray) -> FloatArray:
    """Quotient, NaN where the denominator is zero."""
    undefined = np.equal(denominator, 0)
    return np.where(undefined, np.nan, numerator / np.where(undefined, 1, denominator))


def _mean_of_present(scores: FloatArray, faces: NDArray) -> FloatArray:
    present = faces > 0
    return _ratio(np.where(present, scores, 0.0).sum(-1), present.sum(-1))
