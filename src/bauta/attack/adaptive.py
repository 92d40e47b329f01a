"""The adaptive attacker, which is trained on anonymized faces of the people whom it is to recognise.

This is the parrot attack with a trained classifier in place of the fixed recognizer (Newton, Sweeney and
Malin, TKDE 2005; McPherson, Shokri and Shmatikov, "Defeating image obfuscation with deep learning", 2016).
Several candidates are trained on the enrolled faces; the best in cross-validation on these faces attacks the
probes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bauta.attack import ATTACKS, FUSION
from bauta.attack.candidates import Attack, AttackedFaces, EnrolledFaces, FittedAttack
from bauta.attack.faces import AttackLabels
from bauta.attack.identification import blocks_of, columns_of, rank_credit

FUSED = ("embedding_discriminant", "pixel_discriminant")
CANDIDATES = ("nearest_template", *FUSED, FUSION)
"""Those that always compete, in the order in which equals are preferred."""

MAX_FOLDS = 5

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """The candidates of one attacker.

    Attributes:
        attacks: Those that are fitted by name.
    """

    attacks: Mapping[str, Attack]

    @classmethod
    def load(cls, others: Sequence[str] = ()) -> Self:
        """Those that always compete, and others by their names in `ATTACKS`."""
        names = [*(name for name in CANDIDATES if name != FUSION), *others]
        return cls({name: ATTACKS.load(name) for name in names})

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order in which equals are preferred."""
        return (*CANDIDATES, *(name for name in self.attacks if name not in CANDIDATES))

    def fit(self, enrolled: EnrolledFaces, *, seed: int) -> "Trained":
        """Train every candidate on the same faces."""
        return Trained(self.names, {name: fit(enrolled, seed=seed) for name, fit in self.attacks.items()})


@dataclass(frozen=True)
class Trained:
    """All candidates, trained on the same faces."""

    names: tuple[str, ...]
    fitted: Mapping[str, FittedAttack]

    def scores(self, faces: AttackedFaces, rows: NDArray[np.intp]) -> Mapping[str, Array]:
        """Scores float64 (P, S) of each candidate; the fusion is the mean of the two log posteriors."""
        scores = {name: attack.scores(faces, rows) for name, attack in self.fitted.items()}
        by_embedding, by_pixels = (scores[name] for name in FUSED)
        scores[FUSION] = (by_embedding + by_pixels) / 2
        return {name: scores[name] for name in self.names}


@dataclass(frozen=True)
class AdaptiveResult:
    """The result of the adaptive attacker.

    Attributes:
        credit: float64 (P,), top-1 credit of each probe face in the order of the labels; NaN where the probe
            is not ok or its subject has no enrolled face that is ok.
        candidate: The candidate that attacked; None if there were no faces to train on.
        cross_validated: Its top-1 in cross-validation; None where no subject has two enrolled faces, and
            the first candidate was taken.
    """

    credit: Array
    candidate: str | None
    cross_validated: float | None


def attack_adaptively(
    faces: AttackedFaces, labels: AttackLabels, *, seed: int, others: Sequence[str] = ()
) -> AdaptiveResult:
    """Train on the enrolled faces, choose by cross-validation within them, attack the probes.

    Args:
        faces: The N faces, clear or anonymized.
        labels: Their subjects and roles.
        seed: Seed of the folds.
        others: Names in `ATTACKS` of candidates beside those that always compete.
    """
    rows = np.flatnonzero(labels.enrol & faces.embeddings.ok)
    probe_rows = np.flatnonzero(labels.probe)
    credit = np.full(len(probe_rows), np.nan)
    if len(rows) == 0:
        return AdaptiveResult(credit, None, None)
    known, subject = np.unique(labels.subjects[rows], return_inverse=True)
    candidates = Candidates.load(others)
    enrolled = EnrolledFaces(faces, rows, subject, len(known))
    candidate, cross_validated = _choose(candidates, enrolled, seed=seed)
    trained = candidates.fit(enrolled, seed=seed)
    column = columns_of(labels.subjects[probe_rows], known)
    scored = np.flatnonzero(faces.embeddings.ok[probe_rows] & (column >= 0))
    for block in blocks_of(len(scored), len(known)):
        chosen = scored[block]
        scores = trained.scores(faces, probe_rows[chosen])[candidate]
        credit[chosen] = rank_credit(scores, column[chosen], (1,))[:, 0]
    return AdaptiveResult(credit, candidate, cross_validated)


def hold_out_folds(subject: NDArray[np.intp], *, seed: int) -> NDArray[np.int64]:
    """Assign each enrolled face to a fold, stratified by subject.

    Args:
        subject: int (N,), index of each face's subject.
        seed: Seed of the order of each subject's faces.

    Returns:
        int64 (N,), folds from 0; −1 for a subject's only face, which is never held out because no face of the
        subject would remain to train on.
    """
    counts = np.bincount(subject)
    folds = min(MAX_FOLDS, int(counts.max()))
    order = np.random.default_rng(seed).permutation(len(subject))
    order = order[np.argsort(subject[order], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    fold = np.empty(len(subject), dtype=np.int64)
    fold[order] = (np.arange(len(subject)) - starts[subject[order]]) % folds
    return np.where(counts[subject] > 1, fold, -1)


def _choose(candidates: Candidates, enrolled: EnrolledFaces, *, seed: int) -> tuple[str, float | None]:
    """The candidate with the highest cross-validated top-1 (the first in a tie), and that top-1."""
    folds = hold_out_folds(enrolled.subject, seed=seed)
    results: dict[str, list[Array]] = {name: [] for name in candidates.names}
    for fold in range(int(folds.max()) + 1):
        held = np.flatnonzero(folds == fold)
        kept = np.flatnonzero(folds != fold)
        trained = candidates.fit(enrolled.part(kept), seed=seed)
        for block in blocks_of(len(held), enrolled.subjects):
            part = enrolled.part(held[block])
            for name, scores in trained.scores(enrolled.faces, part.rows).items():
                results[name].append(rank_credit(scores, part.subject, (1,))[:, 0])
    if not results[CANDIDATES[0]]:
        return CANDIDATES[0], None
    top1 = {name: float(np.concatenate(parts).mean().round(9)) for name, parts in results.items()}
    best = max(candidates.names, key=lambda name: top1[name])
    return best, top1[best]
