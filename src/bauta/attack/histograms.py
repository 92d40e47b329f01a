"""Similarities of all pairs of a gallery and probes, streamed into histograms of a fixed size.

Source: the impostor and genuine score distributions of ISO/IEC 19795-1; two scores in one bin are a tie.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import Embeddings, FaceLabels

BIN_WIDTH = 1e-4
BINS = 20_000
MAX_CLUSTERS = 256

TILE_ROWS = 512
TILE_SCORES = 2**19
"""Scores that are computed at once: 2 MiB, and 4 MiB of bins."""

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


def bin_of(scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """Bin of each cosine score, int64 in [0, BINS); bin b holds scores from −1 + b·BIN_WIDTH."""
    bins = np.empty(scores.shape, dtype=np.int64)
    _bin_into(bins, np.array(scores))
    return bins


def _bin_into(bins: NDArray[np.int64], scores: NDArray[np.floating]) -> None:
    """Write the bins of scores of the same shape; the scores are overwritten, which saves memory traffic."""
    scores += 1
    scores /= BIN_WIDTH
    np.clip(scores, 0, BINS - 1, out=scores)
    np.copyto(bins, scores, casting="unsafe")


def cluster_subjects(labels: FaceLabels) -> NDArray[np.int64]:
    """Cluster of each face, int64 (N,): one a subject, or 256 runs of subjects if there are more."""
    subjects, code = np.unique(labels.subjects, return_inverse=True)
    clusters = min(len(subjects), MAX_CLUSTERS)
    return code.astype(np.int64) * clusters // len(subjects)


def pair_histograms(
    gallery_side: Embeddings, probe_side: Embeddings, labels: FaceLabels, clusters: NDArray[np.int64]
) -> ScoreHistograms:
    """Histograms of all pairs enrolled face × probe face of which both are ok.

    Args:
        gallery_side: Embeddings of all N faces as the gallery sees them.
        probe_side: Likewise for the probes.
        labels: Subjects and roles of the N faces.
        clusters: int64 (N,), cluster of each face's subject.

    Returns:
        Histograms with a row for each cluster up to the highest; a cluster without probes has a row of zeros.
    """
    one = np.zeros(len(labels), dtype=np.int64)
    genuine, impostor = grouped_counts(gallery_side, probe_side, labels, clusters, one)
    return ScoreHistograms(genuine[:, 0], impostor[:, 0])


def grouped_counts(
    gallery_side: Embeddings,
    probe_side: Embeddings,
    labels: FaceLabels,
    probe_groups: NDArray[np.int64],
    enrolled_groups: NDArray[np.int64],
) -> tuple[Counts, Counts]:
    """The pairs of `pair_histograms`, counted apart for each group of probes and of enrolled faces.

    Scores are computed in tiles that stay in the processor's cache until they are counted, so that no more
    than a tile of them exists at a time.

    Args:
        gallery_side: Embeddings of all N faces as the gallery sees them.
        probe_side: Likewise for the probes.
        labels: Subjects and roles of the N faces.
        probe_groups: int64 (N,) ≥ 0, group of each face as a probe.
        enrolled_groups: int64 (N,) ≥ 0, group of each face in the gallery.

    Returns:
        Genuine and impostor pairs, each int64 (P, E, BINS) for P groups of probes and E of enrolled faces.
    """
    code = np.unique(labels.subjects, return_inverse=True)[1]
    shape = (int(probe_groups.max(initial=-1)) + 1, int(enrolled_groups.max(initial=-1)) + 1, BINS)
    genuine, impostor = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    columns = _sorted(labels.enrol & gallery_side.ok, enrolled_groups, code)
    rows = _sorted(labels.probe & probe_side.ok, probe_groups, code)
    tile = _Tile()
    for column_group, of_gallery in _runs(enrolled_groups[columns]):
        enrolled = columns[of_gallery]
        templates, column_code = gallery_side.vectors[enrolled], code[enrolled]
        for row_group, members in _runs(probe_groups[rows]):
            probes = rows[members]
            for start in range(0, len(probes), TILE_ROWS):
                part = probes[start : start + TILE_ROWS]
                every, matched = tile.count(probe_side.vectors[part], code[part], templates, column_code)
                genuine[row_group, column_group] += matched
                impostor[row_group, column_group] += every - matched
    return genuine, impostor


class _Tile:
    """Memory for a tile of scores and their bins, used again for each."""

    def __init__(self) -> None:
        self._scores = np.empty(TILE_SCORES, dtype=np.float32)
        self._bins = np.empty(TILE_SCORES, dtype=np.int64)

    def count(
        self,
        probes: NDArray[np.float32],
        row_code: NDArray[np.intp],
        templates: NDArray[np.float32],
        column_code: NDArray[np.intp],
    ) -> tuple[Counts, Counts]:
        """All pairs and the genuine ones of at most TILE_ROWS probes, both sides sorted by subject code."""
        every, matched = np.zeros(BINS, dtype=np.int64), np.zeros(BINS, dtype=np.int64)
        runs = _runs(row_code)
        subjects = [subject for subject, _ in runs]
        first = np.searchsorted(column_code, subjects, side="left")
        last = np.searchsorted(column_code, subjects, side="right")
        width = TILE_SCORES // len(probes)
        for start in range(0, len(templates), width):
            stop = min(start + width, len(templates))
            shape = (len(probes), stop - start)
            scores = self._scores[: shape[0] * shape[1]].reshape(shape)
            bins = self._bins[: shape[0] * shape[1]].reshape(shape)
            np.matmul(probes, templates[start:stop].T, out=scores)
            _bin_into(bins, scores)
            every += np.bincount(bins.ravel(), minlength=BINS)
            own = [
                bins[runs[run][1], max(first[run] - start, 0) : last[run] - start].ravel()
                for run in np.flatnonzero((first < stop) & (last > start))
            ]
            if own:
                matched += np.bincount(np.concatenate(own), minlength=BINS)
        return every, matched


def _sorted(wanted: NDArray[np.bool_], group: NDArray[np.int64], code: NDArray[np.intp]) -> NDArray[np.intp]:
    """The wanted rows by group and in it by subject."""
    rows = np.flatnonzero(wanted)
    return rows[np.lexsort((code[rows], group[rows]))]


def _runs(values: NDArray[np.integer]) -> list[tuple[int, slice]]:
    """Each value of an ascending array, and the slice that it fills."""
    found = np.unique(values, return_index=True, return_counts=True)
    return [
        (int(value), slice(int(start), int(start + length)))
        for value, start, length in zip(*found, strict=True)
    ]
