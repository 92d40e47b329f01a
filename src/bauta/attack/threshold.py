"""A verification threshold that is chosen on clear pairs other than those that are scored (trap 8).

This is how a deployed system works: its threshold was set before any face was anonymized (ISO/IEC 19795-1
asks for a threshold from other data than the test's).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import Embeddings, FaceLabels, require_aligned
from bauta.attack.histograms import (
    BIN_WIDTH,
    Counts,
    ScoreHistograms,
    cluster_subjects,
    grouped_counts,
    pair_histograms,
)
from bauta.attack.verification import missing_pairs_reason, resolves, unresolved_reason
from bauta.errors import DataError
from bauta.measurement import Value
from bauta.metrics.intervals import Resampling, ratio_value

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
    labels: FaceLabels


@dataclass(frozen=True)
class ClearThreshold:
    """The threshold that each cluster of probe subjects is scored at.

    Attributes:
        bins: int64 (C,), lowest accepted bin of each cluster's scores.
        source: What it was chosen on.
        reason: Why there is none; then `bins` is None.
    """

    bins: NDArray[np.int64] | None
    source: str
    reason: str | None = None

    @property
    def score(self) -> float | None:
        """Accepted from this cosine on; the mean over the folds."""
        return None if self.bins is None else float(self.bins.mean() * BIN_WIDTH - 1)


def threshold_at_far(impostor: Counts, far: float = CLEAR_FAR) -> int | None:
    """Lowest bin from which at most a share `far` of the impostor pairs is accepted.

    Args:
        impostor: int64 (BINS,), ascending scores.
        far: Wanted false accept rate.

    Returns:
        A bin in [0, BINS], or None where there are fewer than 30/far pairs.
    """
    pairs = int(impostor.sum())
    if not resolves(far, pairs):
        return None
    accepted = np.concatenate([np.cumsum(impostor[::-1])[::-1], [0]])
    return int(np.argmax(accepted <= far * pairs * (1 + 1e-12)))


def choose_threshold(
    clear: Embeddings, labels: FaceLabels, dev: Development | None, *, far: float = CLEAR_FAR, seed: int = 0
) -> ClearThreshold:
    """The threshold at a FAR on clear development pairs, or by folds over the scored subjects.

    Folds stand in where there are no development pairs or not enough for the FAR. By folds, a subject's
    threshold comes from the impostor pairs of which neither face is of its fold.

    Args:
        clear: Clear embeddings of the scored faces.
        labels: Their subjects and roles.
        dev: Development faces, if there are any.
        far: Wanted false accept rate.
        seed: Draws the folds.

    Raises:
        DataError: a development subject is scored too.
    """
    clusters = cluster_subjects(labels)
    count = int(clusters.max(initial=-1)) + 1
    too_few = ""
    if dev is not None:
        impostor = _development_impostors(dev, labels)
        lowest = threshold_at_far(impostor, far)
        if lowest is not None:
            return ClearThreshold(np.full(count, lowest), "development subjects")
        too_few = f", because {int(impostor.sum())} development impostor pairs are too few"
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
        threshold = threshold_at_far(pairs, far)
        if threshold is None:
            return ClearThreshold(None, source, unresolved_reason(far, int(pairs.sum())))
        bins[fold] = threshold
    return ClearThreshold(bins[fold_of_cluster], source)


def _development_impostors(dev: Development, labels: FaceLabels) -> Counts:
    """Impostor pairs of the development subjects, int64 (BINS,)."""
    require_aligned(dev.labels, dev.embeddings)
    shared = np.intersect1d(dev.labels.subjects, labels.subjects)
    if len(shared):
        raise DataError(
            f"development subject '{shared[0]}' is scored too ({len(shared)} are): split the subjects again"
        )
    clusters = cluster_subjects(dev.labels)
    return pair_histograms(dev.embeddings, dev.embeddings, dev.labels, clusters).impostor.sum(axis=0)


def _impostors_by_fold(
    clear: Embeddings,
    labels: FaceLabels,
    clusters: NDArray[np.int64],
    fold_of_cluster: NDArray[np.int64],
) -> Counts:
    """Clear impostor pairs by the probe's fold and the enrolled face's, int64 (folds, folds, BINS)."""
    fold = fold_of_cluster[clusters]
    return grouped_counts(clear, clear, labels, fold, fold)[1]


def operating_point(
    histograms: ScoreHistograms, threshold: ClearThreshold, resampling: Resampling
) -> dict[str, Value]:
    """`tar_at_clear_threshold` and `far_at_clear_threshold`: what a system with that threshold accepts."""
    names = {"tar_at_clear_threshold": histograms.genuine, "far_at_clear_threshold": histograms.impostor}
    reason = threshold.reason or missing_pairs_reason(
        int(histograms.genuine.sum()), int(histograms.impostor.sum())
    )
    if reason is not None or threshold.bins is None:
        return {name: Value.missing(reason or "no threshold") for name in names}
    values = {}
    for name, counts in names.items():
        accepted = [row[lowest:].sum() for row, lowest in zip(counts, threshold.bins, strict=True)]
        values[name] = ratio_value(accepted, counts.sum(axis=1), resampling, proportion=True)
    return values
