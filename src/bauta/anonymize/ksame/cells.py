"""Cells, which are the images that share one output, and their groups of at least k people."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.ksame.classes import Classes
from bauta.anonymize.ksame.grouping import partition
from bauta.errors import DataError, InfeasibleError
from bauta.protocols import FaceBatch


class Cell(NamedTuple):
    """Images that share one output: those of a subject, or of a subject with one expression."""

    subject: str
    expression: str | None = None


CellsOf = Callable[[FaceBatch], Sequence[Cell | None]]


def cells_of(batch: FaceBatch, classes: Classes | None) -> list[Cell | None]:
    """Return the subject of each face, with its expression if the set is split; None if one is unknown.

    Args:
        batch: Faces with subjects.
        classes: The expressions by which the set is split; None if it is not.

    Raises:
        DataError: the batch has no subjects, or not what the expressions are read from.
    """
    if batch.subjects is None:
        raise DataError("k-Same expects the subject of each face, got none; index a dataset with subjects")
    if classes is None:
        return [None if subject is None else Cell(subject) for subject in batch.subjects]
    return [
        None if subject is None or expression is None else Cell(subject, expression)
        for subject, expression in zip(batch.subjects, classes.of(batch), strict=True)
    ]


def group_cells(
    cells: Collection[Cell],
    coordinates_of: Callable[[Sequence[Cell]], NDArray[np.float64]],
    k: int,
    seed: int,
) -> list[list[Cell]]:
    """Partition the subjects, separately for each expression; the order of the cells has no influence.

    Args:
        cells: All cells.
        coordinates_of: Returns what is compared of some cells: float64 (S, F).
        k: Smallest number of subjects in a group.
        seed: Seed of the order in which subjects are taken.

    Raises:
        InfeasibleError: an expression (or the set) has fewer than k subjects.
    """
    if not cells:
        raise InfeasibleError(f"expected at least k={k} subjects, got none that can be anonymized")
    groups = []
    for expression in sorted({cell.expression for cell in cells}, key=str):
        alike = sorted((cell for cell in cells if cell.expression == expression), key=lambda c: c.subject)
        if len(alike) < k:
            of = "" if expression is None else f" with the expression '{expression}'"
            raise InfeasibleError(
                f"expected at least k={k} subjects{of}, got {len(alike)}; lower k or add subjects"
            )
        members = partition(coordinates_of(alike), k, np.random.default_rng(seed))
        groups += [[alike[row] for row in rows] for rows in members]
    return groups
