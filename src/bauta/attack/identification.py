"""Closed-set identification: whose template is nearest to a probe, counted over all probes.

The cumulative match characteristic at ranks 1 and 5 (ISO/IEC 19795-1; Phillips et al., "The FERET
evaluation methodology", TPAMI 2000, section 3). Ties count by expectation: an attacker who sees equal
scores can only guess.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import Embeddings, FaceLabels
from bauta.measurement import Value
from bauta.metrics.intervals import Resampling, mean_value

RANKS = (1, 5)
TIE_TOLERANCE = 1e-6
BLOCK_SCORES = 2**20
TILE_ROWS = 512
TILE_SCORES = 2**18
"""Scores that identification holds at once: 2 MiB, which stay in the processor's cache."""

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


def mean_templates(
    vectors: NDArray[np.floating], subject: NDArray[np.integer], subjects: int
) -> NDArray[np.float64]:
    """Normalised mean of each subject's unit vectors.

    Args:
        vectors: float (N, D).
        subject: int (N,), index of each vector's subject in [0, subjects).
        subjects: Number of subjects S.

    Returns:
        float64 (S, D); zero where the vectors of a subject cancel out.
    """
    sums = np.zeros((subjects, vectors.shape[1]))
    np.add.at(sums, subject, vectors)
    norms = np.sqrt(np.einsum("sd,sd->s", sums, sums))[:, None]
    sums /= np.maximum(norms, np.finfo(np.float64).tiny)
    return sums


def enrol_gallery(embeddings: Embeddings, labels: FaceLabels) -> Gallery:
    """Mean templates of the enrolled faces that are ok."""
    used = labels.enrol & embeddings.ok
    subjects, subject = np.unique(labels.subjects[used], return_inverse=True)
    return Gallery(subjects, mean_templates(embeddings.vectors[used], subject, len(subjects)))


def columns_of(subjects: NDArray[np.str_], gallery_subjects: NDArray[np.str_]) -> NDArray[np.int64]:
    """Column of each subject among the sorted gallery subjects, int64 (P,); −1 for one without a template."""
    if len(gallery_subjects) == 0:
        return np.full(len(subjects), -1)
    column = np.minimum(np.searchsorted(gallery_subjects, subjects), len(gallery_subjects) - 1)
    return np.where(gallery_subjects[column] == subjects, column, -1)


def blocks_of(rows: int, columns: int) -> Iterator[slice]:
    """Consecutive row slices whose score matrices stay below a fixed size."""
    size = max(1, BLOCK_SCORES // max(1, columns))
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))


def rank_credit(scores: Array, true_column: NDArray[np.int64], ranks: Sequence[int] = RANKS) -> Array:
    """Probability that the true subject is within the first k, ties broken at random.

    With g scores above the true subject's and t equal to it (its own among them), that is
    clip((k − g)/t, 0, 1). Scores within `TIE_TOLERANCE` of the true subject's are equal.

    Args:
        scores: float (P, S), higher is more alike.
        true_column: int (P,), column of each probe's subject.
        ranks: The K values of k.

    Returns:
        float64 (P, K) in [0, 1].
    """
    true_score = np.take_along_axis(scores, true_column[:, None], axis=1)
    return _credit(*_better_and_tied(scores, true_score), ranks)


def _better_and_tied(scores: Array, true_score: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many scores (P, S) are above the true one (P, 1) and how many are equal, int64 (P,) each."""
    better = (scores > true_score + TIE_TOLERANCE).sum(axis=1)
    return better, (np.abs(scores - true_score) <= TIE_TOLERANCE).sum(axis=1)


def _credit(better: NDArray[np.int64], tied: NDArray[np.int64], ranks: Sequence[int]) -> Array:
    return np.clip((np.asarray(ranks) - better[:, None]) / tied[:, None], 0.0, 1.0)


def identify(gallery: Gallery, probes: Embeddings, subjects: NDArray[np.str_]) -> Array:
    """Rank-k credit of each probe by cosine similarity, a tile of scores at a time.

    Args:
        gallery: Templates of S subjects.
        probes: P probe faces.
        subjects: str (P,), whom they show.

    Returns:
        float64 (P, len(RANKS)); NaN where the probe is not ok or its subject has no template.
    """
    credit = np.full((len(probes), len(RANKS)), np.nan)
    column = columns_of(subjects, gallery.subjects)
    scored = np.flatnonzero(probes.ok & (column >= 0))
    for start in range(0, len(scored), TILE_ROWS):
        rows = scored[start : start + TILE_ROWS]
        # In float64 the rounding of equal products stays far below the tie tolerance.
        vectors = probes.vectors[rows].astype(np.float64)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        true_score = np.einsum("pd,pd->p", vectors, gallery.templates[column[rows]])[:, None]
        better, tied = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
        width = max(1, TILE_SCORES // len(rows))
        for first in range(0, len(gallery.subjects), width):
            scores = vectors @ gallery.templates[first : first + width].T
            more, equal = _better_and_tied(scores, true_score)
            better += more
            tied += equal
        credit[rows] = _credit(better, tied, RANKS)
    return credit


def recognised(
    credit: Array, subjects: NDArray[np.str_], resampling: Resampling, *, unscored: float
) -> tuple[Value, Value]:
    """Share of recognised probes, over all of them and over those that could be scored.

    Args:
        credit: float (P,), NaN where the probe could not be scored.
        subjects: str (P,), the unit of resampling.
        resampling: Bootstrap replicates and seed.
        unscored: What a probe that could not be scored counts: 1 for a leak, 0 for a miss.
    """
    scored = np.isfinite(credit)
    everything = mean_value(
        np.where(scored, credit, unscored), subjects, resampling, proportion=True, reason="no probe faces"
    )
    covered = mean_value(
        credit[scored],
        subjects[scored],
        resampling,
        proportion=True,
        reason="no probe face could be scored",
    )
    return everything, covered


def why_undefined(labels: FaceLabels) -> str | None:
    """Why the labels do not support closed-set identification, or None if they do."""
    enrolled = np.unique(labels.subjects[labels.enrol])
    if not labels.probe.any():
        return "no probe faces"
    if len(enrolled) < 2:
        return f"identification needs at least 2 gallery subjects, got {len(enrolled)}"
    if not np.isin(labels.subjects[labels.probe], enrolled).any():
        return "no probe shows an enrolled subject"
    return None


def chance(labels: FaceLabels) -> Value:
    """Top-1 of a blind guess, 1/N for N gallery subjects; known, so without an interval."""
    enrolled = len(np.unique(labels.subjects[labels.enrol]))
    if enrolled == 0:
        return Value.missing("no gallery subjects", n=0)
    return Value(value=1 / enrolled, n=enrolled)


def identification_values(
    gallery_side: Embeddings,
    probe_side: Embeddings,
    labels: FaceLabels,
    resampling: Resampling,
    *,
    fails_closed: bool,
) -> tuple[dict[str, Value], list[str]]:
    """Top-1 and top-5 of one protocol.

    Args:
        gallery_side: Embeddings of all N faces as the gallery sees them (clear or anonymized).
        probe_side: Likewise for the probes.
        labels: Subjects and roles of the N faces.
        resampling: Bootstrap replicates and seed.
        fails_closed: Probes that cannot be scored count as recognised; otherwise as missed.

    Returns:
        `top1` and `top5` over all probes, `top1_covered` and `top5_covered` over the probes that could be
        scored; and a note for each kind of probe that could not.
    """
    reason = why_undefined(labels)
    if reason is not None:
        names = [f"top{rank}{suffix}" for rank in RANKS for suffix in ("", "_covered")]
        return {name: Value.missing(reason) for name in names}, []
    probe = labels.probe
    gallery = enrol_gallery(gallery_side, labels)
    probes = Embeddings(vectors=probe_side.vectors[probe], ok=probe_side.ok[probe])
    subjects = labels.subjects[probe]
    credit = identify(gallery, probes, subjects)
    values = {}
    for index, rank in enumerate(RANKS):
        if rank > 1 and len(gallery.subjects) <= rank:
            missing = Value.missing(
                f"top-{rank} needs more than {rank} gallery subjects, got {len(gallery.subjects)}"
            )
            values[f"top{rank}"] = values[f"top{rank}_covered"] = missing
            continue
        everything, covered = recognised(
            credit[:, index], subjects, resampling, unscored=1.0 if fails_closed else 0.0
        )
        values[f"top{rank}"], values[f"top{rank}_covered"] = everything, covered
    return values, failure_notes(probes.ok, subjects, gallery.subjects, fails_closed=fails_closed)


def failure_notes(
    ok: NDArray[np.bool_],
    subjects: NDArray[np.str_],
    gallery_subjects: NDArray[np.str_],
    *,
    fails_closed: bool,
) -> list[str]:
    """Sentences on the probes that could not be scored, and how they count."""
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
