"""The result of the frontier stage, as stored in `metrics.json`: the single source of summary and report."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from bauta.anonymize import CONTROLS
from bauta.anonymize.settings import LABELS
from bauta.attack.proof import Proof
from bauta.config.frontier import DatasetPair
from bauta.config.limits import Limits
from bauta.errors import DataError
from bauta.io.seal import REMEDY, read_sealed, write_sealed
from bauta.measurement import Value
from bauta.metrics.utility import utility_axis, weighted_mean


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SettingResult(_Frozen):
    """One anonymizer (`backend`) at one setting, such as `kernel=11`, on one dataset.

    Attributes:
        values: Each numeric column of the frontier table with its interval, or null with the reason.
        sees: What the backend declares to see, such as `subjects` or `posteriors:resnet18`.
        worst_attacker: Protocol and recognizer behind `worst_top1`, such as `adaptive/dlib_resnet`.
        worst_verifiers: Column such as `worst_auc` → protocol and recognizer behind it, likewise.
        by_recognizer: Recognizer → name → every number of its attacks, fixed and adaptive.
        judges: The teachers over which the values of expressions and utility are averaged.
        partial: Teacher that had a part in making the set, and is no judge of it → which part.
        by_teacher: Teacher, judge or not → name → every number that it measured, and its own `utility`.
        valid: False if an attacker or the teacher is too weak on the originals to support the row.
        notes: Notes for the interpretation of the row.
        pareto: Whether it is a member of the dataset's Pareto set; likewise `knee`.
        infeasible: Why the dataset does not support the setting, in which case nothing was measured.
    """

    dataset: str
    backend: str
    setting: str
    values: dict[str, Value]
    sees: tuple[str, ...] = ()
    worst_attacker: str | None = None
    worst_verifiers: dict[str, str] = {}
    by_recognizer: dict[str, dict[str, Value]] = {}
    judges: tuple[str, ...] = ()
    partial: dict[str, str] = {}
    by_teacher: dict[str, dict[str, Value]] = {}
    valid: bool = True
    notes: tuple[str, ...] = ()
    pareto: bool = False
    knee: bool = False
    infeasible: str | None = None

    @property
    def label(self) -> str:
        """Backend and setting in words for a person; a backend without options has the setting `default`."""
        return self.backend if self.setting in ("", "default") else f"{self.backend} {self.setting}"

    @property
    def is_control(self) -> bool:
        """Whether it is one of the controls, which prove the run and are not candidates."""
        return self.backend in CONTROLS

    @property
    def is_candidate(self) -> bool:
        """Whether it can be chosen: valid, no control, and without the labels that utility is scored on."""
        return self.valid and not self.is_control and LABELS not in self.sees

    def known(self, *axes: str) -> bool:
        """Whether it has a value on each of these axes."""
        return all(self.values[axis].value is not None for axis in axes)


class Control(_Frozen):
    """The verdict on one control backend of one dataset.

    Attributes:
        passed: Whether the control gave the required result; None if it cannot be checked on the dataset.
        message: One line for the top of every output.
        not_checked: Why identification was not checked, None if it was.
    """

    name: str
    dataset: str
    passed: bool | None
    expected: str
    got: str
    message: str
    not_checked: str | None = None

    @property
    def failed(self) -> bool:
        """Whether it was checked and did not give the required result."""
        return self.passed is False

    @property
    def verdict(self) -> str:
        """`passed`, `FAILED` or `not checked`, with the part that a verdict does not cover."""
        if self.passed is None:
            return "not checked"
        return ("passed" if self.passed else "FAILED") + (" on expressions only" if self.not_checked else "")


class Advice(_Frozen):
    """The `setting` to use, as its row's label, or None, and one `sentence` that says why."""

    setting: str | None
    sentence: str


class DatasetFrontier(_Frozen):
    """All settings on one dataset.

    Attributes:
        recognizers: The recognizers that attacked; the first provides the columns without a name.
        teachers: The teachers that were applied, likewise.
        rows: One row per backend and setting, infeasible ones last.
        hypervolume: Area that the Pareto set dominates, with reference (0, 0), at most 1.
        advice: Which setting to use, or what would have to change.
        pair: The two datasets of the measurements, None for a single dataset.
        proofs: How each attack does on a light blur, where it must succeed.
        agreement: Two teachers, `one/other` → Cohen's κ between what they read in the clear faces.
    """

    dataset: str
    recognizers: tuple[str, ...]
    teachers: tuple[str, ...]
    rows: tuple[SettingResult, ...]
    hypervolume: Value
    advice: Advice
    limits: Limits = Limits()
    pair: DatasetPair | None = None
    proofs: tuple[Proof, ...] = ()
    agreement: dict[str, Value] = {}

    @property
    def pareto(self) -> list[SettingResult]:
        """The members of the Pareto set, by increasing privacy."""
        members = [row for row in self.rows if row.pareto]
        return sorted(members, key=lambda row: row.values["privacy"].value or 0.0)

    @property
    def knee(self) -> SettingResult | None:
        """The knee, or None if the Pareto set is empty."""
        return next((row for row in self.rows if row.knee), None)

    @property
    def has_utility(self) -> bool:
        """Whether any row has a utility."""
        return any(row.known("utility") for row in self.rows)

    @property
    def ceiling(self) -> Value | None:
        """The mean κ of pairs of teachers on the clear faces: what is left of one's opinion by another's."""
        known = [value for value in self.agreement.values() if value.value is not None]
        return weighted_mean(known) if known else None

    @property
    def measured(self) -> tuple[SettingResult, ...]:
        """The rows that have measurements."""
        return tuple(row for row in self.rows if row.infeasible is None)

    @property
    def infeasible(self) -> list[str]:
        """The settings that the dataset does not support, one sentence per reason."""
        reasons = dict.fromkeys(row.infeasible for row in self.rows if row.infeasible is not None)
        labels = {why: [row.label for row in self.rows if row.infeasible == why] for why in reasons}
        return [f"{', '.join(names)}: {why}" for why, names in labels.items()]


class Frontier(_Frozen):
    """The result of a run: the columns for both axes, the controls, the datasets and the provenance."""

    run: str
    privacy_axis: str
    utility_axis: str | dict[str, float]
    controls: tuple[Control, ...]
    datasets: tuple[DatasetFrontier, ...]
    provenance: dict[str, Any]

    @property
    def utility_name(self) -> str:
        """The utility axis as a text: its column, or the weighted columns."""
        return utility_axis(self.utility_axis).name

    def of(self, dataset: str) -> DatasetFrontier:
        """Return the frontier of a dataset; `DataError` if the result has none."""
        known = {found.dataset: found for found in self.datasets}
        if dataset not in known:
            expected = f"expected the frontier of one of {list(known)}"
            raise DataError(f"{expected}, got '{dataset}'; run the frontier stage again")
        return known[dataset]

    def failed_controls(self, dataset: str | None = None) -> list[Control]:
        """Return the controls that were checked and did not pass, of one dataset or of all."""
        return [c for c in self.controls if c.failed and dataset in (None, c.dataset)]

    def write(self, path: Path | str, made_from: Mapping[str, str] | None = None) -> None:
        """Write `metrics.json`, including the members of each Pareto set, the knee and a seal."""
        content = self.model_dump(mode="json")
        for dataset, found in zip(content["datasets"], self.datasets, strict=True):
            dataset["pareto"] = [row.label for row in found.pareto]
            dataset["knee"] = found.knee.label if found.knee else None
        write_sealed(path, content, made_from=made_from)

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read and validate `metrics.json`; `DataError` if it is damaged or does not belong at its path."""
        return cls.of_content(read_sealed(path)[0], path)

    @classmethod
    def of_content(cls, content: dict[str, Any], path: Path | str) -> Self:
        """Validate the content of a `metrics.json`, without its seal; `DataError` if it is none."""
        try:
            for dataset in content.get("datasets", ()):
                del dataset["pareto"], dataset["knee"]
            return cls.model_validate(content)
        except (KeyError, TypeError) as error:
            raise DataError(f"{path}: not a run's result ({error!r}): {REMEDY}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise DataError(f"{path}: not a run's result ({where}: {first['msg']}): {REMEDY}") from error


def banner(failed: Sequence[Control]) -> str | None:
    """Return the line at the top of every output of a run whose controls failed, or None."""
    if not failed:
        return None
    return "CONTROLS FAILED, do not trust these numbers: " + "; ".join(control.message for control in failed)


def interval(value: Value, digits: int = 2) -> str:
    """Format a value as `0.84 [0.78, 0.90]`, or a dash if it is missing."""
    if value.value is None:
        return "–"
    if value.low is None or value.high is None:
        return f"{value.value:.{digits}f}"
    return f"{value.value:.{digits}f} [{value.low:.{digits}f}, {value.high:.{digits}f}]"
