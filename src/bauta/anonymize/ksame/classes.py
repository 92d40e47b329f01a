"""The expression of each face by which k-Same-Select splits a set: as labelled, or as a teacher reads it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bauta.anonymize.reader import FaceLabels
from bauta.errors import DataError
from bauta.labels import EXPRESSIONS
from bauta.protocols import FaceBatch, Faces

Usable = Callable[[FaceBatch], NDArray[np.bool_]]
"""Whether each face of a batch can be anonymized, apart from its expression."""


class Classes(Protocol):
    """A split of faces."""

    def fit(self, faces: Faces, usable: Usable) -> None:
        """Look at the whole set, before `of` is called."""
        ...

    def of(self, batch: FaceBatch) -> list[str | None]:
        """Return the expression of each face, None where there is none."""
        ...

    def stored(self, faces: FaceLabels) -> list[str | None]:
        """Return the expression by which each row of a store was anonymized."""
        ...


class LabelledClasses:
    """The dataset's labels."""

    def fit(self, faces: Faces, usable: Usable) -> None:
        """Do nothing: a label does not depend on other faces."""

    def of(self, batch: FaceBatch) -> list[str | None]:
        """Return the labels.

        Raises:
            DataError: the batch has none.
        """
        if batch.labels is None:
            raise DataError(
                "k-Same-Select expects the label of each face, got none; index a labelled dataset"
            )
        return list(batch.labels)

    def stored(self, faces: FaceLabels) -> list[str | None]:
        """Return the labels."""
        return list(faces.expressions)


@dataclass
class ReadClasses:
    """The most probable expression of each face by a teacher's posteriors.

    An expression that fewer than k people show is given up, and its faces take the most probable of the
    others: a rare misreading would otherwise make the whole set infeasible.

    Attributes:
        k: Smallest number of people who show an expression.
        kept: Positions in `EXPRESSIONS` of the expressions that are left after `fit`.
    """

    k: int
    kept: list[int] = field(default_factory=lambda: list(range(len(EXPRESSIONS))))
    _of_face: dict[str, str | None] = field(default_factory=dict)

    def fit(self, faces: Faces, usable: Usable) -> None:
        """Choose the expressions to keep, from the faces that have a subject and a posterior."""
        subjects: list[str] = []
        posteriors = [np.zeros((0, len(EXPRESSIONS)), dtype=np.float32)]
        for batch in faces:
            read, names = _posteriors(batch), batch.subjects or [None] * len(batch)
            known = np.array([name is not None for name in names], dtype=bool)
            rows = np.flatnonzero(known & usable(batch) & np.isfinite(read).all(axis=1)).tolist()
            subjects += [str(names[row]) for row in rows]
            posteriors.append(read[rows])
        self.kept = kept_classes(np.concatenate(posteriors), subjects, self.k)
        self._of_face = {}

    def of(self, batch: FaceBatch) -> list[str | None]:
        """Return the most probable of the expressions that are kept, None where the teacher read none.

        Raises:
            DataError: the batch has no posteriors.
        """
        read = _posteriors(batch)
        best = np.array(self.kept)[read[:, self.kept].argmax(axis=1)]
        finite: NDArray[np.bool_] = np.asarray(np.isfinite(read).all(axis=1))
        names = [EXPRESSIONS[place] if ok else None for place, ok in zip(best, finite, strict=True)]
        self._of_face.update(zip(batch.face_ids, names, strict=True))
        return names

    def stored(self, faces: FaceLabels) -> list[str | None]:
        """Return the expressions that `of` returned for these faces."""
        return [self._of_face.get(face_id) for face_id in faces.face_ids]


def kept_classes(posteriors: ArrayLike, subjects: Sequence[str], k: int) -> list[int]:
    """Choose classes that at least k people show if each face takes its most probable one among them.

    The class that the fewest people show is given up, the first of equals, until every class that is left has
    k people or only one is left.

    Args:
        posteriors: float (N, C), finite.
        subjects: Subject of each face.
        k: Smallest number of people.

    Returns:
        Sorted positions of the classes, at least one.
    """
    probabilities = np.asarray(posteriors, dtype=np.float64)
    person = np.unique(np.asarray(subjects, dtype=str), return_inverse=True)[1]
    kept = list(range(probabilities.shape[1]))
    while len(kept) > 1:
        chosen = probabilities[:, kept].argmax(axis=1)
        people = [len(np.unique(person[chosen == place])) for place in range(len(kept))]
        if min(people) >= k:
            break
        del kept[people.index(min(people))]
    return kept


def _posteriors(batch: FaceBatch) -> NDArray[np.float32]:
    if batch.posteriors is None:
        raise DataError("k-Same-Select expects a teacher's posterior of each face, got none; name a teacher")
    return batch.posteriors
