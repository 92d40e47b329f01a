"""The choice among the ways to undo an anonymizer, on people whom the attacker knows."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bauta.errors import DataError
from bauta.protocols import Floats, Images, Restoration

ROUNDING = 1e-6
"""Lengths of difference below which two unit vectors float32 are equal."""


def choose_restoration(
    restorations: Sequence[Restoration],
    anonymized: Images,
    clear_vectors: NDArray[np.floating],
    embed: Callable[[Images], Floats],
) -> Restoration:
    """Choose the restoration that brings faces nearest to their originals for a recognizer.

    Args:
        restorations: The candidates, at least one.
        anonymized: uint8 (N, H, W, 3) RGB, anonymized faces of the attacker's own people, as he would meet
            them: released as JPEG if those that he attacks are.
        clear_vectors: float (N, D) unit vectors of their originals.
        embed: Unit vectors (N, D) of crops, such as `Recognizer.embed`.

    Returns:
        The one with the greatest mean cosine between restored and clear faces, relative to the mean of each
        set: what all restored faces have in common tells nobody apart. The first of equal ones.

    Raises:
        DataError: there is no candidate or no face, or the numbers of faces differ.
    """
    if not restorations or not len(anonymized) or len(anonymized) != len(clear_vectors):
        raise DataError(
            "expected at least one restoration and one face, and a vector for each anonymized face, "
            f"got {len(restorations)}, {len(anonymized)} and {len(clear_vectors)}"
        )
    return max(restorations, key=lambda one: centred_cosine(embed(one.restore(anonymized)), clear_vectors))


def centred_cosine(vectors: NDArray[np.floating], others: NDArray[np.floating]) -> float:
    """Mean cosine of unit vectors (N, D) with the others, row by row, each set relative to its mean.

    A single face has no mean of its own, and is compared as it is.
    """
    if len(vectors) == 1:
        return mean_cosine(vectors, others)
    centred = []
    for one in (vectors, others):
        found = one - one.mean(axis=0, dtype=np.float64)
        centred.append(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), ROUNDING))
    return mean_cosine(*centred)


def mean_cosine(vectors: NDArray[np.floating], others: NDArray[np.floating]) -> float:
    """Mean cosine of unit vectors (N, D) with the others (N, D), row by row."""
    return float(np.einsum("nd,nd->n", vectors.astype(np.float64), others.astype(np.float64)).mean())
