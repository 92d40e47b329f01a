"""Temperature scaling, which calibrates probabilities."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

TEMPERATURES = (0.05, 20.0)


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Fit the temperature that minimises the negative log-likelihood (Guo et al., ICML 2017, section 4.2).

    The label's target is (N + 1) / (N + 2) instead of 1, after Platt (1999), section 2.2: if all of the few
    development faces are classified correctly, the likelihood alone would drive the temperature to 0.

    Args:
        logits: (N, C) for faces that were not used in training.
        labels: True classes (N,).

    Returns:
        A temperature in [0.05, 20]; logits are divided by it.
    """
    faces, classes = logits.shape
    targets = np.full((faces, classes), 1.0 / (faces + 2) / (classes - 1))
    targets[np.arange(faces), labels] = (faces + 1) / (faces + 2)
    scores = logits.astype(np.float64)

    def loss(log_temperature: float) -> float:
        return -float((targets * log_softmax(scores / np.exp(log_temperature), axis=1)).sum())

    return float(np.exp(minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded").x))
