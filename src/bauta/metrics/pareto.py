"""Pareto set, knee and hypervolume of points (N, 2) whose coordinates are both to be maximised.

Equal points are in the set together. A point with a NaN neither dominates nor is a member.
"""

import moocore
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

NORMAL_975 = float(ndtri(0.975))
"""The 97.5 percentile of the standard normal distribution."""


def pareto_set(points: ArrayLike) -> NDArray[np.bool_]:
    """Which points no other point dominates: bool (N,).

    Raises:
        ValueError: the points are not (N, 2).
    """
    array = _points(points)
    members: NDArray[np.bool_] = np.asarray(~np.isnan(array).any(axis=1))
    if members.any():
        members[members] = moocore.is_nondominated(array[members], maximise=True, keep_weakly=True)
    return members


def knee(points: ArrayLike) -> int | None:
    """Index of the knee of the Pareto set, or None if that is empty.

    With at least three distinct members both coordinates are scaled to [0, 1] over the set, and the knee is
    the member farthest above the chord between the extremes, which is where the difference curve of Kneedle
    has its maximum (Satopää et al., "Finding a 'Kneedle' in a Haystack", ICDCSW 2011, section III). Where
    there are fewer members, or none lies above the chord, it is the member closest to (1, 1). Ties go to the
    larger first coordinate (privacy), then to the first point. The package `kneed` interpolates a curve and
    may find no knee on it, where a summary needs a member.

    Raises:
        ValueError: the points are not (N, 2).
    """
    array = _points(points)
    return _knee_of(array, np.flatnonzero(pareto_set(array)))


def _knee_of(array: NDArray[np.float64], members: NDArray[np.intp]) -> int | None:
    """Index of the knee, given the positions of the members of the Pareto set."""
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


def standing(
    points: ArrayLike, low: ArrayLike, high: ArrayLike, *, draws: int, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How often each point is in the Pareto set, and how often its knee, if the coordinates vary.

    An approximation of resampling, for points of which only 95 % intervals are known. Each coordinate is
    drawn from a split normal distribution: two halves of normal distributions, one on either side of the
    value, with equal weight, so that the median is the value, and the 2.5 and 97.5 percentiles are the ends
    of the interval. It is clipped to [0, 1], the range of both axes. The draws are independent; settings that
    were measured on the same people vary together, so that their order is firmer than the shares say. A
    coordinate without an interval does not vary.

    Args:
        points: float (N, 2) in [0, 1]; a point with a NaN takes no part and has shares of 0.
        low: float (N, 2), lower ends of the intervals, NaN where there is none.
        high: float (N, 2), upper ends.
        draws: Number of draws.
        seed: Seed of the draws.

    Returns:
        Both shares, float64 (N,) in [0, 1].

    Raises:
        ValueError: the points are not (N, 2).
    """
    middle = _points(points)
    below, above = (
        np.nan_to_num(np.maximum(width, 0.0) / NORMAL_975)
        for width in (middle - _points(low), _points(high) - middle)
    )
    rng = np.random.default_rng(seed)
    in_set, at_knee = (np.zeros(len(middle), dtype=np.int64) for _ in range(2))
    for _ in range(draws):
        step = rng.standard_normal(middle.shape)
        drawn = np.clip(middle + step * np.where(step < 0, below, above), 0.0, 1.0)
        members = np.flatnonzero(pareto_set(drawn))
        in_set[members] += 1
        if (found := _knee_of(drawn, members)) is not None:
            at_knee[found] += 1
    return in_set / draws, at_knee / draws


def hypervolume(points: ArrayLike) -> float:
    """Area that the points dominate, with the reference (0, 0); 0 for no points.

    Raises:
        ValueError: the points are not (N, 2).
    """
    array = _points(points)
    front = array[pareto_set(array)]
    return float(moocore.hypervolume(front, ref=[0.0, 0.0], maximise=True)) if len(front) else 0.0


def _points(points: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(points, dtype=np.float64)
    if array.size and (array.ndim != 2 or array.shape[1] != 2):
        raise ValueError(f"expected points (N, 2), got {array.shape}")
    return array.reshape(-1, 2)
