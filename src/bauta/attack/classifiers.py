"""The adaptive attacker's building blocks: linear scores and mean templates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from bauta.attack.faces import Rows, blocks_of_rows
from bauta.attack.identification import normalised_templates

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LinearScores:
    """Scores x·weights + offsets for S subjects, with weights float64 (D, S) and offsets float64 (S,)."""

    weights: Array
    offsets: Array

    def scores(self, features: NDArray[np.floating]) -> Array:
        """Scores of features (N, D), float64 (N, S)."""
        return features.astype(np.float64) @ self.weights + self.offsets

    def log_posteriors(self, features: NDArray[np.floating]) -> Array:
        """Log posterior of each subject for features (N, D), float64 (N, S)."""
        return log_softmax(self.scores(features), axis=1)


def fit_templates(
    vectors: Rows,
    subject: NDArray[np.integer],
    subjects: int,
    rows: NDArray[np.integer] | None = None,
) -> LinearScores:
    """Fit the fixed attacker's rule: the cosine similarity to each subject's mean template.

    Args:
        vectors: float (N, D) unit vectors, read a few thousand rows at a time.
        subject: int (R,), index of each used face's subject; every index in [0, subjects) occurs.
        subjects: Number of subjects S.
        rows: int (R,), the faces to use; all by default.
    """
    used = np.arange(len(vectors)) if rows is None else rows
    sums = np.zeros((subjects, vectors.shape[1]))
    for part in blocks_of_rows(used):
        np.add.at(sums, subject[part], vectors[used[part]])
    return LinearScores(normalised_templates(sums).T, np.zeros(subjects))
