"""Closed-set identification: the nearest template to each probe, evaluated over all probes.

The cumulative match characteristic at ranks 1 and 5 (ISO/IEC 19795-1; Phillips et al., "The FERET evaluation
methodology", TPAMI 2000, section 3). Ties count by their expected value: an attacker who sees equal scores
can only guess.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.gallery_size import SIZES, rank1_at_gallery
from bauta.measurement import Value
from bauta.metrics.intervals import Resampling, mean_value

RANKS = (1, 5)
TIE_TOLERANCE = 1e-6
BLOCK_SCORES = 2**20
TILE_ROWS = 512
TILE_SCORES = 2**18
"""Number of scores that identification holds at once: 2 MiB, which stay in the processor's cache."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Gallery:
    """One template for each enrolled subject.

    Attributes:
        subjects: str (S,), sorted.
        templates: float64 (S, D) unit vectors.
    """

    subjects: NDArray[np.str_]
    templates: Array

    def part(self, kept: NDArray[np.bool_]) -> "Gallery":
        """Some of the subjects."""
        return Gallery(self.subjects[kept], self.templates[kept])


@dataclass(frozen=True)
class Search:
    """What a gallery returns for P probes.

    Attributes:
        scored: bool (P,), the probe is ok and there is a template.
        mated: bool (P,), it is scored and its subject has a template.
        best: float64 (P,), the highest score; NaN where the probe is not scored.
        true: float64 (P,), the score of its subject's template; NaN where the probe is not mated, as for the
            two counts, which are 0 there.
        better: int64 (P,), number of templates above the subject's.
        tied: int64 (P,), number of templates equal to the subject's, its own among them.
    """

    scored: NDArray[np.bool_]
    mated: NDArray[np.bool_]
    best: Array
    true: Array
    better: NDArray[np.int64]
    tied: NDArray[np.int64]

    def credit(self, ranks: Sequence[int] = RANKS) -> Array:
        """Rank-k credit, float64 (P, K); NaN where the probe is not mated."""
        return np.where(self.mated[:, None], _credit(self.better, np.maximum(self.tied, 1), ranks), np.nan)

    def credit_at(self, size: int, subjects: int) -> Array:
        """Expected top-1 in a smaller gallery, float64 (P,); NaN where the probe is not mated."""
        expected = rank1_at_gallery(self.better, np.maximum(self.tied, 1), subjects, size)
        return np.where(self.mated, expected, np.nan)


def mean_templates(
    vectors: NDArray[np.floating], subject: NDArray[np.integer], subjects: int
) -> NDArray[np.float64]:
    """Compute the normalised mean of each subject's unit vectors.

    Args:
        vectors: float (N, D).
        subject: int (N,), index of each vector's subject in [0, subjects).
        subjects: Number of subjects S.

    Returns:
        float64 (S, D); zero where the vectors of a subject cancel out.
    """
    sums = np.zeros((subjects, vectors.shape[1]))
    np.add.at(sums, subject, vectors)
    return normalised_templates(sums)


def normalised_templates(sums: Array) -> Array:
    """Scale the sums (S, D) of each subject's vectors to unit length, in place; zero sums stay so."""
    norms = np.sqrt(np.einsum("sd,sd->s", sums, sums))[:, None]
    sums /= np.maximum(norms, np.finfo(np.float64).tiny)
    return sums


def enrol_gallery(embeddings: Embeddings, labels: AttackLabels) -> Gallery:
    """Build the mean templates of the enrolled faces that are ok."""
    used = labels.enrol & embeddings.ok
    subjects, subject = np.unique(labels.subjects[used], return_inverse=True)
    return Gallery(subjects, mean_templates(embeddings.vectors[used], subject, len(subjects)))


def columns_of(subjects: NDArray[np.str_], gallery_subjects: NDArray[np.str_]) -> NDArray[np.int64]:
    """Column of each subject among the sorted gallery subjects, int64 (P,); −1 without a template."""
    if len(gallery_subjects) == 0:
        return np.full(len(subjects), -1)
    column = np.minimum(np.searchsorted(gallery_subjects, subjects), len(gallery_subjects) - 1)
    return np.where(gallery_subjects[column] == subjects, column, -1)


def blocks_of(rows: int, columns: int) -> Iterator[slice]:
    """Yield consecutive row slices whose score matrices stay below a fixed size."""
    size = max(1, BLOCK_SCORES // max(1, columns))
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))


def rank_credit(scores: Array, true_column: NDArray[np.int64], ranks: Sequence[int] = RANKS) -> Array:
    """Probability that the true subject is among the first k, with ties broken at random.

    With g scores above the true subject's and t equal to it (its own among them), that is
    clip((k − g)/t, 0, 1). Scores within `TIE_TOLERANCE` of the true subject's are equal.

    Args:
        scores: float (P, S), higher means more similar.
        true_column: int (P,), column of each probe's subject.
        ranks: The K values of k.

    Returns:
        float64 (P, K) in [0, 1].
    """
    true_score = np.take_along_axis(scores, true_column[:, None], axis=1)
    return _credit(*_better_and_tied(scores, true_score), ranks)


def _better_and_tied(scores: Array, true_score: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number of scores (P, S) above the true one (P, 1) and the number equal to it, int64 (P,) each."""
    better = (scores > true_score + TIE_TOLERANCE).sum(axis=1)
    return better, (np.abs(scores - true_score) <= TIE_TOLERANCE).sum(axis=1)


def _credit(better: NDArray[np.int64], tied: NDArray[np.int64], ranks: Sequence[int]) -> Array:
    return np.clip((np.asarray(ranks) - better[:, None]) / tied[:, None], 0.0, 1.0)


def identify(gallery: Gallery, probes: Embeddings, subjects: NDArray[np.str_]) -> Array:
    """Rank-k credit of each probe by cosine similarity; see `search`.

    Returns:
        float64 (P, len(RANKS)); NaN where the probe is not ok or its subject has no template.
    """
    return search(gallery, probes, subjects).credit()


def search(gallery: Gallery, probes: Embeddings, subjects: NDArray[np.str_]) -> Search:
    """Compare each probe with each template by cosine similarity, a tile of scores at a time.

    Args:
        gallery: Templates of S subjects.
        probes: P probe faces.
        subjects: str (P,), the subjects of the probes.
    """
    column = columns_of(subjects, gallery.subjects)
    scored = probes.ok & (len(gallery.subjects) > 0)
    mated = scored & (column >= 0)
    best, true = np.full((2, len(probes)), np.nan)
    better, tied = np.zeros((2, len(probes)), dtype=np.int64)
    searched = np.flatnonzero(scored)
    for start in range(0, len(searched), TILE_ROWS):
        rows = searched[start : start + TILE_ROWS]
        # In float64, the rounding of equal products stays far below the tie tolerance.
        vectors = probes.vectors[rows].astype(np.float64)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        own = np.einsum("pd,pd->p", vectors, gallery.templates[column[rows]])
        true[rows] = np.where(mated[rows], own, np.nan)
        width = max(1, TILE_SCORES // len(rows))
        for first in range(0, len(gallery.subjects), width):
            scores = vectors @ gallery.templates[first : first + width].T
            best[rows] = np.fmax(best[rows], scores.max(axis=1))
            more, equal = _better_and_tied(scores, true[rows, None])
            better[rows] += more
            tied[rows] += equal
    return Search(scored, mated, best, true, better, tied)


def recognised(
    credit: Array, subjects: NDArray[np.str_], resampling: Resampling, *, unscored: float
) -> tuple[Value, Value]:
    """Share of recognised probes, among all probes and among those that could be scored.

    Args:
        credit: float (P,), NaN where the probe could not be scored.
        subjects: str (P,), the unit of resampling.
        resampling: Bootstrap replicates and seed.
        unscored: Value of a probe that could not be scored: 1 for a leak, 0 for a miss.
    """
    scored = np.isfinite(credit)
    everything = mean_value(
        np.where(scored, credit, unscored), subjects, resampling, proportion=True, reason="no probe faces"
    )
    if len(credit) and scored.all():
        return everything, everything
    covered = mean_value(
        credit[scored],
        subjects[scored],
        resampling,
        proportion=True,
        reason="no probe face could be scored",
    )
    return everything, covered


def why_undefined(labels: AttackLabels) -> str | None:
    """The reason why the labels do not support closed-set identification; None if they do."""
    enrolled = np.unique(labels.subjects[labels.enrol])
    if not labels.probe.any():
        return "no probe faces"
    if len(enrolled) < 2:
        return f"identification needs at least 2 gallery subjects, got {len(enrolled)}"
    if not np.isin(labels.subjects[labels.probe], enrolled).any():
        return "no probe shows an enrolled subject"
    return None


def chance(labels: AttackLabels) -> Value:
    """Top-1 of a blind guess, 1/N for N gallery subjects; it is known exactly, so it has no interval."""
    enrolled = len(np.unique(labels.subjects[labels.enrol]))
    if enrolled == 0:
        return Value.missing("no gallery subjects", n=0)
    return Value(value=1 / enrolled, n=enrolled)


def identification_values(
    gallery_side: Embeddings,
    probe_side: Embeddings,
    labels: AttackLabels,
    resampling: Resampling,
    *,
    fails_closed: bool,
) -> tuple[dict[str, Value], list[str]]:
    """Measure top-1 and top-5 of one protocol, and top-1 in smaller galleries.

    Args:
        gallery_side: Embeddings of all N faces as the gallery sees them (clear or anonymized).
        probe_side: Likewise for the probes.
        labels: Subjects and roles of the N faces.
        resampling: Bootstrap replicates and seed.
        fails_closed: Whether probes that cannot be scored count as recognised rather than missed.

    Returns:
        `top1` and `top5`, and `top1_at_…` for each size of `SIZES`, over all probes; `*_covered` over the
        probes that could be scored; and a note for each reason why probes could not be scored.
    """
    reason = why_undefined(labels)
    if reason is not None:
        names = [*(f"top{rank}" for rank in RANKS), *(f"top1_at_{size}" for size in SIZES)]
        return {f"{name}{end}": Value.missing(reason) for name in names for end in ("", "_covered")}, []
    probe = labels.probe
    gallery = enrol_gallery(gallery_side, labels)
    probes = Embeddings(vectors=probe_side.vectors[probe], ok=probe_side.ok[probe])
    subjects = labels.subjects[probe]
    values = {}
    for name, credit in _credits(search(gallery, probes, subjects), len(gallery.subjects)).items():
        if isinstance(credit, str):
            values[name] = values[f"{name}_covered"] = Value.missing(credit)
            continue
        values[name], values[f"{name}_covered"] = recognised(
            credit, subjects, resampling, unscored=1.0 if fails_closed else 0.0
        )
    return values, failure_notes(probes.ok, subjects, gallery.subjects, fails_closed=fails_closed)


def _credits(found: Search, gallery: int) -> dict[str, Array | str]:
    """Credit (P,) of each measure of a gallery of that many templates, or the reason why it has none."""
    measures: dict[str, Array | str] = {}
    for rank, credit in zip(RANKS, found.credit().T, strict=True):
        few = f"top-{rank} needs more than {rank} gallery subjects, got {gallery}"
        measures[f"top{rank}"] = few if rank > 1 and gallery <= rank else credit
    for size in SIZES:
        few = f"top-1 among {size} people needs as many gallery subjects, got {gallery}"
        measures[f"top1_at_{size}"] = few if gallery < size else found.credit_at(size, gallery)
    return measures


def failure_notes(
    ok: NDArray[np.bool_],
    subjects: NDArray[np.str_],
    gallery_subjects: NDArray[np.str_],
    *,
    fails_closed: bool,
) -> list[str]:
    """Describe the probes that could not be scored, and how they count."""
    counted = "recognised" if fails_closed else "missed"
    failed = int((~ok).sum())
    without_template = int((ok & ~np.isin(subjects, gallery_subjects)).sum())
    notes = []
    if failed:
        notes.append(f"{failed} of {len(ok)} probes failed and count as {counted}")
    if without_template:
        notes.append(
            f"{without_template} of {len(ok)} probes show a subject without a gallery template "
            f"and count as {counted}"
        )
    return notes
