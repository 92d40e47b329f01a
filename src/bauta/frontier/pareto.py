"""Pareto set, knee and hypervolume of points whose two coordinates are both to be maximised."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def _points(points: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(points, dtype=np.float64)
    if array.size == 0:
        return array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"expected points (N, 2), got {array.shape}")
    return array


def pareto_set(points: ArrayLike) -> NDArray[np.bool_]:
    """Which points no other point dominates.

    A point dominates another if it is at least as good in both coordinates and better in one, so equal points
    are in the set together. A point with a NaN neither dominates nor is a member.

    Args:
        points: (N, 2), larger is better.

    Returns:
        bool (N,).

    Raises:
        ValueError: the points are not (N, 2).
    """
    array = _points(points)
    at_least = (array[:, None, :] >= array[None, :, :]).all(axis=2)
    better = (array[:, None, :] > array[None, :, :]).any(axis=2)
    dominated = (at_least & better).any(axis=0)
    return np.asarray(~dominated & ~np.isnan(array).any(axis=1))


def knee(points: ArrayLike) -> int | None:
    """Index of the knee of the Pareto set, or None if that is empty.

    With at least three distinct members both coordinates are scaled to [0, 1] over the set, and the knee is
    the member farthest above the chord between the extremes, which is where the difference curve of Kneedle
    has its maximum (Satopää et al., "Finding a 'Kneedle' in a Haystack", ICDCSW 2011, section III). Where
    there are fewer members, or none lies above the chord, it is the member closest to (1, 1). Ties go to the
    larger first coordinate (privacy), then to the first point.

    Args:
        points: (N, 2) in [0, 1], larger is better.

    Raises:
        ValueError: the points are not (N, 2).
    """
    array = _points(points)
    members = np.flatnonzero(pareto_set(array))
    if len(members) == 0:
        return None
    front = array[members]
    score = -np.hypot(*(1.0 - front).T)
    if len(np.unique(front, axis=0)) >= 3:
        low, high = front.min(axis=0), front.max(axis=0)
        above_chord = ((front - low) / (high - low)).sum(axis=1) - 1.0
        if above_chord.max() > 1e-9:
            score = above_chord
    best = np.flatnonzero(score >= score.max() - 1e-12)
    return int(members[best[np.argmax(front[best, 0])]])


def hypervolume(points: ArrayLike) -> float:
    """Area that the points dominate, with the reference (0, 0).

    The exact sweep for two objectives (Zitzler and Thiele, "Multiobjective Evolutionary Algorithms", IEEE
    TEVC 1999, section II): members of the Pareto set by falling first coordinate, one rectangle each.

    Args:
        points: (N, 2), larger is better; negative coordinates dominate nothing.

    Returns:
        The area; 0 for no points.

    Raises:
        ValueError: the points are not (N, 2).
    """
    array = _points(points)
    front = np.clip(array[pareto_set(array)], 0.0, None)
    front = front[np.lexsort((front[:, 1], -front[:, 0]))]
    heights = np.diff(np.maximum.accumulate(front[:, 1]), prepend=0.0)
    return float((front[:, 0] * heights).sum())
