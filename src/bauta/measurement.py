"""One schema for every measurement: a value with its interval, or null with a reason."""

import json
import math
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from bauta.files import write_text


class Value(BaseModel):
    """A number with a 95 % interval, or no number and the reason why.

    Attributes:
        value: The measured number, or None.
        low: Lower end of the interval, or None where none is defined.
        high: Upper end.
        n: How many observations it rests on (probes, pairs, images).
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
        """A value that the data cannot support."""
        return cls(value=None, reason=reason, n=n)


class Measurement(BaseModel):
    """What one job measured on one anonymized set (or on the originals).

    Attributes:
        kind: The stage: attack, adapt, expression, realism, coverage or audit.
        dataset: Name of the dataset in the config.
        backend: Name of the anonymizer, or `original`.
        setting: Its setting, such as `kernel=11`.
        model: Recognizer or teacher that measured, or None.
        values: Named numbers.
        curves: Named lists for the plots (histograms, confusion matrices), with what their axes are.
        notes: Sentences that a reader of the result must see (invalid attackers and the like).
        provenance: Hashes of the split, the models and the stores that went in.
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

    def with_provenance(self, **known: str | int | float | None) -> Self:
        """The same with more of what went in."""
        return self.model_copy(update={"provenance": {**self.provenance, **known}})

    def write(self, path: Path | str) -> None:
        """Write as JSON with sorted keys, the whole of it or nothing."""
        write_text(path, json.dumps(self.model_dump(), indent=1, sort_keys=True, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read and validate."""
        return cls.model_validate_json(Path(path).read_text())
