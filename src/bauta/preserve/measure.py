"""Measuring what one anonymized set keeps of pose, landmarks, gaze and what else an estimator reads."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bauta.measurement import Measurement, Value
from bauta.metrics.intervals import Resampling, bootstrap, mean_value, percentile_interval
from bauta.preserve.comparison import (
    CONVENTIONS,
    CORRELATIONS,
    ERRORS,
    Array,
    Correlation,
    Error,
    agreement,
    whole,
)
from bauta.preserve.removal import QUANTITY, removal
from bauta.preserve.run import Estimates

FEWEST = 3
"""Fewest faces for a correlation: two always lie on a line."""


def measure_preservation(
    before: Estimates,
    after: Estimates,
    face_ids: Sequence[str],
    subjects: Sequence[str | None],
    *,
    dataset: str,
    backend: str,
    setting: str,
    model: str,
    seed: int,
    replicates: int = 2000,
    truth: Mapping[str, NDArray[np.floating]] | None = None,
) -> Measurement:
    """Compare the estimates of faces before and after anonymization.

    Args:
        before: Estimates in the originals.
        after: Estimates in the anonymized faces, which are in the same order.
        face_ids: Id of each face.
        subjects: Subject of each face; None if unknown, in which case the face is resampled by itself.
        dataset: Name of the dataset.
        backend: Name of the anonymizer.
        setting: Its setting.
        model: Name of the estimator.
        seed: Seed of the bootstrap.
        replicates: Bootstrap replicates.
        truth: Quantity → (N, *shape) that is known of the originals; NaN for faces of which it is not, and
            for numbers that are known of no face.

    Returns:
        A measurement `preservation`. `found_before` and `found_after` are the share of the faces in which the
        estimator found one, and of these the share in which it still does. Errors and correlations are those
        of the faces found in both. `constant_…` is the error of the best constant answer for all faces found
        before. The shares `…_kept` are 1 − error/constant error over those faces, where one that is not found
        any more has the constant answer's error: 1 if nothing changed, 0 if a constant says as much.
        For the attributes of CelebA, see `preserve.removal.removal`.
        `truth_…` are errors and correlations of the estimates after with the truth, `clear_truth_…` of those
        before.
        What zero is is a convention for pose and gaze: the mean offset to the truth before, whose size is
        `truth_pose_offset` and `truth_gaze_offset` in degrees, is removed from all estimates.
    """
    units = [subject or face_id for subject, face_id in zip(subjects, face_ids, strict=True)]
    compared = _Compared(before, after, np.array(units), Resampling(replicates, seed))
    values = {
        "found_before": compared.share(before.found, np.ones(len(units), bool), "no face is scored"),
        "found_after": compared.share(after.found, before.found, "no face was found in the originals"),
    }
    for error in ERRORS:
        if error.quantity in before.values:
            values |= compared.errors(error)
            if truth is not None and error.quantity in truth:
                values |= compared.against(error, np.asarray(truth[error.quantity], dtype=np.float64))
    for correlation in CORRELATIONS:
        if correlation.quantity in before.values:
            values[correlation.name] = compared.correlation(correlation)
            if truth is not None and correlation.quantity in truth:
                of_all = np.asarray(truth[correlation.quantity], dtype=np.float64)
                values |= compared.correlation_to(correlation, of_all)
    if QUANTITY in before.values:
        values |= removal(before, after, compared.units, compared.resampling)
    return Measurement(
        kind="preservation",
        dataset=dataset,
        backend=backend,
        setting=setting,
        model=model,
        values=values,
        provenance={"seed": seed, "replicates": replicates},
    )


@dataclass(frozen=True)
class _Compared:
    """Estimates of the same faces before and after.

    Attributes:
        before: Estimates in the originals.
        after: Estimates in the anonymized faces.
        units: The subject of each face.
        resampling: Settings of the bootstrap.
    """

    before: Estimates
    after: Estimates
    units: NDArray[np.str_]
    resampling: Resampling

    @property
    def both(self) -> NDArray[np.bool_]:
        """The faces found before and after."""
        return self.before.found & self.after.found

    @property
    def reason(self) -> str:
        """Why nothing can be compared."""
        if not self.before.found.any():
            return "the estimator finds no face in the originals"
        return "the estimator finds no face after anonymization"

    def share(self, hits: NDArray[np.bool_], among: NDArray[np.bool_], reason: str) -> Value:
        return mean_value(hits[among], self.units[among], self.resampling, proportion=True, reason=reason)

    def mean(self, errors: Array, of: NDArray[np.bool_], reason: str) -> Value:
        return mean_value(errors, self.units[of], self.resampling, reason=reason)

    def errors(self, error: Error) -> dict[str, Value]:
        """The mean error, that of the best constant answer, and the share that is kept."""
        found, both = self.before.found, self.both
        constant = f"constant_{error.name}"
        if not found.any():
            names = [error.name, constant, *([error.kept] if error.kept else [])]
            return dict.fromkeys(names, Value.missing(self.reason, n=0))
        references = error.of(self.before.values[error.quantity][found])
        of_constant = error.error(references, error.constant(references))
        still = both[found]
        own = of_constant.copy()
        answers = error.of(self.after.values[error.quantity][both])
        own[still] = error.error(references[still], answers)
        values = {
            error.name: self.mean(own[still], both, self.reason),
            constant: self.mean(of_constant, found, self.reason),
        }
        if error.kept is not None:
            values[error.kept] = self._kept(own, of_constant)
        return values

    def _kept(self, errors: Array, of_constant: Array) -> Value:
        if not self.both.any():
            return Value.missing(self.reason, n=0)
        if of_constant.sum() <= 0:
            return Value.missing("all originals are alike, so nothing can be lost", n=len(errors))
        unit = np.unique(self.units[self.before.found], return_inverse=True)[1]
        sums = np.stack([np.bincount(unit, errors), np.bincount(unit, of_constant)], axis=1)

        def kept(total: Array) -> Array:
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.where(total[:, 1] > 0, 1.0 - total[:, 0] / total[:, 1], np.nan)

        value = float(kept(sums.sum(axis=0, keepdims=True))[0])
        low, high = percentile_interval(value, bootstrap(sums, kept, self.resampling), units=len(sums))
        return Value(value=value, low=low, high=high, n=len(errors))

    def against(self, error: Error, truth: Array) -> dict[str, Value]:
        """The errors against the truth, after and before, in the convention of the truth."""
        found: dict[str, Value] = {}
        correct: Callable[[Array], Array] = whole
        convention = CONVENTIONS.get(error.quantity)
        *_, (_, references, answers, clear) = self._with_truth(error.quantity, truth)
        if convention is not None and clear.any():
            offset = convention.offset(references, answers)
            correct = partial(convention.apply, offset)
            found[convention.name] = Value(value=float(convention.size(offset)[0]), n=int(clear.sum()))
        for prefix, references, answers, of in self._with_truth(error.quantity, truth):
            own = error.error(error.of(references), error.of(correct(answers)))
            found[prefix + error.name] = self.mean(own, of, self.reason)
        return found

    def correlation(self, wanted: Correlation) -> Value:
        """Agreement over the faces found before and after."""
        both = self.both
        x, y = (wanted.of(part.values[wanted.quantity][both]) for part in (self.before, self.after))
        return self._agreement(wanted, x, y, both)

    def correlation_to(self, wanted: Correlation, truth: Array) -> dict[str, Value]:
        """Agreement with the truth, after and before, over the numbers that are known."""
        return {
            prefix + wanted.name: self._agreement(wanted, wanted.of(references), wanted.of(answers), of)
            for prefix, references, answers, of in self._with_truth(wanted.quantity, truth)
        }

    def _with_truth(
        self, quantity: str, truth: Array
    ) -> Iterator[tuple[str, Array, Array, NDArray[np.bool_]]]:
        """The truth and the estimates of the faces where it is known, after and before."""
        numbers = np.isfinite(truth).any(axis=0)
        some = bool(numbers.any() and not numbers.all())
        if some:
            truth = truth[:, numbers]
        known = np.isfinite(truth).reshape(len(truth), -1).all(axis=1)
        for prefix, estimates, of in (
            ("truth_", self.after, self.both & known),
            ("clear_truth_", self.before, self.before.found & known),
        ):
            answers = estimates.values[quantity][of]
            yield prefix, truth[of], answers[:, numbers] if some else answers, of

    def _agreement(self, wanted: Correlation, x: Array, y: Array, of: NDArray[np.bool_]) -> Value:
        count = len(x)
        if count == 0:
            return Value.missing(self.reason, n=0)
        if count < FEWEST:
            return Value.missing(
                f"expected at least {FEWEST} faces found before and after, got {count}", n=count
            )
        spread = x.std(axis=0)
        varies = spread >= wanted.least_spread
        if not varies.any():
            return Value.missing("it hardly varies in the originals", n=count)
        # Relative to the mean and the spread before, sums of squares lose no digits.
        middle, scale = x[:, varies].mean(axis=0), spread[varies]
        x, y = ((part[:, varies] - middle) / scale for part in (x, y))
        unit = np.unique(self.units[of], return_inverse=True)[1]
        columns = np.column_stack([np.ones(count), x, y, x**2, y**2, x * y])
        sums = np.zeros((unit.max() + 1, columns.shape[1]))
        np.add.at(sums, unit, columns)

        def statistic(total: Array) -> Array:
            return agreement(total, concordance=wanted.concordance)

        value = float(statistic(sums.sum(axis=0, keepdims=True))[0])
        low, high = percentile_interval(value, bootstrap(sums, statistic, self.resampling), units=len(sums))
        return Value(value=value, low=low, high=high, n=count)
