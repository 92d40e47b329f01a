"""A teacher's posteriors before and after anonymization, face by face, and statistics of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bauta.errors import DataError
from bauta.labels import EXPRESSIONS
from bauta.metrics.expression import (
    accuracy,
    chance_macro_f1,
    cohen_kappa,
    contingency,
    js_divergence,
    kl_divergence,
    macro_f1,
    probability_distance,
    recall,
    relative_utility,
)

CLASSES = len(EXPRESSIONS)
NO_LABEL = -1

DISTANCES = 3 + CLASSES
"""KL, JS and the probability distance of a face, and its distance in the probability of each class."""

DISTANCE_OF, PRESERVED_OF = "probability_distance_", "preserved_"
"""Start of the names of statistics of one expression."""


@dataclass(frozen=True)
class Posteriors:
    """A teacher's output for a set of faces.

    Attributes:
        probabilities: float32 (N, C) in the order of `labels.EXPRESSIONS`; NaN rows where not ok.
        ok: bool (N,), whether there was a face to classify.

    Raises:
        DataError: the shapes do not match, or the posterior of an ok face is not finite.
    """

    probabilities: NDArray[np.float32]
    ok: NDArray[np.bool_]

    def __post_init__(self) -> None:
        expected = (len(self.ok), CLASSES)
        if self.probabilities.shape != expected:
            raise DataError(f"posteriors: expected the shape {expected}, got {self.probabilities.shape}")
        broken = np.flatnonzero(self.ok & ~np.isfinite(self.probabilities).all(1))
        if len(broken):
            raise DataError(
                f"posteriors: row {broken[0]} is ok but not finite ({len(broken)} such rows in all); "
                "recompute the posteriors"
            )

    def predictions(self) -> NDArray[np.int64]:
        """Most probable class (N,), `CLASSES` where there is no prediction."""
        predicted = np.full(len(self.ok), CLASSES, dtype=np.int64)
        predicted[self.ok] = self.probabilities[self.ok].argmax(1)
        return predicted


@dataclass(frozen=True)
class Comparison:
    """Faces before and after anonymization, and the sums over faces from which all statistics are computed.

    Attributes:
        labels: int64 (N,), `NO_LABEL` where a face has no label.
        clear: Posteriors of the originals.
        anonymized: Posteriors of the same faces, anonymized.
        sums: float64 (U, F), contribution of each subject; a face without a subject is a unit of its own.
    """

    labels: NDArray[np.int64]
    clear: Posteriors
    anonymized: Posteriors
    sums: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        clear: Posteriors,
        anonymized: Posteriors,
        labels: Sequence[str | None],
        subjects: Sequence[str | None],
    ) -> Self:
        """Compare row-aligned faces.

        Raises:
            DataError: the arguments differ in length, are empty, or a label is not an expression.
        """
        lengths = [len(clear.ok), len(anonymized.ok), len(labels), len(subjects)]
        if len(set(lengths)) != 1 or lengths[0] == 0:
            raise DataError(
                "expression: expected as many originals as anonymized faces, labels and subjects, "
                f"and at least one, got {lengths}"
            )
        unknown = sorted({label for label in labels if label is not None} - set(EXPRESSIONS))
        if unknown:
            raise DataError(
                f"expression: unknown label '{unknown[0]}', expected one of: {', '.join(EXPRESSIONS)}"
            )
        truth = np.array([NO_LABEL if label is None else EXPRESSIONS.index(label) for label in labels])
        return cls(truth, clear, anonymized, _sums(units_of(subjects), truth, clear, anonymized))

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Whether each face has a label, (N,)."""
        return self.labels != NO_LABEL

    @property
    def compared(self) -> NDArray[np.bool_]:
        """Whether each face has both posteriors, (N,)."""
        return self.clear.ok & self.anonymized.ok

    def confusions(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Counts (C, C + 1) of predictions; the last column: no prediction.

        Returns:
            Labels × predictions before, labels × predictions after, and predictions before × after.
        """
        before, after, agreement, _ = _split(self.sums.sum(0, keepdims=True))
        return before[0].astype(np.int64), after[0].astype(np.int64), agreement[0].astype(np.int64)

    def units_of_classes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Number of units (C,) with a face that is labelled as each class, and with one read as it before."""
        before, _, agreement, _ = _split(self.sums)
        labelled, read = ((table.sum(2) > 0).sum(0) for table in (before, agreement))
        return labelled, read


def units_of(subjects: Sequence[str | None]) -> NDArray[np.intp]:
    """Index of the unit of each face that is resampled as a whole: its subject, or itself if it has none."""
    keys = [f"face {row}" if name is None else f"subject {name}" for row, name in enumerate(subjects)]
    return np.unique(keys, return_inverse=True)[1]


def statistics(sums: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Compute all statistics (B,) from rows of sums (B, F); NaN where they are undefined."""
    before, after, agreement, distances = _split(sums)
    clear_f1, f1, chance = macro_f1(before), macro_f1(after), chance_macro_f1(before)
    with np.errstate(invalid="ignore"):
        kl, js, distance, *of_classes = (distances[:, :-1] / distances[:, -1:]).T
    named = {
        "clear_accuracy": accuracy(before),
        "clear_macro_f1": clear_f1,
        "chance_macro_f1": chance,
        "accuracy": accuracy(after),
        "accuracy_covered": accuracy(_covered(after)),
        "macro_f1": f1,
        "macro_f1_covered": macro_f1(_covered(after)),
        "utility": relative_utility(f1, clear_f1, chance),
        "kappa": cohen_kappa(agreement),
        "kappa_covered": cohen_kappa(_covered(agreement)),
        "kl": kl,
        "js": js,
        "probability_distance": distance,
        "preserved": accuracy(agreement),
        "preserved_covered": accuracy(_covered(agreement)),
    }
    named |= {f"{DISTANCE_OF}{name}": of_classes[index] for index, name in enumerate(EXPRESSIONS)}
    for prefix, table in (("clear_recall", before), ("recall", after), ("preserved", agreement)):
        named |= {f"{prefix}_{name}": recall(table)[:, index] for index, name in enumerate(EXPRESSIONS)}
    return named


def _sums(
    units: NDArray[np.integer], labels: NDArray[np.int64], clear: Posteriors, anonymized: Posteriors
) -> NDArray[np.float64]:
    """Counts of label × before, label × after and before × after, and the distances, of each unit."""
    before, after, labelled = clear.predictions(), anonymized.predictions(), labels != NO_LABEL
    parts = [
        tables_of_units(units, labels, before, labelled),
        tables_of_units(units, labels, after, labelled),
        tables_of_units(units, before, after, clear.ok),
        _distances(units, clear, anonymized, np.where(labelled, labels, before)),
    ]
    return np.concatenate(parts, axis=1).astype(np.float64)


def tables_of_units(
    units: NDArray[np.integer],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    used: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """A flattened table (C, C + 1) of counts for each unit: (U, C (C + 1))."""
    number = units.max() + 1
    shape = (number * CLASSES, CLASSES + 1)
    return contingency(units[used] * CLASSES + rows[used], columns[used], shape).reshape(number, -1)


def _distances(
    units: NDArray[np.integer], clear: Posteriors, anonymized: Posteriors, classes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sums of the distances, and the number of compared faces, of each unit: (U, DISTANCES + 1)."""
    both = clear.ok & anonymized.ok
    before, after = clear.probabilities[both], anonymized.probabilities[both]
    summands = (
        kl_divergence(before, after),
        js_divergence(before, after),
        probability_distance(before, after, classes[both]),
        *np.abs(before.astype(np.float64) - after).T,
        np.ones(int(both.sum())),
    )
    return np.stack([np.bincount(units[both], each, units.max() + 1) for each in summands], axis=1)


def _split(sums: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """The three tables (B, C, C + 1) and the distances (B, DISTANCES + 1) of rows of sums (B, F)."""
    tables, distances = np.split(sums, [-(DISTANCES + 1)], axis=1)
    tables = tables.reshape(len(sums), 3, CLASSES, CLASSES + 1)
    return tables[:, 0], tables[:, 1], tables[:, 2], distances


def _covered(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """The table without the faces that have no prediction."""
    return table * (np.arange(CLASSES + 1) < CLASSES)
