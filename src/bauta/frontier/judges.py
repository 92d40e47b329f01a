"""Which teachers judge the utility of an anonymized set, and why the others do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from bauta.anonymize.settings import teachers_in
from bauta.express import ADAPTED
from bauta.frontier.measured import MeasuredDataset, MeasuredSet, value_of
from bauta.measurement import Measurement, Value
from bauta.metrics.utility import weighted_mean

CHOSE, TAUGHT = "the backend sees its predictions", "the backend was trained with it"


@dataclass(frozen=True)
class Judges:
    """The teachers that read a set, by their part in its utility.

    Attributes:
        read: Teacher → its measurement of the set; those that adapt to the set are left out.
        partial: Teacher that had a part in making the set → which part. Its opinion is shown beside those of
            the others and is no part of the utility.
        invalid: Teacher that cannot read the clear faces → its reason. It is no part of the utility, either.
    """

    read: Mapping[str, Measurement]
    partial: Mapping[str, str]
    invalid: Mapping[str, str]

    @classmethod
    def of(cls, one: MeasuredSet, dataset: MeasuredDataset) -> Self:
        """Assign its part to each teacher of a dataset that read a set."""
        candidates = [name for name in dataset.teachers if name not in ADAPTED]
        found = {name: one.get("expression", name) for name in candidates}
        read = {name: each for name, each in found.items() if each is not None}
        limits = dataset.limits
        chose = teachers_in(limits.sees.get(one.backend, {}).get(one.setting, ()))
        taught = limits.taught.get(one.backend, {}).get(one.setting, ())
        partial = {**dict.fromkeys(taught, TAUGHT), **dict.fromkeys(chose, CHOSE)}
        weak = {name: why for name, each in read.items() if (why := _why_weak(each)) is not None}
        return cls(read, {name: why for name, why in partial.items() if name in read}, weak)

    @property
    def names(self) -> tuple[str, ...]:
        """The teachers that judge, in the order of the configuration."""
        return tuple(name for name in self.read if name not in self.partial and name not in self.invalid)

    def mean(self, name: str, absent: str) -> Value:
        """The mean of a value over the teachers that judge.

        Its interval is the mean of theirs, which is too wide rather than too narrow. A value that a judge
        lacks is left out where another one has it. If no teacher can read the clear faces, the mean is over
        those that cannot, whose utility is missing: what they read shows why the row is not valid.

        Args:
            name: Name of the value in a measurement `expression`.
            absent: The reason if no teacher read the set.
        """
        unbiased = [judge for judge in self.read if judge not in self.partial]
        values = [value_of(self.read[judge], name, absent) for judge in self.names or unbiased]
        known = [value for value in values if value.value is not None]
        if known:
            return weighted_mean(known)
        if values:
            return values[0]
        return Value.missing(self.why_none or absent)

    @property
    def why_none(self) -> str | None:
        """Why no teacher judges although at least one read the set; None if one judges or none read it."""
        if self.names or not self.read:
            return None
        if self.invalid:
            return next(iter(self.invalid.values()))
        name, why = next(iter(self.partial.items()))
        return f"{why} in the case of {name}, and no other teacher read the set; add one to teachers"


def _why_weak(read: Measurement) -> str | None:
    """Trap 10: preservation of an expression that a teacher cannot recognize on the originals."""
    labelled = value_of(read, "clear_macro_f1", "").value is not None
    if not labelled or value_of(read, "teacher_valid", "").value == 1.0:
        return None
    return value_of(read, "utility", "").reason or f"teacher {read.model} is not known to read the originals"
