"""A map from features of released pictures to those of clear ones, learnt on the attacker's own people.

Ridge regression (Hoerl and Kennard, Technometrics 12, 1970) with the penalty of the smallest leave-one-out
error. The attacker needs no anonymized picture of the people whom he looks for: a stranger with an album.
"""

import numpy as np
from sklearn.linear_model import RidgeCV

from bauta.attack.faces import Embeddings
from bauta.protocols import Floats

PENALTIES = np.geomspace(1e-4, 1e3, 15)
FEWEST = 3
"""Fewest pairs to learn from."""


def clear_map(released: Floats, clear: Floats) -> RidgeCV | None:
    """Learn the map from M pairs of unit vectors (M, D) and (M, E); None if there are too few."""
    if len(released) < FEWEST:
        return None
    return RidgeCV(PENALTIES).fit(released.astype(np.float64), clear.astype(np.float64))


def mapped(learnt: RidgeCV, released: Embeddings) -> Embeddings:
    """Map the features of released pictures.

    Args:
        learnt: As from `clear_map`.
        released: N faces; those that are not ok stay so.
    """
    vectors = np.full((len(released), learnt.coef_.shape[0]), np.nan, dtype=np.float32)
    rows = np.flatnonzero(released.ok)
    if len(rows):
        found = learnt.predict(released.vectors[rows].astype(np.float64))
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        found[lengths[:, 0] == 0] = 1.0
        vectors[rows] = found / np.linalg.norm(found, axis=1, keepdims=True)
    return Embeddings(vectors, released.ok)
