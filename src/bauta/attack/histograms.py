"""Similarities of all pairs of a gallery and probes, streamed into histograms of a fixed size.

Source: the impostor and genuine score distributions of ISO/IEC 19795-1; two scores in one bin are a tie.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import Embeddings, FaceLabels
from bauta.attack.identification import blocks_of

BIN_WIDTH = 1e-4
BINS = 20_000
MAX_CLUSTERS = 256

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class ScoreHistograms:
    """Counts of cosine scores over [−1, 1] for each cluster of probe subjects.

    Attributes:
        genuine: int64 (C, BINS), pairs of one subject.
        impostor: int64 (C, BINS), pairs of two subjects.
    """

    genuine: Counts
    impostor: Counts

    def coarse(self, bins: int) -> tuple[Counts, Counts]:
        """Genuine and impostor counts over all clusters, int64 (bins,); `bins` divides BINS."""
        genuine, impostor = self.genuine.sum(axis=0), self.impostor.sum(axis=0)
        return genuine.reshape(bins, -1).sum(axis=1), impostor.reshape(bins, -1).sum(axis=1)


def bin_of(scores: NDArray[np.floating]) -> NDArray[np.intp]:
    """Bin of each cosine score, intp in [0, BINS); bin b holds scores from −1 + b·BIN_WIDTH."""
    return np.clip((scores + 1) / BIN_WIDTH, 0, BINS - 1).astype(np.intp)


def cluster_subjects(labels: FaceLabels) -> NDArray[np.int64]:
    """Cluster of each face, int64 (N,): one a subject, or 256 runs of subjects if there are more."""
    subjects, code = np.unique(labels.subjects, return_inverse=True)
    clusters = min(len(subjects), MAX_CLUSTERS)
    return code.astype(np.int64) * clusters // len(subjects)


def pair_histograms(
    gallery_side: Embeddings,
    probe_side: Embeddings,
    labels: FaceLabels,
    clusters: NDArray[np.int64],
    enrolled: NDArray[np.bool_] | None = None,
) -> ScoreHistograms:
    """Histograms of all pairs enrolled face × probe face of which both are ok.

    Args:
        gallery_side: Embeddings of all N faces as the gallery sees them.
        probe_side: Likewise for the probes.
        labels: Subjects and roles of the N faces.
        clusters: int64 (N,), cluster of each face's subject.
        enrolled: bool (N,), leaves out enrolled faces that are False.

    Returns:
        Histograms with a row for each cluster up to the highest; a cluster without probes has a row of zeros.
    """
    code = np.unique(labels.subjects, return_inverse=True)[1]
    wanted = labels.enrol & gallery_side.ok
    if enrolled is not None:
        wanted &= enrolled
    columns = _sorted_by_subject(wanted, code)
    rows = _sorted_by_subject(labels.probe & probe_side.ok, code)
    templates = gallery_side.vectors[columns].T
    column_code = code[columns]
    count = int(clusters.max(initial=-1)) + 1
    genuine = np.zeros((count, BINS), dtype=np.int64)
    impostor = np.zeros((count, BINS), dtype=np.int64)
    if len(columns) == 0:
        return ScoreHistograms(genuine, impostor)
    for cluster, members in _runs(clusters[rows]):
        for block in blocks_of(members.stop - members.start, len(columns)):
            chosen = rows[members][block]
            bins = bin_of(probe_side.vectors[chosen] @ templates)
            every = np.bincount(bins.ravel(), minlength=BINS)
            same = [
                bins[one, slice(*np.searchsorted(column_code, (subject, subject + 1)))].ravel()
                for subject, one in _runs(code[chosen])
            ]
            matched = np.bincount(np.concatenate(same), minlength=BINS)
            genuine[cluster] += matched
            impostor[cluster] += every - matched
    return ScoreHistograms(genuine, impostor)


def _sorted_by_subject(wanted: NDArray[np.bool_], code: NDArray[np.intp]) -> NDArray[np.intp]:
    rows = np.flatnonzero(wanted)
    return rows[np.argsort(code[rows], kind="stable")]


def _runs(values: NDArray[np.integer]) -> list[tuple[int, slice]]:
    """Each value of an ascending array, and the slice that it fills."""
    found = np.unique(values, return_index=True, return_counts=True)
    return [
        (int(value), slice(int(start), int(start + length)))
        for value, start, length in zip(*found, strict=True)
    ]
