"""AUC, EER and TAR@FAR of many weighted score histograms at once.

Definitions as in ISO/IEC 19795-1.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FARS = {"1e-1": 1e-1, "1e-2": 1e-2, "1e-3": 1e-3, "1e-4": 1e-4}
"""The reported FARs, by their name in a value's key."""

Array = NDArray[np.float64]
Weights = NDArray[Any]
"""Counts, int64, or weights, float64."""


def merge_pure_runs(genuine: Weights, impostor: Weights, *others: Weights) -> tuple[Weights, ...]:
    """Represent the same operating points with fewer bins, highest scores first.

    Empty bins are dropped, and neighbouring bins that hold only genuine or only impostor pairs are merged:
    within them the ROC curve is a straight line, whatever the weights of the clusters.

    Args:
        genuine: (C, B) ≥ 0, ascending scores.
        impostor: (C, B) ≥ 0.
        others: (C, B) each, counts of the same pairs by other clusters.

    Returns:
        All as (C, F), descending scores, F ≤ B.
    """
    kind: NDArray[np.int64] = np.flip(genuine.any(axis=0) + 2 * impostor.any(axis=0).astype(np.int64))
    filled = np.flatnonzero(kind)
    kind = kind[filled]
    starts = np.flatnonzero(np.concatenate([[True], (kind[1:] != kind[:-1]) | (kind[1:] == 3)]))
    found = (counts[:, ::-1][:, filled] for counts in (genuine, impostor, *others))
    return tuple(np.add.reduceat(counts, starts, axis=1) if len(filled) else counts for counts in found)


def roc_statistics(
    genuine: Array, impostor: Array, leaked: Array | None = None, rejected: Array | None = None
) -> Array:
    """Compute AUC, EER and the TAR at each of `FARS` for B score distributions.

    AUC counts ties as half. EER is interpolated linearly where FAR and FRR cross. TAR@FAR is the highest TAR
    of a threshold at and above which the FAR never exceeds the target, without interpolation.

    Args:
        genuine: float (B, F), weight of genuine pairs in each bin, highest scores first.
        impostor: float (B, F). Single weights may be negative, as in a linearised resample.
        leaked: float (B,), weight of genuine pairs above all scores; None for none.
        rejected: float (B,), weight of impostor pairs below all scores.

    Returns:
        float64 (B, 2 + len(FARS)), from 0 to 1; NaN in rows without genuine or without impostor pairs.
    """
    above = np.zeros(len(genuine)) if leaked is None else leaked
    below = np.zeros(len(impostor)) if rejected is None else rejected
    accepted_genuine = accepted_weight(genuine, above)
    accepted_impostor = accepted_weight(impostor, np.zeros_like(below))
    totals = np.stack([accepted_genuine[:, -1], accepted_impostor[:, -1] + below])
    defined: NDArray[np.bool_] = np.all(totals > 0, axis=0)
    genuine_total, impostor_total = np.where(defined, totals, 1.0)[:, :, None]
    above_or_tied = accepted_genuine[:, 1:] - genuine / 2
    won = np.einsum("ij,ij->i", above_or_tied, impostor) + below * totals[0]
    tar, far = accepted_genuine / genuine_total, accepted_impostor / impostor_total
    columns = [won / (genuine_total * impostor_total)[:, 0], _equal_error_rate(tar, far)]
    for wanted in FARS.values():
        columns.append(weight_at(wanted * impostor_total, accepted_impostor, tar))
    found = np.clip(np.stack(columns, axis=1), 0.0, 1.0)
    return np.where(defined[:, None], found, np.nan)


def accepted_weight(weights: Array, above: Array) -> Array:
    """Weight accepted at each threshold, float (B, F + 1), from the one above all scores to the lowest.

    Args:
        weights: float (B, F), highest scores first.
        above: float (B,), weight that every threshold accepts.
    """
    accepted = np.empty((len(weights), weights.shape[1] + 1))
    accepted[:, 0] = above
    np.cumsum(weights, axis=1, out=accepted[:, 1:])
    accepted[:, 1:] += above[:, None]
    return accepted


def weight_at(allowed: Array, accepted_impostor: Array, accepted_genuine: Array) -> Array:
    """The accepted genuine weight at the lowest threshold that accepts no more impostors than allowed.

    No higher threshold accepts more either, and nothing is interpolated.

    Args:
        allowed: float (B, 1), greatest accepted weight of impostors.
        accepted_impostor: float (B, F + 1), see `accepted_weight`.
        accepted_genuine: float (B, F + 1).

    Returns:
        float64 (B,).
    """
    # A whole number of pairs may be accepted; the slack prevents losing one to rounding.
    refused = accepted_impostor > allowed * (1 + 1e-12)
    first = np.argmax(refused, axis=1)  # 0, where nothing is accepted, stands for none
    last = np.where(first > 0, first, refused.shape[1]) - 1
    return np.take_along_axis(accepted_genuine, last[:, None], axis=1)[:, 0]


def _equal_error_rate(tar: Array, far: Array) -> Array:
    """The rate at which 1 − TAR and FAR cross, between two points of the ROC curve, float (B,)."""
    gap = 1 - tar - far
    after = np.argmax(gap <= 0, axis=1)[:, None]
    before = np.maximum(after - 1, 0)
    gap_before, gap_after = np.take_along_axis(gap, before, 1), np.take_along_axis(gap, after, 1)
    far_before, far_after = np.take_along_axis(far, before, 1), np.take_along_axis(far, after, 1)
    fall = np.where(gap_before > gap_after, gap_before - gap_after, 1.0)
    return (far_before + gap_before / fall * (far_after - far_before))[:, 0]
