"""The K states of a code book, learnt on faces that nobody is scored on."""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from bauta.anonymize.avatar.codes import LARGEST, MEASURES, CodeBook, measures
from bauta.errors import InfeasibleError
from bauta.labels import EXPRESSIONS
from bauta.protocols import Floats

WEIGHTS = dict(zip(MEASURES, (1.0, 1.5, 0.8, 1.0, 0.6, 1.2, 0.8), strict=True))
"""How much a standard deviation of each measure counts: most where a face is seen to move."""

RESTARTS = 3


def learn_states(posteriors: Floats, landmarks: Floats, states: int, *, seed: int) -> CodeBook:
    """Cluster the measures of faces: k-means within each expression (Lloyd, IEEE Trans. Inf. Theory 1982).

    Each expression gets a number of states that grows with the square root of its faces, and at least one.
    With seven states, each is an expression, held as it is on the average.

    Args:
        posteriors: float32 (N, 7) of the teacher.
        landmarks: float32 (N, 68, 2) iBUG points.
        states: K, at least 7.
        seed: Of k-means.

    Raises:
        InfeasibleError: an expression has fewer faces than states.
    """
    found = measures(landmarks)
    centre, spread = found.mean(axis=0), found.std(axis=0)
    scaled = np.clip((found - centre) / spread, -LARGEST, LARGEST)
    weights = np.array([WEIGHTS[name] for name in MEASURES])
    read = posteriors.argmax(axis=1)
    numbers = share_states(np.bincount(read, minlength=len(EXPRESSIONS)), states)
    centres = []
    for expression, number in enumerate(numbers):
        faces = scaled[read == expression] * weights
        if len(faces) < number:
            raise InfeasibleError(
                f"avatar: expected at least {number} faces that are read as {EXPRESSIONS[expression]}, got "
                f"{len(faces)}; learn from more faces"
            )
        centres.append(KMeans(number, n_init=RESTARTS, random_state=seed).fit(faces).cluster_centers_)
    return CodeBook(
        expressions=np.repeat(np.arange(len(EXPRESSIONS), dtype=np.uint8), numbers),
        measures=(np.concatenate(centres) / weights).astype(np.float32),
        centre=centre.astype(np.float32),
        spread=spread.astype(np.float32),
        weights=weights.astype(np.float32),
    )


def share_states(faces: NDArray[np.integer], states: int) -> list[int]:
    """Share states among expressions by the square roots of their numbers of faces, at least one each."""
    shares = np.sqrt(faces)
    numbers = np.ones(len(faces), dtype=int)
    for _ in range(states - len(faces)):
        numbers[np.argmax(shares / numbers)] += 1
    return [int(number) for number in numbers]
