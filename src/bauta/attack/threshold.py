"""A verification threshold chosen on clear pairs that are not scored (trap 8).

This is how a deployed system works: its threshold was set before any face was anonymized (ISO/IEC 19795-1
requires a threshold from data other than the test data).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import AttackLabels, Embeddings, require_aligned
from bauta.attack.histograms import (
    BIN_WIDTH,
    Counts,
    ScoreHistograms,
    cluster_subjects,
    grouped_counts,
    pair_histograms,
)
from bauta.attack.pair_counts import count_pairs
from bauta.attack.verification import missing_pairs_reason, resolves, unresolved_reason
from bauta.errors import DataError
from bauta.measurement import Value
from bauta.metrics.intervals import Resampling, bootstrap, both_sides, percentile_interval, ratio_value

CLEAR_FAR = 1e-2
MAX_FOLDS = 10


@dataclass(frozen=True)
class Development:
    """Clear faces of subjects who are not scored.

    Attributes:
        embeddings: Their embeddings.
        labels: Their subjects and roles; the pairs are enrolled face × probe face.
    """

    embeddings: Embeddings
    labels: AttackLabels


@dataclass(frozen=True)
class ClearThreshold:
    """The threshold at which each cluster of probe subjects is scored.

    Attributes:
        bins: int64 (C,), lowest accepted bin of each cluster's scores.
        source: The faces on which it was chosen.
        reason: The reason why there is no threshold; `bins` is then None.
    """

    bins: NDArray[np.int64] | None
    source: str
    reason: str | None = None

    @property
    def score(self) -> float | None:
        """The lowest accepted cosine; the mean over the folds."""
        return None if self.bins is None else float(self.bins.mean() * BIN_WIDTH - 1)


def threshold_at_far(impostor: Counts, people: int, far: float = CLEAR_FAR) -> int | None:
    """The lowest bin at which at most a share `far` of the impostor pairs is accepted.

    Args:
        impostor: int64 (BINS,), ascending scores.
        people: Number of distinct pairs of two people among them.
        far: Target false accept rate.

    Returns:
        A bin in [0, BINS], or None if there are fewer than 30/far pairs of two people.
    """
    if not resolves(far, people):
        return None
    accepted = np.concatenate([np.cumsum(impostor[::-1])[::-1], [0]])
    return int(np.argmax(accepted <= far * int(impostor.sum()) * (1 + 1e-12)))


def choose_threshold(
    clear: Embeddings, labels: AttackLabels, dev: Development | None, *, far: float = CLEAR_FAR, seed: int = 0
) -> ClearThreshold:
    """Choose the threshold at a FAR on clear development pairs, or by folds over the scored subjects.

    Folds are used if there are no development pairs or too few for the FAR. A subject's threshold then comes
    from the impostor pairs in which neither face belongs to the subject's fold.

    Args:
        clear: Clear embeddings of the scored faces.
        labels: Their subjects and roles.
        dev: Development faces, if there are any.
        far: Target false accept rate.
        seed: Seed of the folds.

    Raises:
        DataError: a development subject is also scored.
    """
    clusters = cluster_subjects(labels)
    count = int(clusters.max(initial=-1)) + 1
    too_few = ""
    if dev is not None:
        found = _development_impostors(dev, labels)
        people = found.scored_pairs.people
        lowest = threshold_at_far(found.impostor.sum(axis=0), people, far)
        if lowest is not None:
            return ClearThreshold(np.full(count, lowest), "development subjects")
        too_few = f", because {people} pairs of distinct development subjects are too few"
    folds = min(MAX_FOLDS, count)
    source = f"{folds} folds over the scored subjects{too_few}"
    if folds < 3:
        return ClearThreshold(None, source, f"folds need at least 3 subjects, got {count}")
    fold_of_cluster = np.random.default_rng(seed).permutation(count) % folds
    impostor = _impostors_by_fold(clear, labels, clusters, fold_of_cluster)
    bins = np.zeros(folds, dtype=np.int64)
    for fold in range(folds):
        others = np.arange(folds) != fold
        pairs = impostor[others][:, others].sum(axis=(0, 1))
        outside = clear.ok & (fold_of_cluster[clusters] != fold)
        people = count_pairs(labels, labels.enrol & outside, labels.probe & outside, clusters).people
        threshold = threshold_at_far(pairs, people, far)
        if threshold is None:
            return ClearThreshold(None, source, unresolved_reason(far, people))
        bins[fold] = threshold
    return ClearThreshold(bins[fold_of_cluster], source)


def _development_impostors(dev: Development, labels: AttackLabels) -> ScoreHistograms:
    """Pairs of the development subjects."""
    require_aligned(dev.labels, dev.embeddings)
    shared = np.intersect1d(dev.labels.subjects, labels.subjects)
    if len(shared):
        raise DataError(
            f"development subject '{shared[0]}' is also scored ({len(shared)} are): split the subjects again"
        )
    clusters = cluster_subjects(dev.labels)
    return pair_histograms(dev.embeddings, dev.embeddings, dev.labels, clusters)


def _impostors_by_fold(
    clear: Embeddings,
    labels: AttackLabels,
    clusters: NDArray[np.int64],
    fold_of_cluster: NDArray[np.int64],
) -> Counts:
    """Clear impostor pairs by the probe's fold and the enrolled face's, int64 (folds, folds, BINS)."""
    fold = fold_of_cluster[clusters]
    return grouped_counts(clear, clear, labels, fold, fold)[1]


def operating_point(
    histograms: ScoreHistograms, threshold: ClearThreshold, resampling: Resampling
) -> dict[str, Value]:
    """`tar_at_clear_threshold` and `far_at_clear_threshold` of a system that uses the threshold.

    A genuine pair with a failed face counts as accepted and an impostor pair as rejected; `*_covered` are for
    the scored pairs. People are resampled on both sides of an impostor pair; what an enrolled person adds to
    the accepted pairs is counted at the threshold of that person's fold, and scaled to the same sum.
    """
    failed = histograms.failed_pairs
    values: dict[str, Value] = {}
    for suffix, pairs in (("", histograms.all_pairs), ("_covered", histograms.scored_pairs)):
        names = [f"{name}_at_clear_threshold{suffix}" for name in ("tar", "far")]
        reason = threshold.reason or missing_pairs_reason(*pairs.totals)
        if reason is not None or threshold.bins is None:
            values |= {name: Value.missing(reason or "no threshold") for name in names}
            continue
        genuine, impostor, enrolled = (
            _accepted(counts, threshold.bins)
            for counts in (histograms.genuine, histograms.impostor, histograms.impostor_enrolled)
        )
        if not suffix:
            genuine = genuine + failed.genuine
        values[names[0]] = ratio_value(genuine, pairs.genuine, resampling, proportion=True)
        enrolled = enrolled * (impostor.sum() / max(1, enrolled.sum()))
        accepted = np.stack([impostor, pairs.impostor], axis=1)
        of_enrolled = np.stack([enrolled, pairs.impostor_enrolled], axis=1)
        values[names[1]] = _share_of_pairs(accepted, of_enrolled, resampling)
    return values


def _accepted(counts: Counts, lowest: NDArray[np.int64]) -> NDArray[np.int64]:
    """Accepted pairs of each cluster at its own threshold, int64 (C,)."""
    return np.array([row[first:].sum() for row, first in zip(counts, lowest, strict=True)], dtype=np.int64)


def _share_of_pairs(by_probe: Counts, by_enrolled: NDArray[np.float64], resampling: Resampling) -> Value:
    """Share of accepted pairs; both hold the accepted and all pairs of each cluster, (C, 2)."""
    used = (by_probe[:, 1] > 0) | (by_enrolled[:, 1] > 0)
    accepted, pairs = by_probe.sum(axis=0)

    def share(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.full(len(sums), np.nan)
        np.divide(sums[:, 0], sums[:, 1], out=found, where=sums[:, 1] > 0)
        return np.clip(found, 0.0, 1.0)

    value = float(accepted / pairs)
    replicates = bootstrap(both_sides(by_probe[used], by_enrolled[used]), share, resampling)
    low, high = percentile_interval(value, replicates, units=int(used.sum()), proportion=True)
    return Value(value=value, low=low, high=high, n=int(pairs))
