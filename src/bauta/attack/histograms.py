"""Similarities of all pairs of gallery and probe faces, streamed into histograms of a fixed size.

Source: the impostor and genuine score distributions of ISO/IEC 19795-1. Two scores in one bin are tied.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.pair_counts import PairCounts, count_pairs

BIN_WIDTH = 1e-4
BINS = 20_000
MAX_CLUSTERS = 256

TILE_ROWS = 512
TILE_SCORES = 2**19
"""Number of scores that are computed at once: 2 MiB, and 4 MiB of bins."""
BLOCK_SIDE = 2048
"""Number of probes, and of enrolled faces, whose bins are held at once: 8 MiB."""

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class ScoreHistograms:
    """Counts of cosine similarities over [−1, 1] for each cluster of people.

    An impostor pair is of two people, and both are drawn when people are resampled; it is therefore counted
    twice, once for each side.

    Attributes:
        genuine: int64 (C, BINS), pairs of the same subject.
        impostor: int64 (C, BINS), pairs of different subjects, by the cluster of the probe's subject.
        impostor_enrolled: int64 (C, BINS), the same pairs by the cluster of the enrolled face's subject.
        all_pairs: Numbers of pairs that count, those with a failed face among them.
        scored_pairs: Numbers of pairs in the histograms.
    """

    genuine: Counts
    impostor: Counts
    impostor_enrolled: Counts
    all_pairs: PairCounts
    scored_pairs: PairCounts

    @property
    def failed_pairs(self) -> PairCounts:
        """Numbers of pairs that count and have no score, because one of their faces failed."""
        return self.all_pairs.without(self.scored_pairs)

    def coarse(self, bins: int) -> tuple[Counts, Counts]:
        """Genuine and impostor counts over all clusters, int64 (bins,); `bins` divides BINS."""
        genuine, impostor = self.genuine.sum(axis=0), self.impostor.sum(axis=0)
        return genuine.reshape(bins, -1).sum(axis=1), impostor.reshape(bins, -1).sum(axis=1)


def bin_of(scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """Bin of each cosine similarity, int64 in [0, BINS); bin b starts at −1 + b·BIN_WIDTH."""
    bins = np.empty(scores.shape, dtype=np.int64)
    _bin_into(bins, np.array(scores))
    return bins


def _bin_into(bins: NDArray[np.integer], scores: NDArray[np.floating]) -> None:
    """Write the bins of scores of the same shape; overwrites the scores, which saves memory traffic."""
    scores += 1
    scores /= BIN_WIDTH
    np.clip(scores, 0, BINS - 1, out=scores)
    np.copyto(bins, scores, casting="unsafe")


def cluster_subjects(labels: AttackLabels) -> NDArray[np.int64]:
    """Cluster of each face, int64 (N,): one per subject, or 256 runs of subjects if there are more."""
    subjects, code = np.unique(labels.subjects, return_inverse=True)
    clusters = min(len(subjects), MAX_CLUSTERS)
    return code.astype(np.int64) * clusters // len(subjects)


def pair_histograms(
    gallery_side: Embeddings,
    probe_side: Embeddings,
    labels: AttackLabels,
    clusters: NDArray[np.int64],
    *,
    failed_probes: bool = False,
    failed_enrolled: bool = False,
) -> ScoreHistograms:
    """Histograms of all pairs enrolled face × probe face in which both faces are ok.

    Args:
        gallery_side: Embeddings of all N faces as the gallery sees them.
        probe_side: Likewise for the probes.
        labels: Subjects and roles of the N faces.
        clusters: int64 (N,), cluster of each face's subject.
        failed_probes: Whether pairs whose probe is not ok count, without a score.
        failed_enrolled: Whether pairs whose enrolled face is not ok count, without a score.

    Returns:
        Histograms with one row for each cluster up to the highest; zeros for a cluster without faces.
    """
    enrolled, probes = labels.enrol & gallery_side.ok, labels.probe & probe_side.ok
    code = np.unique(labels.subjects, return_inverse=True)[1]
    columns, rows = _sorted(enrolled, clusters, code), _sorted(probes, clusters, code)
    genuine, by_probe, by_enrolled = np.zeros((3, int(clusters.max(initial=-1)) + 1, BINS), dtype=np.int64)
    block = _Block()
    for start in range(0, len(rows), BLOCK_SIDE):
        of_probes = rows[start : start + BLOCK_SIDE]
        for first in range(0, len(columns), BLOCK_SIDE):
            of_gallery = columns[first : first + BLOCK_SIDE]
            bins = block.bins(probe_side.vectors[of_probes], gallery_side.vectors[of_gallery])
            lowest = int(bins.min())
            for cluster, members in _runs(clusters[of_probes]):
                _count_into(by_probe[cluster], bins[members], lowest)
            for cluster, members in _runs(clusters[of_gallery]):
                _count_into(by_enrolled[cluster], bins[:, members], lowest)
            own, pairs = _genuine(bins, code[of_probes], code[of_gallery], clusters[of_probes])
            genuine.reshape(-1)[own] += pairs
            for counts in (by_probe, by_enrolled):
                counts.reshape(-1)[own] -= pairs
    counted = (
        labels.enrol if failed_enrolled else enrolled,
        labels.probe if failed_probes else probes,
    )
    return ScoreHistograms(
        genuine,
        by_probe,
        by_enrolled,
        all_pairs=count_pairs(labels, *counted, clusters),
        scored_pairs=count_pairs(labels, enrolled, probes, clusters),
    )


def grouped_counts(
    gallery_side: Embeddings,
    probe_side: Embeddings,
    labels: AttackLabels,
    probe_groups: NDArray[np.int64],
    enrolled_groups: NDArray[np.int64],
) -> tuple[Counts, Counts]:
    """All pairs in which both faces are ok, counted for each group of probes and of enrolled faces.

    Scores are computed in tiles that stay in the processor's cache until they are counted, so only one tile
    of them exists at a time.

    Args:
        gallery_side: Embeddings of all N faces as the gallery sees them.
        probe_side: Likewise for the probes.
        labels: Subjects and roles of the N faces.
        probe_groups: int64 (N,) ≥ 0, group of each face as a probe.
        enrolled_groups: int64 (N,) ≥ 0, group of each face in the gallery.

    Returns:
        Genuine and impostor pairs, each int64 (P, E, BINS) for P groups of probes and E groups of enrolled
        faces.
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


class _Block:
    """Memory for the bins of a block of pairs and a tile of its scores, reused for each block."""

    def __init__(self) -> None:
        self._scores = np.empty(TILE_SCORES, dtype=np.float32)
        self._bins = np.empty(BLOCK_SIDE**2, dtype=np.uint16)

    def bins(self, probes: NDArray[np.float32], templates: NDArray[np.float32]) -> NDArray[np.uint16]:
        """Bins of all pairs of P probes and E templates, uint16 (P, E); overwritten by the next call."""
        bins = self._bins[: len(probes) * len(templates)].reshape(len(probes), len(templates))
        height = max(1, TILE_SCORES // len(templates))
        for start in range(0, len(probes), height):
            part = probes[start : start + height]
            width = min(len(templates), TILE_SCORES)
            for first in range(0, len(templates), width):
                own = templates[first : first + width]
                scores = self._scores[: len(part) * len(own)].reshape(len(part), len(own))
                np.matmul(part, own.T, out=scores)
                _bin_into(bins[start : start + height, first : first + width], scores)
        return bins


def _count_into(counts: Counts, bins: NDArray[np.uint16], lowest: int) -> None:
    """Add the bins (P, E), none below `lowest`, to counts (BINS,).

    A tile at a time, because numpy counts a copy of eight bytes. Below the lowest bin, which is often half of
    them, there is nothing to add.
    """
    height = max(1, TILE_SCORES // bins.shape[1])
    for start in range(0, len(bins), height):
        found = np.bincount(bins[start : start + height].astype(np.intp).ravel())
        counts[lowest : len(found)] += found[lowest:]


def _genuine(
    bins: NDArray[np.uint16],
    row_code: NDArray[np.intp],
    column_code: NDArray[np.intp],
    row_cluster: NDArray[np.int64],
) -> tuple[Counts, Counts]:
    """Places in flat histograms, cluster × BINS + bin, and how many pairs of one subject a block has at each.

    The faces of a subject are neighbours on both sides.
    """
    places = dict(_runs(column_code))
    own = []
    for subject, members in _runs(row_code):
        if subject in places:
            start = row_cluster[members.start] * BINS
            own.append(bins[members, places[subject]].astype(np.int64).ravel() + start)
    if not own:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing
    flat = np.concatenate(own)
    low = int(flat.min())
    if int(flat.max()) - low >= len(flat):
        return np.unique(flat, return_counts=True)
    found = np.bincount(flat - low)
    (filled,) = found.nonzero()
    return filled + low, found[filled]


class _Tile:
    """Memory for a tile of scores and their bins, reused for each tile."""

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
        """Count all pairs and the genuine pairs of at most TILE_ROWS probes, both sides sorted by subject."""
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
    """The wanted rows, sorted by group and then by subject."""
    rows = np.flatnonzero(wanted)
    return rows[np.lexsort((code[rows], group[rows]))]


def _runs(values: NDArray[np.integer]) -> list[tuple[int, slice]]:
    """Each distinct value of an array in which equals are neighbours, and the slice that it occupies."""
    found = np.unique(values, return_index=True, return_counts=True)
    return [
        (int(value), slice(int(start), int(start + length)))
        for value, start, length in zip(*found, strict=True)
    ]
