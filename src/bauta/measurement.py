"""One schema for every measurement: a value with its interval, or null with a reason."""

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from bauta.errors import DataError
from bauta.io.infeasible import reason_instead
from bauta.io.seal import REMEDY, read_sealed, write_sealed

SHARE, SIGNED, DISTANCE, AMOUNT = (0.0, 1.0), (-1.0, 1.0), (0.0, 2.0), (0.0, math.inf)

RANGES = {
    r"(.+_)?top\d+(_at_\d+)?(_covered|_pooled)?(_jpeg\d+)?": SHARE,
    r"(.+_)?(auc|eer|d_sys)(_covered)?|(.+_)?(ece|smallest_far)|(.+_)?(tar|far|fnir)_at_.+": SHARE,
    r"(.+_)?(accuracy|macro_f1|recall_\w+|preserved(_\w+)?|valid|standard_error)(_covered)?|js": SHARE,
    r"detected|anonymized|coverage|redetected|leaks_\w+|declared_blind|exposed_people(_jpeg\d+)?": SHARE,
    r"attributes_kept": SHARE,
    r"group_gap": SIGNED,
    r"privacy|utility(_reader_\w+|_least|_greatest)?|(pareto|knee)_share": SHARE,
    r"kappa(_covered)?|ssim|recovery_gap(_jpeg\d+)?": SIGNED,
    r"cosine_distance": DISTANCE,
    r"kl|psnr|lpips|fid|identical|n_\w+|passed_difference|probability_distance(_\w+)?": AMOUNT,
    r"found_(before|after)|attributes_(removed|added)(_covered)?|removed_\w+": SHARE,
    r"((clear_)?truth_|constant_)?(pose|yaw|pitch|roll|gaze)_error": (0.0, 180.0),
    r"((clear_)?truth_|constant_)?\w+_(error|nme)": AMOUNT,
    r"truth_(pose|gaze)_offset": (0.0, 180.0),
    r"\w+_(correlation|ccc)": SIGNED,
    r"\w+_kept": (-math.inf, 1.0),
}
"""Patterns of value names → the valid range of such numbers; other names accept any number."""

ROUNDING = 1e-6


class Value(BaseModel):
    """A number with a 95 % interval, or no number and the reason why.

    Attributes:
        value: The measured number, or None.
        low: Lower end of the interval, or None where none is defined.
        high: Upper end.
        n: Number of observations (probes, pairs, images).
        reason: Why there is no value; given exactly when `value` is None.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    reason: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.value is None) != (self.reason is not None):
            raise ValueError("a value needs no reason and a missing value needs one")
        for number in (self.value, self.low, self.high):
            if number is not None and not math.isfinite(number):
                raise ValueError(f"expected a finite number, got {number}")
        if self.value is None and (self.low is not None or self.high is not None):
            raise ValueError("a missing value has no interval")
        return self

    @classmethod
    def missing(cls, reason: str, n: int | None = None) -> Self:
        """Create a missing value with the reason why the data cannot support one."""
        return cls(value=None, reason=reason, n=n)


class Measurement(BaseModel):
    """The measurements of one job on one anonymized set (or on the originals).

    Attributes:
        kind: The stage: attack, adapt, suite, soft, expression, agreement, significance, realism,
            preservation, training, coverage or audit.
        dataset: Name of the dataset in the config.
        backend: Name of the anonymizer, or `original`.
        setting: Its setting, such as `kernel=11`.
        model: Recognizer, teacher, estimator or recipe that measured or is measured, or None.
        values: Named numbers.
        curves: Named lists for the plots (histograms, confusion matrices), with their axes.
        notes: Sentences that must accompany the result, such as warnings about invalid attackers.
        provenance: Hashes of the split, the models and the stores that were used.
        infeasible: Why nothing could be measured, in which case there are no values.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    dataset: str
    backend: str
    setting: str
    model: str | None = None
    values: dict[str, Value]
    curves: dict[str, Any] = {}
    notes: list[str] = []
    provenance: dict[str, str | int | float | None] = {}
    infeasible: str | None = None

    def with_provenance(self, **known: str | int | float | None) -> Self:
        """Return a copy with additional provenance."""
        return self.model_copy(update={"provenance": {**self.provenance, **known}})

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, value in self.values.items():
            low, high = range_of(name)
            for number in (value.value, value.low, value.high):
                if number is not None and not low - ROUNDING <= number <= high + ROUNDING:
                    raise ValueError(f"'{name}': expected a number from {low:g} to {high:g}, got {number:g}")
        return self

    def write(self, path: Path | str, made_from: Mapping[str, str] | None = None) -> None:
        """Write JSON with sorted keys and a seal, atomically."""
        write_sealed(path, self.model_dump(), made_from=made_from)

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read and validate a measurement.

        Raises:
            DataError: the file is corrupt, does not belong at this path, or is not a measurement.
        """
        values, _ = read_sealed(path)
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise DataError(f"{path}: not a measurement ({where}: {first['msg']}): {REMEDY}") from error


def range_of(name: str) -> tuple[float, float]:
    """Least and greatest number that a value of this name can have."""
    found = (bounds for names, bounds in RANGES.items() if re.fullmatch(names, name))
    return next(found, (-math.inf, math.inf))


@contextmanager
def measurement_or_reason(
    path: Path | str, kind: str, *, dataset: str, backend: str, setting: str, model: str | None = None
) -> Iterator[None]:
    """Let the block write a measurement; if that is infeasible, write one that holds only the reason."""
    place = {"kind": kind, "dataset": dataset, "backend": backend, "setting": setting, "model": model}

    def write(reason: str) -> None:
        Measurement.model_validate({**place, "values": {}, "infeasible": reason}).write(path)

    with reason_instead(path, write):
        yield
