"""Verification measures from score histograms: AUC, EER and TAR@FAR, with people resampled on both sides.

An attacker who sees an AUC below 0.5 turns his scores round, so every measure is that of the better direction
(trap 30). Where failures count, a genuine pair with a failed face is above all scores and an impostor pair
below them (trap 29).

A FAR counts as resolved from 30/FAR pairs of two people on, after Doddington's rule of 30 errors (Doddington
et al., "The NIST speaker recognition evaluation", Speech Communication 31, 2000, section 5). Pairs of images
of the same two people are not independent and count once.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bauta.attack.histograms import ScoreHistograms
from bauta.attack.pair_counts import PairCounts
from bauta.attack.roc import FARS, merge_pure_runs, roc_statistics
from bauta.measurement import Value
from bauta.metrics.intervals import Resampling, bootstrap, both_sides, percentile_interval

ERRORS_TO_RESOLVE = 30
MEASURES = ("auc", "eer", *(f"tar_at_far_{name}" for name in FARS))

Array = NDArray[np.float64]


def resolves(far: float, people: int) -> bool:
    """Whether this many distinct pairs of two people resolve a FAR."""
    return people * far >= ERRORS_TO_RESOLVE * (1 - 1e-12)


def unresolved_reason(far: float, people: int) -> str:
    """The reason why a measure at a FAR is missing."""
    needed = round(ERRORS_TO_RESOLVE / far)
    return f"FAR {far:g} needs at least {needed} impostor pairs of distinct people, got {people}"


def missing_pairs_reason(genuine_pairs: int, impostor_pairs: int) -> str | None:
    """The reason why verification is undefined; None if there are pairs of both kinds (traps 5 and 6)."""
    if genuine_pairs == 0:
        return "no genuine pairs: no ok probe shares its subject with an ok enrolled face"
    if impostor_pairs == 0:
        return "no impostor pairs: all ok faces are of one subject"
    return None


def plain_auc(histograms: ScoreHistograms) -> float | None:
    """AUC of the scored pairs if a higher score means the same person; None without pairs of both kinds."""
    genuine, impostor = (
        counts.sum(axis=0, keepdims=True)[:, ::-1].astype(np.float64)
        for counts in (histograms.genuine, histograms.impostor)
    )
    auc = float(roc_statistics(genuine, impostor)[0, 0])
    return None if np.isnan(auc) else auc


def turned_note(histograms: ScoreHistograms) -> str | None:
    """Say that the scores were turned round, and what the AUC would be otherwise; None if they were not."""
    auc = plain_auc(histograms)
    if auc is None or auc >= 0.5:
        return None
    return f"scores turned round: people look less like themselves than like others, AUC {auc:.3f}"


def verification_values(histograms: ScoreHistograms, resampling: Resampling) -> dict[str, Value]:
    """Measure `auc`, `eer`, `tar_at_far_…` for each of `FARS`, and `smallest_far`, the smallest resolved FAR.

    `*_covered` are the same over the scored pairs, without failures. The unit of resampling is the cluster
    of people, drawn for both sides of a pair; n is the number of pairs of both kinds (of genuine pairs for
    TAR, of distinct pairs of two people for `smallest_far`). Without pairs of both kinds, all values are
    missing.
    """
    every, scored, failed = histograms.all_pairs, histograms.scored_pairs, histograms.failed_pairs
    reason = missing_pairs_reason(*every.totals)
    if reason is not None:
        names = (f"{name}{suffix}" for name in MEASURES for suffix in ("", "_covered"))
        return {name: Value.missing(reason) for name in (*names, "smallest_far")}
    used = (every.genuine + every.impostor + every.impostor_enrolled) > 0
    merged = merge_pure_runs(histograms.genuine, histograms.impostor, histograms.impostor_enrolled)
    auc = plain_auc(histograms)
    if auc is not None and auc < 0.5:
        merged = tuple(counts[:, ::-1] for counts in merged)
    genuine, impostor, enrolled = (counts[used] for counts in merged)
    width = genuine.shape[1]
    rejected = both_sides(failed.impostor[used, None], failed.impostor_enrolled[used, None])
    per_cluster = np.hstack(
        [genuine, both_sides(impostor, enrolled), failed.genuine[used, None], rejected], dtype=np.float64
    )

    def statistic(sums: Array) -> Array:
        scores = sums[:, :width], sums[:, width:-2]
        covered = roc_statistics(*scores)
        if not any(failed.totals):
            return np.hstack([covered, covered])
        return np.hstack([roc_statistics(*scores, sums[:, -2], sums[:, -1]), covered])

    totals = [genuine, impostor, failed.genuine[used, None], failed.impostor[used, None]]
    point = statistic(np.hstack([counts.sum(axis=0) for counts in totals])[None].astype(np.float64))[0]
    replicates = bootstrap(per_cluster, statistic, resampling)
    half = len(MEASURES)
    values = dict(_values(point[:half], replicates[:, :half], every, len(per_cluster)))
    covered = _values(point[half:], replicates[:, half:], scored, len(per_cluster))
    values |= {f"{name}_covered": value for name, value in covered}
    values["smallest_far"] = _smallest_far(every.people)
    return values


def _values(point: Array, replicates: Array, pairs: PairCounts, units: int) -> Iterator[tuple[str, Value]]:
    """The measures over some pairs, by name."""
    genuine, impostor = pairs.totals
    undefined = missing_pairs_reason(genuine, impostor)
    for index, name in enumerate(MEASURES):
        far = FARS.get(name.removeprefix("tar_at_far_"))
        n = genuine + impostor if far is None else genuine
        reason = undefined
        if reason is None and far is not None and not resolves(far, pairs.people):
            reason = unresolved_reason(far, pairs.people)
        if reason is not None:
            yield name, Value.missing(reason, n=n)
            continue
        low, high = percentile_interval(point[index], replicates[:, index], units=units, proportion=True)
        yield name, Value(value=float(point[index]), low=low, high=high, n=n)


def _smallest_far(people: int) -> Value:
    if people < ERRORS_TO_RESOLVE:
        reason = (
            f"no FAR is resolved by {people} impostor pairs of distinct people, "
            f"at least {ERRORS_TO_RESOLVE} are needed"
        )
        return Value.missing(reason, n=people)
    return Value(value=ERRORS_TO_RESOLVE / people, n=people)
