"""Verification measures from score histograms: AUC, EER, TAR@FAR, each resampled over the probes' subjects.

Definitions as in ISO/IEC 19795-1. A FAR counts as resolved from 30/FAR impostor pairs on, after
Doddington's rule of 30 errors (Doddington et al., "The NIST speaker recognition evaluation", Speech
Communication 31, 2000, section 5).
"""

import numpy as np
from numpy.typing import NDArray

from bauta.attack.histograms import Counts, ScoreHistograms
from bauta.measurement import Value
from bauta.metrics.intervals import Resampling, bootstrap, percentile_interval

FARS = {"1e-1": 1e-1, "1e-2": 1e-2, "1e-3": 1e-3, "1e-4": 1e-4}
"""The FARs that are reported, by the name that they have in a value's key."""

ERRORS_TO_RESOLVE = 30

Array = NDArray[np.float64]


def resolves(far: float, impostor_pairs: int) -> bool:
    """Whether that many impostor pairs resolve a FAR."""
    return impostor_pairs * far >= ERRORS_TO_RESOLVE * (1 - 1e-12)


def unresolved_reason(far: float, impostor_pairs: int) -> str:
    """Why a measure at a FAR is missing."""
    return f"FAR {far:g} needs at least {round(ERRORS_TO_RESOLVE / far)} impostor pairs, got {impostor_pairs}"


def missing_pairs_reason(genuine_pairs: int, impostor_pairs: int) -> str | None:
    """Why verification is undefined, or None where there are pairs of both kinds (traps 5 and 6)."""
    if genuine_pairs == 0:
        return "no genuine pairs: no ok probe shares its subject with an ok enrolled face"
    if impostor_pairs == 0:
        return "no impostor pairs: all ok faces are of one subject"
    return None


def merge_pure_runs(genuine: Counts, impostor: Counts) -> tuple[Counts, Counts]:
    """The same operating points from fewer bins, highest scores first.

    Empty bins go, and neighbouring bins that hold only genuine or only impostor pairs become one: inside
    of them the ROC curve is a straight line, whatever the weights of the clusters.

    Args:
        genuine: int64 (C, B), ascending scores.
        impostor: int64 (C, B).

    Returns:
        Both as int64 (C, F), descending scores, F ≤ B.
    """
    kind: Counts = np.flip(genuine.any(axis=0) + 2 * impostor.any(axis=0).astype(np.int64))
    filled = np.flatnonzero(kind)
    kind = kind[filled]
    starts = np.flatnonzero(np.concatenate([[True], (kind[1:] != kind[:-1]) | (kind[1:] == 3)]))
    return (
        np.add.reduceat(genuine[:, ::-1][:, filled], starts, axis=1),
        np.add.reduceat(impostor[:, ::-1][:, filled], starts, axis=1),
    )


def roc_statistics(genuine: Array, impostor: Array) -> Array:
    """AUC, EER and TAR at each of `FARS` of B score distributions.

    AUC counts ties by half. EER is interpolated linearly where FAR and FRR cross. TAR@FAR is the highest
    TAR of a threshold whose FAR is not above the wanted one, not interpolated.

    Args:
        genuine: float (B, F), weight of genuine pairs in each bin, highest scores first.
        impostor: float (B, F).

    Returns:
        float64 (B, 2 + len(FARS)); NaN in rows without genuine or without impostor pairs.
    """
    totals = np.stack([genuine.sum(axis=1), impostor.sum(axis=1)])
    defined: NDArray[np.bool_] = np.all(totals > 0, axis=0)
    accepted_genuine = np.cumsum(genuine, axis=1)
    accepted_impostor = np.cumsum(impostor, axis=1)
    genuine_total, impostor_total = np.where(defined, totals, 1.0)[:, :, None]
    tar, far = accepted_genuine / genuine_total, accepted_impostor / impostor_total
    above_or_tied = accepted_genuine - genuine / 2
    auc = np.einsum("ij,ij->i", above_or_tied, impostor) / (genuine_total * impostor_total)[:, 0]
    columns = [auc, _equal_error_rate(tar, far)]
    for wanted in FARS.values():
        # A whole number of pairs may be accepted; the slack keeps rounding from losing one.
        allowed = accepted_impostor <= wanted * impostor_total * (1 + 1e-12)
        thresholds = allowed.sum(axis=1, keepdims=True)
        best = np.take_along_axis(tar, np.maximum(thresholds - 1, 0), axis=1)
        columns.append(np.where(thresholds > 0, best, 0.0)[:, 0])
    return np.where(defined[:, None], np.stack(columns, axis=1), np.nan)


def _equal_error_rate(tar: Array, far: Array) -> Array:
    """Where 1 − TAR and FAR cross, between two points of the ROC curve, float (B,)."""
    start = np.zeros((len(tar), 1))
    tar, far = np.hstack([start, tar]), np.hstack([start, far])
    gap = 1 - tar - far
    after = np.argmax(gap <= 0, axis=1)[:, None]
    before = np.maximum(after - 1, 0)
    gap_before, gap_after = np.take_along_axis(gap, before, 1), np.take_along_axis(gap, after, 1)
    far_before, far_after = np.take_along_axis(far, before, 1), np.take_along_axis(far, after, 1)
    fall = np.where(gap_before > gap_after, gap_before - gap_after, 1.0)
    return (far_before + gap_before / fall * (far_after - far_before))[:, 0]


def verification_values(histograms: ScoreHistograms, resampling: Resampling) -> dict[str, Value]:
    """`auc`, `eer`, `tar_at_far_…` for each of `FARS`, and `smallest_far`, the smallest FAR that is resolved.

    The unit of resampling is the cluster of the probe's subject; n is the number of pairs of both kinds
    (of genuine pairs for TAR, of impostor pairs for `smallest_far`). Without pairs of both kinds
    everything is missing.
    """
    has_pairs = (histograms.genuine.any(axis=1)) | (histograms.impostor.any(axis=1))
    genuine, impostor = histograms.genuine[has_pairs], histograms.impostor[has_pairs]
    genuine_pairs, impostor_pairs = int(genuine.sum()), int(impostor.sum())
    names = ["auc", "eer", *(f"tar_at_far_{name}" for name in FARS)]
    reason = missing_pairs_reason(genuine_pairs, impostor_pairs)
    if reason is not None:
        return {name: Value.missing(reason) for name in [*names, "smallest_far"]}
    genuine, impostor = merge_pure_runs(genuine, impostor)
    width = genuine.shape[1]

    def statistic(sums: Array) -> Array:
        return roc_statistics(sums[:, :width], sums[:, width:])

    per_cluster = np.hstack([genuine, impostor]).astype(np.float64)
    point = statistic(per_cluster.sum(axis=0, keepdims=True))[0]
    replicates = bootstrap(per_cluster, statistic, resampling)
    pairs = genuine_pairs + impostor_pairs
    values = {}
    for index, name in enumerate(names):
        low, high = percentile_interval(
            point[index], replicates[:, index], units=len(per_cluster), proportion=True
        )
        n = genuine_pairs if name.startswith("tar") else pairs
        values[name] = Value(value=float(point[index]), low=low, high=high, n=n)
    for name, far in FARS.items():
        if not resolves(far, impostor_pairs):
            reason = unresolved_reason(far, impostor_pairs)
            values[f"tar_at_far_{name}"] = Value.missing(reason, n=genuine_pairs)
    values["smallest_far"] = _smallest_far(impostor_pairs)
    return values


def _smallest_far(impostor_pairs: int) -> Value:
    if impostor_pairs < ERRORS_TO_RESOLVE:
        reason = (
            f"no FAR is resolved by {impostor_pairs} impostor pairs, at least {ERRORS_TO_RESOLVE} are needed"
        )
        return Value.missing(reason, n=impostor_pairs)
    return Value(value=ERRORS_TO_RESOLVE / impostor_pairs, n=impostor_pairs)
