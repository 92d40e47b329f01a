"""Measurement of how well an anonymizer preserves expressions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bauta.express.comparison import DISTANCE_OF, PRESERVED_OF, Comparison, Posteriors, statistics
from bauta.labels import EXPRESSIONS
from bauta.measurement import Measurement, Value
from bauta.metrics.expression import expected_calibration_error
from bauta.metrics.intervals import Resampling, bootstrap, percentile_interval

TEACHER_FLOOR = 0.5
"""Macro-F1 on the originals below which a teacher is invalid.

Chance is 0.14 for seven classes; people and networks reach 0.65 to 0.75 on the noisy labels of FER-2013.
"""

NO_LABELS = "no face has an expression label"

NOT_A_PROPORTION = ("utility", "kappa", "kappa_covered", "kl", "js")


def measure_expression(
    clear: Posteriors,
    anonymized: Posteriors,
    labels: Sequence[str | None],
    subjects: Sequence[str | None],
    *,
    dataset: str,
    backend: str,
    setting: str,
    model: str,
    knows: Sequence[str] = EXPRESSIONS,
    seed: int = 0,
    replicates: int = 2000,
    floor: float = TEACHER_FLOOR,
    provenance: Mapping[str, str | int | float | None] | None = None,
) -> Measurement:
    """Compare a teacher's posteriors before and after anonymization with the labels and with each other.

    A face without a posterior counts as wrong in `accuracy` and `macro_f1` and as a disagreement in `kappa`;
    the variants `*_covered` omit it. `kl`, `js` (both in nats) and `probability_distance` are means over the
    faces that have both posteriors. `probability_distance` is |p_before(c) − p_after(c)| for the label c, or
    for the class predicted before if the face has no label; `probability_distance_{expression}` is the mean
    distance in the probability of one expression over all of these faces, whatever they show (Hellmann et
    al., "GANonymization", ACM TOMM 21(1), 2025, section 4.2). `preserved` is the share of the faces with a
    prediction before that have the same one after, and `preserved_{expression}` that of the faces read as
    this expression before; a face without a posterior after is not preserved.

    Intervals are bootstrapped over subjects; a face without a subject is a unit of its own. `ece` and
    `clear_ece` cover the faces with a label and a posterior and have no interval: resampling increases the
    error, so percentiles would lie above it.

    Args:
        clear: Posteriors of the originals.
        anonymized: Posteriors of the same faces, anonymized.
        labels: Labelled expression of each face, or None.
        subjects: Subject of each face, None where unknown.
        dataset: Name of the dataset.
        backend: Name of the anonymizer.
        setting: Its setting.
        model: Name of the teacher.
        knows: The expressions that the teacher knows; faces with other labels are excluded.
        seed: Seed of the bootstrap.
        replicates: Bootstrap replicates.
        floor: `clear_macro_f1` below which the teacher is invalid and `utility` is missing.
        provenance: Hashes of the inputs.

    Returns:
        A measurement of kind `expression`. `teacher_valid` is 1 or 0, or missing without labels. Its curves
        are `classes`, the counts `confusion_before` and `confusion_after` (labels × predictions) and
        `confusion_preserved` (predictions before × after), and `unanswered_before`, `unanswered_after` and
        `unanswered_preserved`, the faces of each row without a prediction in the columns.

    Raises:
        DataError: the arguments differ in length, are empty, or a label is not an expression.
    """
    unknown = [label for label in labels if label is not None and label not in knows and label in EXPRESSIONS]
    kept = [None if label in unknown else label for label in labels]
    faces = Comparison.of(clear, anonymized, kept, subjects)
    values = _values(faces, Resampling(replicates=replicates, seed=seed))
    values["clear_ece"] = _calibration(clear, faces)
    values["ece"] = _calibration(anonymized, faces)
    for name in EXPRESSIONS:
        if name not in knows:
            values[DISTANCE_OF + name] = Value.missing(f"{model} does not know {name}", 0)
    values["teacher_valid"], problem = _judge_teacher(values["clear_macro_f1"], floor, model)
    notes = _notes(faces)
    if unknown:
        notes.append(
            f"{len(unknown)} faces are left out: {model} does not know {', '.join(sorted(set(unknown)))}"
        )
    if problem is not None:
        notes.insert(0, problem)
        values["utility"] = Value.missing(problem, values["utility"].n)
    return Measurement(
        kind="expression",
        dataset=dataset,
        backend=backend,
        setting=setting,
        model=model,
        values=values,
        curves=_curves(faces),
        notes=notes,
        provenance={**(provenance or {}), "teacher_floor": floor, "replicates": replicates, "seed": seed},
    )


def _values(faces: Comparison, resampling: Resampling) -> dict[str, Value]:
    points = statistics(faces.sums.sum(0, keepdims=True))
    samples = bootstrap(faces.sums, lambda sums: np.column_stack(list(statistics(sums).values())), resampling)
    values = {}
    for (name, point), replicates in zip(points.items(), samples.T, strict=True):
        value, n = float(point[0]), _observations(name, faces)
        if np.isnan(value):
            values[name] = Value.missing(_why_undefined(name, faces), n)
            continue
        low, high = percentile_interval(
            value, replicates, units=_units(name, faces), proportion=name not in NOT_A_PROPORTION
        )
        found = Value(value=value, low=low, high=high, n=n)
        # An interval of clipped replicates would be missing where all of them are beyond an end.
        values[name] = _clipped(found) if name == "utility" else found
    return values


def _clipped(share: Value) -> Value:
    """A share that may be beyond [0, 1], with its interval, as one that is not."""
    value, low, high = (
        None if end is None else min(1.0, max(0.0, end)) for end in (share.value, share.low, share.high)
    )
    return Value(value=value, low=low, high=high, n=share.n)


def _units(name: str, faces: Comparison) -> int:
    """Number of units that a value is computed from; a share of one class is of those that show it."""
    expression = name.rpartition("_")[2]
    labelled, read = faces.units_of_classes()
    if "recall_" in name:
        return int(labelled[EXPRESSIONS.index(expression)])
    if name.startswith(PRESERVED_OF) and expression in EXPRESSIONS:
        return int(read[EXPRESSIONS.index(expression)])
    return len(faces.sums)


def _observations(name: str, faces: Comparison) -> int:
    """Number of faces that a value is computed from."""
    if _over_compared(name):
        return int(faces.compared.sum())
    if name in ("kappa", "preserved"):
        return int(faces.clear.ok.sum())
    if name.startswith(PRESERVED_OF):
        return int((faces.clear.predictions() == EXPRESSIONS.index(name.removeprefix(PRESERVED_OF))).sum())
    if name.endswith("_covered"):
        return int((faces.labelled & faces.anonymized.ok).sum())
    if "recall_" in name:
        return int((faces.labels == EXPRESSIONS.index(name.rpartition("_")[2])).sum())
    return int(faces.labelled.sum())


def _over_compared(name: str) -> bool:
    """Whether a value is over the faces that have a posterior both before and after."""
    return name in ("kl", "js", "kappa_covered", "preserved_covered") or name.startswith(
        "probability_distance"
    )


def _why_undefined(name: str, faces: Comparison) -> str:
    if _over_compared(name) or name == "kappa":
        alike = "all predictions before and after are of one class"
        return alike if faces.compared.any() else "no face has a posterior both before and after"
    if name == "preserved":
        return "no clear face has a posterior"
    if name.startswith(PRESERVED_OF):
        return f"no clear face is read as {name.removeprefix(PRESERVED_OF)}"
    return _why_unscored(name, faces)


def _why_unscored(name: str, faces: Comparison) -> str:
    """Why a value that needs labels is undefined."""
    if not faces.labelled.any():
        return NO_LABELS
    if name.endswith("_covered"):
        return "no labelled face has a posterior after anonymization"
    if name == "utility":
        return "macro-F1 on the originals is not above chance"
    return f"no labelled face shows {name.rpartition('_')[2]}"


def _calibration(posteriors: Posteriors, faces: Comparison) -> Value:
    used = faces.labelled & posteriors.ok
    if not used.any():
        return Value.missing("no labelled face has a posterior" if faces.labelled.any() else NO_LABELS, 0)
    error = expected_calibration_error(posteriors.probabilities[used], faces.labels[used])
    return Value(value=error, n=int(used.sum()))


def _judge_teacher(clear_macro_f1: Value, floor: float, model: str) -> tuple[Value, str | None]:
    """Whether the teacher is valid for these faces, and a note if it is not."""
    if clear_macro_f1.value is None:
        return Value.missing(clear_macro_f1.reason or NO_LABELS, clear_macro_f1.n), None
    if clear_macro_f1.value >= floor:
        return Value(value=1.0, n=clear_macro_f1.n), None
    problem = (
        f"the teacher {model} is invalid here: macro-F1 {clear_macro_f1.value:.3f} on the originals, "
        f"expected at least {floor}"
    )
    return Value(value=0.0, n=clear_macro_f1.n), problem


def _notes(faces: Comparison) -> list[str]:
    notes: list[str] = []
    labelled = faces.labelled
    if not labelled.any():
        return notes
    absent = [name for index, name in enumerate(EXPRESSIONS) if not (faces.labels == index).any()]
    if absent:
        notes.append(
            f"no face is labelled {', '.join(absent)}: macro averages are over the other expressions"
        )
    if not labelled.all():
        notes.append(f"{int((~labelled).sum())} of {len(labelled)} faces have no expression label")
    lost = set(faces.labels[labelled]) - set(faces.labels[labelled & faces.anonymized.ok])
    if lost:
        names = ", ".join(EXPRESSIONS[index] for index in sorted(lost))
        notes.append(f"no {names} face has a posterior after anonymization: macro_f1_covered is without them")
    return notes


def _curves(faces: Comparison) -> dict[str, Any]:
    curves: dict[str, Any] = {"classes": list(EXPRESSIONS)}
    for when, confusion in zip(("before", "after", "preserved"), faces.confusions(), strict=True):
        curves[f"confusion_{when}"] = confusion[:, :-1].tolist()
        curves[f"unanswered_{when}"] = confusion[:, -1].tolist()
    return curves
