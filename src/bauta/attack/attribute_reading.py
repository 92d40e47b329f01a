"""Reading an attribute of people, such as their age group, from the embeddings of their faces.

A linear reader (multinomial logistic regression on standardised features) gives the posterior of each class.
Two answers are scored: the most probable class, for the accuracy; and the class whose posterior gains most on
its share of the faces learnt from, which is best for the balanced accuracy (Brodersen et al., "The balanced
accuracy and its posterior distribution", ICPR 2010). Equal classes share the credit: who sees the same
picture for everybody can only guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bauta.attack.faces import Embeddings
from bauta.datasets.attributes import Classes

FEWEST_PEOPLE = 3
"""Fewest people of a class, of the attacker's as of the scored ones; others are left out."""

FOLDS = 5
STRENGTH = 0.1
"""Inverse of the ridge penalty."""

TIE_TOLERANCE = 1e-3
"""Classes whose log posteriors differ by less are equal: the solver does not know them better."""

FIXED, ADAPTIVE = "fixed", "adaptive"
"""Readers: one learns from clear faces of the attacker's own people; the other learns, in folds, from the
scored faces themselves, but never from those of a person whom it reads."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class AttributedFaces:
    """N faces and what is known of the people whom they show.

    Attributes:
        clear: Embeddings of the originals.
        anonymized: Embeddings of the same faces after anonymization; None for the attacker's own people.
        people: str (N,), the person of each face.
        attributes: Attribute → class of each face.
    """

    clear: Embeddings
    anonymized: Embeddings | None
    people: NDArray[np.str_]
    attributes: Mapping[str, Classes]

    def people_of(self, attribute: str) -> dict[str, int]:
        """Number of people of each class of an attribute."""
        classes = self.attributes.get(attribute, np.full(len(self.people), None))
        pairs = {(str(of), str(who)) for of, who in zip(classes, self.people, strict=True) if of is not None}
        return {found: sum(of == found for of, _ in pairs) for found in sorted({of for of, _ in pairs})}


@dataclass(frozen=True)
class Credit:
    """Credit of M faces for the two answers, each in [0, 1]; `balanced` is for the balanced accuracy."""

    plain: Array
    balanced: Array

    def where(self, ok: NDArray[np.bool_], otherwise: float) -> "Credit":
        """The credit of faces that can be read, and `otherwise` for those that cannot."""
        return Credit(np.where(ok, self.plain, otherwise), np.where(ok, self.balanced, otherwise))


@dataclass(frozen=True)
class Reading:
    """An attribute as read from the scored faces whose class is known.

    Attributes:
        rows: int (M,), these faces.
        classes: The K classes.
        truth: int (M,), the class of each face.
        credits: Reader and `clear` or `anonymized` → credit of each face. A face without an output counts as
            read if it is anonymized, and as unread if it is clear.
        answers: Likewise → float (M, K), the share of each class in the plain answer; equal classes share
            equally. A face without an output is all classes if it is anonymized, and none if it is clear.
    """

    rows: NDArray[np.intp]
    classes: tuple[str, ...]
    truth: NDArray[np.intp]
    credits: Mapping[tuple[str, str], Credit]
    answers: Mapping[tuple[str, str], Array]


def readable_classes(
    attribute: str, scored: AttributedFaces, own: AttributedFaces
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The classes that enough people have, and why each other one is left out.

    Without any people of the attacker's own, the scored ones alone decide.
    """
    counts, learnt = scored.people_of(attribute), own.people_of(attribute)
    left_out = {}
    for name, count in counts.items():
        if count < FEWEST_PEOPLE:
            left_out[name] = f"scored people: {count}, expected at least {FEWEST_PEOPLE}"
        elif len(own.people) and learnt.get(name, 0) < FEWEST_PEOPLE:
            own_people = learnt.get(name, 0)
            left_out[name] = f"the attacker's own people: {own_people}, expected at least {FEWEST_PEOPLE}"
    return tuple(name for name in counts if name not in left_out), left_out


def read_attribute(
    attribute: str, classes: tuple[str, ...], scored: AttributedFaces, own: AttributedFaces, *, seed: int
) -> Reading:
    """Read an attribute from the scored faces, clear and anonymized, with every reader that can learn.

    Args:
        attribute: Name of the attribute.
        classes: At least two classes, see `readable_classes`.
        scored: The scored faces, with anonymized ones.
        own: Clear faces of the attacker's own people, none of whom is scored; none for no fixed reader.
        seed: Seed of the folds.
    """
    rows, truth = _labelled(scored.attributes[attribute], classes)
    known, learnt = _labelled(own.attributes.get(attribute, NOTHING), classes)
    own_faces = _Labelled.of(own.clear, own.people, known, learnt)
    found: dict[tuple[str, str], Credit] = {}
    answers: dict[tuple[str, str], Array] = {}
    for side, shown, failed in (("clear", scored.clear, 0.0), ("anonymized", scored.anonymized, 1.0)):
        if shown is None:
            continue
        faces = _Labelled.of(shown, scored.people, rows, truth)
        readers = {ADAPTIVE: _cross_validated(faces, len(classes), seed)}
        if len(own.people):
            readers[FIXED] = _read(own_faces.ok_only(), faces, len(classes))
        for name, said in readers.items():
            found[name, side] = said.credit(truth).where(faces.ok, failed)
            answers[name, side] = np.where(faces.ok[:, None], said.plain, failed)
    return Reading(rows, classes, truth, found, answers)


NOTHING: Classes = np.zeros(0, dtype=object)


@dataclass(frozen=True)
class _Labelled:
    """M faces of known classes: vectors (M, D), class, person and whether there is a vector of each."""

    vectors: NDArray[np.float32]
    truth: NDArray[np.intp]
    people: NDArray[np.str_]
    ok: NDArray[np.bool_]

    @classmethod
    def of(
        cls, side: Embeddings, people: NDArray[np.str_], rows: NDArray[np.intp], truth: NDArray[np.intp]
    ) -> Self:
        return cls(side.vectors[rows], truth, people[rows], side.ok[rows])

    def take(self, rows: NDArray[np.integer]) -> Self:
        return type(self)(self.vectors[rows], self.truth[rows], self.people[rows], self.ok[rows])

    def ok_only(self) -> Self:
        return self.take(np.flatnonzero(self.ok))


@dataclass(frozen=True)
class _Answers:
    """Share of each class in the two answers to M faces, float64 (M, K); zeros where there is no answer."""

    plain: Array
    balanced: Array

    def credit(self, truth: NDArray[np.intp]) -> Credit:
        faces = np.arange(len(truth))
        return Credit(self.plain[faces, truth], self.balanced[faces, truth])


def _labelled(attribute: Classes, classes: tuple[str, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The faces of one of the classes, and its index for each."""
    number = {name: index for index, name in enumerate(classes)}
    index = np.array([number.get(of, -1) for of in attribute], dtype=np.intp)
    rows = np.flatnonzero(index >= 0)
    return rows, index[rows]


def _cross_validated(faces: _Labelled, classes: int, seed: int) -> _Answers:
    """Answers to each face by a reader that has learnt from other people; none for faces that are not ok.

    The folds hold the same share of each class as far as people allow, so that a rare class is learnt in all.
    """
    plain, balanced = np.zeros((2, len(faces.truth), classes))
    usable = np.flatnonzero(faces.ok)
    shown = faces.take(usable)
    people = [len(np.unique(shown.people[shown.truth == index])) for index in range(classes)]
    folds = min(FOLDS, max(people))
    if folds < 2:
        # Nobody is left to learn from: a guess.
        return _Answers(np.full_like(plain, 1 / classes), np.full_like(plain, 1 / classes))
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for learnt, asked in split.split(shown.vectors, shown.truth, shown.people):
        found = _read(shown.take(learnt), shown.take(asked), classes)
        plain[usable[asked]], balanced[usable[asked]] = found.plain, found.balanced
    return _Answers(plain, balanced)


def _read(learnt: _Labelled, asked: _Labelled, classes: int) -> _Answers:
    """Answers to faces by a reader that has learnt from others; none for faces that are not ok."""
    plain, balanced = np.zeros((2, len(asked.truth), classes))
    ok = np.flatnonzero(asked.ok)
    scores = np.full((len(ok), classes), -np.inf)
    share = np.bincount(learnt.truth, minlength=classes) / max(1, len(learnt.truth))
    present = np.flatnonzero(share)
    if len(present) > 1 and len(ok):
        reader = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=1000, tol=1e-6))
        reader.fit(learnt.vectors.astype(np.float64), learnt.truth)
        scores[:, present] = reader.predict_log_proba(asked.vectors[ok].astype(np.float64))
    else:
        # Of one class, or of none, nothing is learnt.
        scores[:, present if len(present) else slice(None)] = 0.0
    gain = scores.copy()
    gain[:, present] -= np.log(share[present])
    plain[ok], balanced[ok] = _shared(scores), _shared(gain)
    return _Answers(plain, balanced)


def _shared(scores: Array) -> Array:
    """1 for the class with the highest score, divided by the number of classes that have it; 0 for others."""
    highest = scores >= scores.max(axis=1, keepdims=True, initial=-np.inf) - TIE_TOLERANCE
    return highest / np.maximum(1, highest.sum(axis=1, keepdims=True))
