"""Measurement of the training scenario: what networks read in real faces, by what they have learnt from.

Training on one kind of faces and testing on another is the usual test of generated data ("train on synthetic,
test on real": Esteban, Hyland and Rätsch, arXiv:1706.02633, 2017, section 4).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bauta.datasets.face_table import FaceTable
from bauta.errors import DataError, InfeasibleError
from bauta.express import LEARNS, REAL
from bauta.express.comparison import CLASSES, Posteriors, tables_of_units, units_of
from bauta.express.read import read_posteriors
from bauta.labels import EXPRESSIONS
from bauta.measurement import Measurement
from bauta.metrics.expression import accuracy, chance_macro_f1, macro_f1
from bauta.metrics.intervals import Resampling, bootstrap, percentile_interval
from bauta.store import Store

FLOOR = 0.5
"""Macro-F1 of the networks that learnt from real faces, on faces of the same dataset, below which nothing
follows from the others; as `measure.TEACHER_FLOOR`."""

NO_LABELS = "no scored face has an expression label"

CELLS = CLASSES * (CLASSES + 1)


@dataclass(frozen=True)
class Trainings:
    """What the networks of one kind read, one training after the other.

    Attributes:
        read: Posteriors of the same faces by each training, in the order of the seeds.
        trained_on: Number of faces that each of them learnt from; None if unknown.
        infeasible: Why there are none; `read` is empty then.
    """

    read: tuple[Posteriors, ...] = ()
    trained_on: int | None = None
    infeasible: str | None = None

    @classmethod
    def of(cls, paths: Sequence[Path | str], face_ids: Sequence[str]) -> Self:
        """Read the posteriors of some faces; a single training that was infeasible takes all others out.

        Raises:
            StoreError: a store is incomplete or lacks a face.
        """
        try:
            read = tuple(read_posteriors(path, face_ids) for path in paths)
        except InfeasibleError as error:
            return cls(infeasible=str(error))
        return cls(read, Store.open(paths[0]).attributes.get("trained_on"))


@dataclass(frozen=True)
class RealFaces:
    """Clear faces of one dataset, and what the networks of each kind read in them.

    Attributes:
        dataset: Name of the dataset.
        labels: Labelled expression of each face, or None.
        subjects: Subject of each face, None where unknown.
        by_kind: A name in `express.LEARNS` → the networks that learnt from it.
    """

    dataset: str
    labels: Sequence[str | None]
    subjects: Sequence[str | None]
    by_kind: Mapping[str, Trainings]


def read_real_faces(
    datasets: Sequence[str],
    alignments: Sequence[Path | str],
    splits: Sequence[Path | str],
    posteriors: Sequence[Path | str],
    *,
    trainings: int,
) -> Iterator[RealFaces]:
    """Read the inputs of `measure_training`.

    Args:
        datasets: Names of the datasets whose scored faces are read.
        alignments: Their alignments.
        splits: Their splits.
        posteriors: Stores for each dataset, kind of `express.LEARNS` and training, in this order.
        trainings: Number of trainings of each kind.

    Raises:
        DataError: there is not one store for each of them, or the tables do not match.
        StoreError: a store is incomplete or lacks a face.
    """
    expected = len(datasets) * len(LEARNS) * trainings
    if len(posteriors) != expected:
        raise DataError(
            f"training: expected {expected} stores of posteriors ({len(datasets)} datasets, {len(LEARNS)} "
            f"kinds, {trainings} trainings), got {len(posteriors)}"
        )
    remaining = iter(posteriors)
    for dataset, alignment, split in zip(datasets, alignments, splits, strict=True):
        faces = FaceTable.load(alignment, split).partition("test")
        by_kind = {
            kind: Trainings.of([next(remaining) for _ in range(trainings)], faces.face_ids) for kind in LEARNS
        }
        yield RealFaces(dataset, faces.expressions, faces.subjects, by_kind)


def measure_training(
    tested: Sequence[RealFaces],
    *,
    dataset: str,
    backend: str,
    setting: str,
    model: str,
    seed: int = 0,
    replicates: int = 2000,
) -> Measurement:
    """Compare networks that learnt from anonymized faces, or from both kinds, with those of real faces.

    Accuracy and macro-F1 are means over the trainings. Their intervals are bootstrapped over the people who
    are tested, with the same networks; how much trainings from other seeds differ is `…_sd`, the standard
    deviation over them, which no interval contains. `macro_f1_change` is the difference from the networks of
    real faces, with both resampled together. A face without a posterior counts as wrong.

    Args:
        tested: The faces of each dataset, those of the dataset that was trained on first.
        dataset: Name of the dataset that was trained on.
        backend: Name of the anonymizer.
        setting: Its setting.
        model: Name of the recipe.
        seed: Seed of the bootstrap.
        replicates: Bootstrap replicates.

    Returns:
        A measurement `training` without values. Its curve `rows` has a row of plain values for each dataset
        that was tested and each kind of faces that was learnt from; what is not defined is None, with the
        `reason`. `valid` is False where the networks that learnt from real faces are too weak for a
        comparison: below `FLOOR` on their own dataset, or not clearly above chance on another one.

    Raises:
        DataError: posteriors, labels and subjects differ in length, or a label is not an expression.
    """
    resampling = Resampling(replicates=replicates, seed=seed)
    rows = [row for faces in tested for row in _rows(faces, faces.dataset == dataset, resampling)]
    return Measurement(
        kind="training",
        dataset=dataset,
        backend=backend,
        setting=setting,
        model=model,
        values={},
        curves={"rows": rows},
        provenance={"seed": seed, "replicates": replicates, "floor": FLOOR},
    )


SCORES = ("accuracy", "macro_f1")
NUMBERS = tuple(
    name
    for score in (*SCORES, "macro_f1_change")
    for name in (score, f"{score}_low", f"{score}_high", *([f"{score}_sd"] if score in SCORES else []))
)
"""The numbers of a row that are None where there is a reason."""


def _rows(faces: RealFaces, own: bool, resampling: Resampling) -> Iterator[dict[str, Any]]:
    labels = _labels(faces)
    labelled = labels >= 0
    sums = {kind: _tables(faces, labels, labelled, found) for kind, found in faces.by_kind.items()}
    chance = _chance(labels[labelled]) if labelled.any() else None
    base = {"tested": faces.dataset, "n": int(labelled.sum()), "chance_macro_f1": chance}
    empty: dict[str, Any] = {
        "trainings": 0,
        "macro_f1_each": [],
        **dict.fromkeys(NUMBERS),
        "valid": None,
        "reason": None,
    }
    real, valid, note = sums.get(REAL), None, None
    for kind, found in faces.by_kind.items():
        row = {**base, "learns": kind, "trained_on": found.trained_on, **empty}
        why = found.infeasible or (None if labelled.any() else NO_LABELS)
        if why is not None:
            yield {**row, "reason": why}
            continue
        row |= _numbers(sums[kind], real if kind != REAL else None, resampling)
        if kind == REAL:
            valid, note = _judge(row, own)
        yield {**row, "valid": valid, "reason": note}


def _labels(faces: RealFaces) -> NDArray[np.int64]:
    """Index of each face's label (N,), −1 without one."""
    lengths = {len(faces.labels), len(faces.subjects)}
    lengths |= {len(one.ok) for found in faces.by_kind.values() for one in found.read}
    if len(lengths) != 1:
        raise DataError(
            f"training: expected as many posteriors as labels and subjects of {faces.dataset}, "
            f"got {sorted(lengths)}"
        )
    unknown = {label for label in faces.labels if label is not None} - set(EXPRESSIONS)
    if unknown:
        raise DataError(
            f"training: unknown label '{min(unknown)}' in {faces.dataset}, expected one of: "
            f"{', '.join(EXPRESSIONS)}"
        )
    return np.array([-1 if label is None else EXPRESSIONS.index(label) for label in faces.labels], np.int64)


def _tables(
    faces: RealFaces, labels: NDArray[np.int64], labelled: NDArray[np.bool_], found: Trainings
) -> NDArray[np.int64]:
    """Counts of label × prediction of each person and training, (U, T · C · (C + 1))."""
    if not found.read or not labelled.any():
        return np.zeros((0, 0), dtype=np.int64)
    units = units_of([name for name, one in zip(faces.subjects, labelled, strict=True) if one])
    used = np.ones(len(units), dtype=bool)
    return np.concatenate(
        [tables_of_units(units, labels[labelled], one.predictions()[labelled], used) for one in found.read],
        axis=1,
    )


def _scores(sums: NDArray[Any]) -> NDArray[np.float64]:
    """Accuracy and macro-F1 of each training (B, 2, T) of rows of sums (B, T · C · (C + 1))."""
    tables = sums.reshape(len(sums), -1, CLASSES, CLASSES + 1)
    return np.stack([accuracy(tables), macro_f1(tables)], axis=1)


def _numbers(sums: NDArray[Any], real: NDArray[Any] | None, resampling: Resampling) -> dict[str, Any]:
    """The numbers of a row; the change from `real` where that is given and not empty."""
    width = sums.shape[1]
    compared = real is not None and real.size > 0
    both = np.concatenate([sums, real], axis=1) if real is not None and compared else sums

    def means(totals: NDArray[Any]) -> NDArray[np.float64]:
        scores = _scores(totals[:, :width]).mean(2)
        change = (
            scores[:, 1] - _scores(totals[:, width:]).mean(2)[:, 1] if compared else scores[:, 1] * np.nan
        )
        return np.column_stack([scores, change])

    each = _scores(sums.sum(0, keepdims=True))[0]
    points = means(both.sum(0, keepdims=True))[0]
    samples = bootstrap(both, means, resampling)
    found: dict[str, Any] = {"trainings": each.shape[1], "macro_f1_each": each[1].tolist()}
    for index, name in enumerate((*SCORES, "macro_f1_change")):
        if np.isnan(points[index]):
            continue
        ends = percentile_interval(
            float(points[index]), samples[:, index], units=len(both), proportion=name in SCORES
        )
        found |= {name: float(points[index]), f"{name}_low": ends[0], f"{name}_high": ends[1]}
        if name in SCORES and each.shape[1] > 1:
            found[f"{name}_sd"] = float(each[index].std(ddof=1))
    return found


def _chance(labels: NDArray[np.int64]) -> float:
    counts = np.zeros((CLASSES, CLASSES + 1))
    counts[:, 0] = np.bincount(labels, minlength=CLASSES)
    return float(chance_macro_f1(counts))


def _judge(real: Mapping[str, Any], own: bool) -> tuple[bool, str | None]:
    """Whether networks that learnt from real faces read these faces well enough, and what to say if not."""
    low = real["macro_f1"] if real["macro_f1_low"] is None else real["macro_f1_low"]
    enough, bar = (
        (real["macro_f1"] >= FLOOR, f"at least {FLOOR}")
        if own
        else (low > real["chance_macro_f1"], f"an interval above chance, {real['chance_macro_f1']:.3f}")
    )
    if enough:
        return True, None
    return False, (
        f"networks that learnt from real faces reach macro-F1 {real['macro_f1']:.3f}, expected {bar}: "
        "nothing follows from those that learnt from others"
    )
