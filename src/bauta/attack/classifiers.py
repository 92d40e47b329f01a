"""What the adaptive attacker classifies faces with: pixel features, linear scores, mean templates."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from bauta.attack.identification import mean_templates

PIXEL_SIDE = 32

Array = NDArray[np.float64]


def pixel_features(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Grey thumbnails of crops.

    Args:
        images: uint8 (N, H, W, 3) RGB.

    Returns:
        float32 (N, 1024) in [0, 1]: luma of 32×32 area averages, row by row.
    """
    thumbnails = np.zeros((len(images), PIXEL_SIDE, PIXEL_SIDE), dtype=np.float32)
    for index, image in enumerate(images):
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
        thumbnails[index] = cv2.resize(grey, (PIXEL_SIDE, PIXEL_SIDE), interpolation=cv2.INTER_AREA)
    return thumbnails.reshape(len(images), PIXEL_SIDE**2) / np.float32(255)


@dataclass(frozen=True)
class LinearScores:
    """Scores x·weights + offsets of S subjects, a float64 (D, S) and a float64 (S,)."""

    weights: Array
    offsets: Array

    def scores(self, features: NDArray[np.floating]) -> Array:
        """Scores of features (N, D), float64 (N, S)."""
        return features.astype(np.float64) @ self.weights + self.offsets

    def log_posteriors(self, features: NDArray[np.floating]) -> Array:
        """Log posterior of each subject for features (N, D), float64 (N, S)."""
        return log_softmax(self.scores(features), axis=1)


def fit_templates(vectors: NDArray[np.floating], subject: NDArray[np.integer], subjects: int) -> LinearScores:
    """Cosine to the mean template of each subject, the rule of the fixed attacker.

    Args:
        vectors: float (N, D) unit vectors.
        subject: int (N,), index of each face's subject; every index in [0, subjects) occurs.
        subjects: Number of subjects S.
    """
    return LinearScores(mean_templates(vectors, subject, subjects).T, np.zeros(subjects))
