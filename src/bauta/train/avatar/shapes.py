"""The landmarks of a state: what they are on the average in faces of its posteriors and measures."""

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.avatar.codes import CodeBook
from bauta.protocols import Floats

RIDGE = 1.0
"""Penalty on the coefficients, in faces."""

MIRRORED = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *(27, 28, 29, 30, 35, 34, 33, 32, 31),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
)
"""The iBUG point that each one becomes in a mirror."""


def mirrored(landmarks: NDArray[np.floating], width: float) -> NDArray[np.floating]:
    """Landmarks (N, 68, 2) of mirrored images of this width, in pixels."""
    other = landmarks[:, MIRRORED].copy()
    other[..., 0] = width - 1 - other[..., 0]
    return other


def held_by(book: CodeBook, posteriors: Floats, landmarks: Floats, size: int) -> NDArray[np.float32]:
    """Where a standard deviation of each measure moves the landmarks, whatever is expressed.

    A ridge regression of landmarks on posteriors and measures over thousands of people, of whose proportions
    nothing remains in it.

    Args:
        book: Any book, for the scale of the measures.
        posteriors: float32 (N, 7) of the faces.
        landmarks: float32 (N, 68, 2) of the aligned faces.
        size: Side of their crops in pixels.

    Returns:
        float32 (7, 68, 2), pixels, for each of `codes.MEASURES`.
    """
    both = np.concatenate([landmarks, mirrored(landmarks, size)])
    held = book.scaled(both)
    faces = np.hstack([np.sqrt(np.concatenate([posteriors, posteriors])), held]).astype(np.float64)
    shapes = both.reshape(len(both), -1).astype(np.float64)
    moved = faces - faces.mean(axis=0)
    penalty = RIDGE * moved.var(axis=0).mean() * np.eye(faces.shape[1])
    coefficients = np.linalg.solve(moved.T @ moved + penalty, moved.T @ (shapes - shapes.mean(axis=0)))
    return coefficients[posteriors.shape[1] :].reshape(-1, 68, 2).astype(np.float32)
