"""Differences of two measured values with 95 % intervals, on the same people in pairs or on others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bauta.errors import DataError
from bauta.measurement import Value
from bauta.metrics.intervals import TAIL, Resampling, bootstrap, ratio_value

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """A linear scale from shares to [0, 1], clipped there; by default the share itself.

    Attributes:
        worst: The share that becomes 0.
        best: The share that becomes 1.
    """

    worst: float = 0.0
    best: float = 1.0

    def of(self, shares: Array) -> Array:
        """The positions of shares."""
        return np.clip((shares - self.worst) / (self.best - self.worst), 0.0, 1.0)


def paired_difference(
    hits_a: ArrayLike,
    hits_b: ArrayLike,
    probes: ArrayLike,
    resampling: Resampling,
    scale: Scale | None = None,
) -> Value:
    """Share of hits in B minus that in A, on the same probes of the same people.

    Both are resampled with the same people, so what they have in common cancels. As in
    `intervals.difference_value`, percentiles are widened to contain what the intervals of the gains and of
    the losses give together (Newcombe, Statistics in Medicine 17, 1998, method 8 without the correlation),
    because where few people differ they are too narrow. Here a gain or a loss is that of a person.

    Args:
        hits_a: float (P,), hits on each person, from 0 to the person's number of probes.
        hits_b: float (P,), likewise.
        probes: float (P,), number of probes of each person; a person without any is left out.
        resampling: Number of replicates and seed.
        scale: Where shares lie on the axis on which they are compared.

    Returns:
        The difference b − a with its interval, and n = number of probes; without an interval for one person.

    Raises:
        DataError: the numbers of people differ, or somebody has more hits than probes.
    """
    columns = [np.asarray(one, dtype=np.float64) for one in (hits_a, hits_b, probes)]
    if len({one.shape for one in columns}) != 1:
        raise DataError(f"expected as many people in A as in B, got {[len(one) for one in columns]}")
    sums = np.stack(columns, axis=1)
    sums = sums[sums[:, 2] > 0]
    if not ((sums[:, :2] >= 0) & (sums[:, :2] <= sums[:, 2:] * (1 + 1e-9))).all():
        raise DataError("expected from 0 hits to as many as a person has probes")
    if len(sums) == 0:
        return Value.missing("there are no probes", n=0)
    axis = scale or Scale()

    def change(total: Array) -> Array:
        placed = axis.of(total[:, :2] / total[:, 2:])
        return placed[:, 1] - placed[:, 0]

    total = sums.sum(axis=0, keepdims=True)
    value, number = float(change(total)[0]), round(float(total[0, 2]))
    if len(sums) < 2:
        return Value(value=value, n=number)
    low, high = np.quantile(bootstrap(sums, change, resampling), [TAIL, 1 - TAIL])
    below, above = _reach(sums[:, 1] - sums[:, 0], sums[:, 2], resampling)
    slope = 1 / (axis.best - axis.worst)
    below, above = (below, above) if slope > 0 else (above, below)
    return Value(
        value=value,
        low=max(-1.0, float(min(low, value - abs(slope) * below))),
        high=min(1.0, float(max(high, value + abs(slope) * above))),
        n=number,
    )


def independent_difference(a: Value, b: Value) -> Value:
    """B minus A, as if they were measured on different people.

    The interval adds the squares of both half-widths on either side (MOVER: Zou and Donner, "Construction of
    confidence limits about effect measures", Statistics in Medicine 27, 2008), which for two means is the
    interval of a difference of independent means. On the same people, who are hard or easy in both, it is too
    wide.

    Returns:
        The difference; missing if one is missing, and without an interval if one has none.
    """
    for name, one in (("A", a), ("B", b)):
        if one.value is None:
            return Value.missing(f"{name}: {one.reason}")
    ends = np.array([[one.low, one.value, one.high] for one in (a, b)], dtype=np.float64)
    value = float(ends[1, 1] - ends[0, 1])
    counted = min((one.n for one in (a, b) if one.n is not None), default=None)
    if np.isnan(ends).any():
        return Value(value=value, n=counted)
    below, above = ends[:, 1] - ends[:, 0], ends[:, 2] - ends[:, 1]
    return Value(
        value=value,
        low=value - float(np.hypot(below[1], above[0])),
        high=value + float(np.hypot(above[1], below[0])),
        n=counted,
    )


def _reach(moved: Array, probes: Array, resampling: Resampling) -> tuple[float, float]:
    """How far a difference of shares may lie below and above its estimate, by gains and losses of people."""
    ends = []
    for part in (moved, -moved):
        found = ratio_value(np.maximum(part, 0.0), probes, resampling, proportion=True)
        ends.append([found.low, found.value, found.high])
    gain, loss = np.array(ends, dtype=np.float64)
    return float(np.hypot(gain[1] - gain[0], loss[2] - loss[1])), float(
        np.hypot(gain[2] - gain[1], loss[1] - loss[0])
    )
