"""The adaptive attacker: trained on anonymized faces of the persons that it is to recognise.

It is the parrot attack with a learner in place of the fixed recognizer (Newton, Sweeney and Malin, TKDE
2005; McPherson, Shokri and Shmatikov, "Defeating image obfuscation with deep learning", 2016). Several
candidates are trained on the enrolled faces, the best in cross-validation within them attacks the probes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bauta.attack.classifiers import LinearScores, fit_templates
from bauta.attack.discriminant import fit_discriminant
from bauta.attack.faces import Embeddings, FaceLabels
from bauta.attack.identification import blocks_of, columns_of, rank_credit

CANDIDATES = ("nearest_template", "embedding_discriminant", "pixel_discriminant", "fusion")
MAX_FOLDS = 5

Array = NDArray[np.float64]


@dataclass(frozen=True)
class AttackedFaces:
    """What the attacker sees of N faces.

    Attributes:
        embeddings: Embeddings by a recognizer, with `ok`.
        pixels: float32 (N, F), see `classifiers.pixel_features`; rows that are not ok are never read.
    """

    embeddings: Embeddings
    pixels: NDArray[np.float32]


@dataclass(frozen=True)
class Trained:
    """All candidates, trained on the same faces.

    Attributes:
        templates: The fixed attacker's rule, the nearest mean by cosine.
        on_embeddings: Discriminant of the embeddings.
        on_pixels: Discriminant of the pixels.
    """

    templates: LinearScores
    on_embeddings: LinearScores
    on_pixels: LinearScores

    @classmethod
    def fit(
        cls, faces: AttackedFaces, rows: NDArray[np.intp], subject: NDArray[np.intp], subjects: int
    ) -> Self:
        """Train on the given rows, of which each one's subject index in [0, subjects) is given."""
        vectors = faces.embeddings.vectors
        return cls(
            templates=fit_templates(vectors[rows], subject, subjects),
            on_embeddings=fit_discriminant(vectors, subject, subjects, rows),
            on_pixels=fit_discriminant(faces.pixels, subject, subjects, rows),
        )

    def scores(self, faces: AttackedFaces, rows: NDArray[np.intp]) -> Mapping[str, Array]:
        """Scores float64 (P, S) of each candidate; the fusion is the mean of the two log posteriors."""
        vectors, pixels = faces.embeddings.vectors[rows], faces.pixels[rows]
        by_embedding = self.on_embeddings.log_posteriors(vectors)
        by_pixels = self.on_pixels.log_posteriors(pixels)
        scores = (self.templates.scores(vectors), by_embedding, by_pixels, (by_embedding + by_pixels) / 2)
        return dict(zip(CANDIDATES, scores, strict=True))


@dataclass(frozen=True)
class AdaptiveResult:
    """What the adaptive attacker did.

    Attributes:
        credit: float64 (P,), top-1 credit of each probe face in the order of the labels; NaN where the
            probe is not ok or no enrolled face of its subject is.
        candidate: The candidate that attacked, or None if there was nothing to train on.
        cross_validated: Its top-1 in cross-validation; None where no subject has two enrolled faces, and
            the first candidate was taken.
    """

    credit: Array
    candidate: str | None
    cross_validated: float | None


def attack_adaptively(faces: AttackedFaces, labels: FaceLabels, *, seed: int) -> AdaptiveResult:
    """Train on the enrolled faces, choose by cross-validation within them, attack the probes.

    Args:
        faces: The N faces, clear or anonymized.
        labels: Their subjects and roles.
        seed: Draws the folds.
    """
    rows = np.flatnonzero(labels.enrol & faces.embeddings.ok)
    probe_rows = np.flatnonzero(labels.probe)
    credit = np.full(len(probe_rows), np.nan)
    if len(rows) == 0:
        return AdaptiveResult(credit, None, None)
    known, subject = np.unique(labels.subjects[rows], return_inverse=True)
    candidate, cross_validated = _choose(faces, rows, subject, len(known), seed)
    trained = Trained.fit(faces, rows, subject, len(known))
    column = columns_of(labels.subjects[probe_rows], known)
    scored = np.flatnonzero(faces.embeddings.ok[probe_rows] & (column >= 0))
    for block in blocks_of(len(scored), len(known)):
        chosen = scored[block]
        scores = trained.scores(faces, probe_rows[chosen])[candidate]
        credit[chosen] = rank_credit(scores, column[chosen], (1,))[:, 0]
    return AdaptiveResult(credit, candidate, cross_validated)


def hold_out_folds(subject: NDArray[np.intp], *, seed: int) -> NDArray[np.int64]:
    """Fold of each enrolled face, stratified by subject, int64 (N,).

    Args:
        subject: int (N,), index of each face's subject.
        seed: Draws the order of each subject's faces.

    Returns:
        Folds from 0; −1 for a subject's only face, which is never held out because nothing of the subject
        would be left to train on.
    """
    counts = np.bincount(subject)
    folds = min(MAX_FOLDS, int(counts.max()))
    order = np.random.default_rng(seed).permutation(len(subject))
    order = order[np.argsort(subject[order], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    fold = np.empty(len(subject), dtype=np.int64)
    fold[order] = (np.arange(len(subject)) - starts[subject[order]]) % folds
    return np.where(counts[subject] > 1, fold, -1)


def _choose(
    faces: AttackedFaces, rows: NDArray[np.intp], subject: NDArray[np.intp], subjects: int, seed: int
) -> tuple[str, float | None]:
    """The candidate with the highest cross-validated top-1, the first of equals, and that top-1."""
    folds = hold_out_folds(subject, seed=seed)
    results: dict[str, list[Array]] = {name: [] for name in CANDIDATES}
    for fold in range(int(folds.max()) + 1):
        held = np.flatnonzero(folds == fold)
        kept = np.flatnonzero(folds != fold)
        trained = Trained.fit(faces, rows[kept], subject[kept], subjects)
        for block in blocks_of(len(held), subjects):
            part = held[block]
            for name, scores in trained.scores(faces, rows[part]).items():
                results[name].append(rank_credit(scores, subject[part], (1,))[:, 0])
    if not results[CANDIDATES[0]]:
        return CANDIDATES[0], None
    top1 = {name: float(np.concatenate(parts).mean().round(9)) for name, parts in results.items()}
    best = max(CANDIDATES, key=lambda name: top1[name])
    return best, top1[best]
