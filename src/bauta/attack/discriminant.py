"""Linear discriminant of subjects that survives what anonymizers produce.

That is: features that are constant, subjects whose faces are all the same, and a single face a subject.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from sklearn.covariance import ledoit_wolf

from bauta.attack.classifiers import LinearScores

CONSTANT_SPREAD = 1e-5
"""Standard deviation, relative to the root mean square of all features, below which one is constant."""
VARIANCE_FLOOR = 1e-4
"""Added to the within-subject variances of features that are scaled to a variance of 1."""


def fit_discriminant(
    features: NDArray[np.floating], subject: NDArray[np.integer], subjects: int
) -> LinearScores:
    """Linear discriminant analysis with a shrunk pooled covariance and equal priors.

    The pooled within-subject covariance of the standardised features is shrunk after Ledoit and Wolf, "A
    well-conditioned estimator for large-dimensional covariance matrices", Journal of Multivariate Analysis
    88, 2004. (scikit-learn's discriminant shrinks one covariance a class, which needs more faces than a
    subject has.) A floor keeps it invertible where all faces of a subject are alike: the classifier is
    then the nearest mean.

    Args:
        features: float (N, D).
        subject: int (N,), index of each face's subject; every index in [0, subjects) occurs.
        subjects: Number of subjects S.

    Returns:
        The discriminant; constant features give all subjects the same score.
    """
    x = features.astype(np.float64)
    weights, offsets = np.zeros((x.shape[1], subjects)), np.zeros(subjects)
    scale = x.std(axis=0)
    varying = np.flatnonzero(scale > CONSTANT_SPREAD * np.sqrt((x**2).mean()))
    if len(varying) == 0:
        return LinearScores(weights, offsets)
    scale, centre = scale[varying], x[:, varying].mean(axis=0)
    x = (x[:, varying] - centre) / scale
    means = np.zeros((subjects, len(varying)))
    np.add.at(means, subject, x)
    means /= np.bincount(subject, minlength=subjects)[:, None]
    within = ledoit_wolf(x - means[subject], assume_centered=True)[0]
    within[np.diag_indices_from(within)] += VARIANCE_FLOOR
    directions = cho_solve(cho_factor(within), means.T)
    weights[varying] = directions / scale[:, None]
    offsets = -0.5 * np.einsum("sd,ds->s", means, directions) - centre @ weights[varying]
    return LinearScores(weights, offsets)
