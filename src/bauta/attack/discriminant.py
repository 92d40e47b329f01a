"""A linear discriminant of subjects that is robust against the output of anonymizers.

It copes with constant features, subjects whose faces are all equal, and subjects with a single face.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from bauta.attack.classifiers import LinearScores
from bauta.attack.faces import Rows, blocks_of_rows

CONSTANT_SPREAD = 1e-5
"""Standard deviation, relative to the RMS of all features, below which a feature counts as constant."""
VARIANCE_FLOOR = 1e-4
"""Added to the within-subject variances of features scaled to unit variance."""

Array = NDArray[np.float64]


def fit_discriminant(
    features: Rows,
    subject: NDArray[np.integer],
    subjects: int,
    rows: NDArray[np.integer] | None = None,
) -> LinearScores:
    """Fit a linear discriminant with a shrunk pooled covariance and equal priors.

    The pooled within-subject covariance of the standardised features is shrunk after Ledoit and Wolf, "A
    well-conditioned estimator for large-dimensional covariance matrices", Journal of Multivariate Analysis
    88, 2004. (scikit-learn's discriminant shrinks one covariance per class, which needs more faces than a
    subject has.) A floor keeps it invertible if all faces of a subject are equal; the classifier then reduces
    to the nearest mean. The features are read a few thousand rows at a time.

    Args:
        features: float (N, D).
        subject: int (R,), index of each used face's subject; every index in [0, subjects) occurs.
        subjects: Number of subjects S.
        rows: int (R,), the faces to use; all by default.

    Returns:
        The discriminant; constant features give all subjects the same score.
    """
    used = np.arange(len(features)) if rows is None else rows
    dimensions = features.shape[1]
    centre = sum(block.sum(axis=0) for _, block in _blocks(features, used)) / len(used)
    power = sum(float((block**2).sum()) for _, block in _blocks(features, used)) / (len(used) * dimensions)
    spread = sum(((block - centre) ** 2).sum(axis=0) for _, block in _blocks(features, used)) / len(used)
    scale = np.sqrt(spread)
    varying = np.flatnonzero(scale > CONSTANT_SPREAD * np.sqrt(power))
    if len(varying) == 0:
        return LinearScores(np.zeros((dimensions, subjects)), np.zeros(subjects))
    scale, centre = scale[varying], centre[varying]

    def standardised() -> Iterator[tuple[slice, Array]]:
        for part, block in _blocks(features, used):
            kept = block if len(varying) == dimensions else block[:, varying]
            kept -= centre
            kept /= scale
            yield part, kept

    means = np.zeros((subjects, len(varying)))
    for part, block in standardised():
        np.add.at(means, subject[part], block)
    means /= np.bincount(subject, minlength=subjects)[:, None]
    within = shrunk_covariance(
        np.subtract(block, means[subject[part]], out=block) for part, block in standardised()
    )
    within[np.diag_indices_from(within)] += VARIANCE_FLOOR
    directions = cho_solve(cho_factor(within), means.T)
    halves = -0.5 * np.einsum("sd,ds->s", means, directions)
    # Of many subjects, each of these matrices is as large as all that the attack learns.
    del means
    directions /= scale[:, None]
    weights = np.zeros((dimensions, subjects))
    weights[varying] = directions
    del directions
    learnt = weights if len(varying) == dimensions else weights[varying]
    return LinearScores(weights, halves - centre @ learnt)


def shrunk_covariance(blocks: Iterator[Array]) -> Array:
    """Ledoit and Wolf's covariance of centred observations given in blocks.

    This equals scikit-learn's `ledoit_wolf` with `assume_centered`, which needs all observations at once.
    Summed over all pairs of features, the products of their squares equal a sum over the observations of
    their squared length, squared.

    Args:
        blocks: float64 (B, D), N observations in all.

    Returns:
        float64 (D, D).
    """
    total, fourth, count = np.zeros(()), 0.0, 0
    for block in blocks:
        total = total + block.T @ block
        fourth += float((np.einsum("nd,nd->n", block, block) ** 2).sum())
        count += len(block)
    covariance = total / count
    dimensions = len(covariance)
    mean_variance = np.trace(covariance) / dimensions
    squares = float((covariance**2).sum())
    dispersion = (squares - dimensions * mean_variance**2) / dimensions
    error = min((fourth / count - squares) / (dimensions * count), dispersion)
    shrinkage = error / dispersion if error > 0 else 0.0
    covariance *= 1 - shrinkage
    covariance[np.diag_indices_from(covariance)] += shrinkage * mean_variance
    return covariance


def _blocks(features: Rows, rows: NDArray[np.integer]) -> Iterator[tuple[slice, Array]]:
    """Yield slices of the rows with their features, float64 (B, D), a new array each."""
    for part in blocks_of_rows(rows):
        yield part, features[rows[part]].astype(np.float64)
