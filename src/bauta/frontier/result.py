"""What the frontier stage found, as `metrics.json` holds it: the one source of the summary and the report."""

import json
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from bauta.config.frontier import DatasetPair
from bauta.errors import DataError
from bauta.files import write_text
from bauta.measurement import Value

IDENTITY = "identity"
BLACKOUT = "blackout"
CONTROL_BACKENDS = (IDENTITY, BLACKOUT)


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SettingResult(_Frozen):
    """One anonymizer at one setting on one dataset.

    Attributes:
        dataset: Name of the dataset.
        backend: Name of the anonymizer.
        setting: Its setting, such as `kernel=11`.
        values: Each numeric column of the frontier table with interval, or null with the reason.
        worst_attacker: Protocol and recognizer behind `worst_top1`, such as `adaptive/dlib_resnet`.
        valid: False where an attacker or the teacher is too weak on the originals to support the row.
        notes: What a reader of the row must know.
        pareto: Member of the dataset's Pareto set.
        knee: The knee of the dataset's Pareto set.
    """

    dataset: str
    backend: str
    setting: str
    values: dict[str, Value]
    worst_attacker: str | None = None
    valid: bool = True
    notes: tuple[str, ...] = ()
    pareto: bool = False
    knee: bool = False

    @property
    def label(self) -> str:
        """Backend and setting as a reader names them; a backend without options has the setting `default`."""
        return self.backend if self.setting in ("", "default") else f"{self.backend} {self.setting}"

    @property
    def utility_is_kappa(self) -> bool:
        """Whether Cohen's κ stands in for macro-F1, because the dataset has no labels."""
        unlabelled = self.values["clear_macro_f1"].value is None and self.values["kappa"].value is not None
        return unlabelled and self.values["relative_macro_f1"].value is None

    @property
    def is_control(self) -> bool:
        """Whether this is `identity` or `blackout`, which prove the run and are no candidates."""
        return self.backend in CONTROL_BACKENDS


class Control(_Frozen):
    """The verdict on one control backend.

    Attributes:
        name: `identity` or `blackout`.
        dataset: Name of the dataset.
        passed: Whether the control shows what it must; None where the dataset has nothing to check it on.
        expected: What it must show.
        got: What was measured.
        message: One line for the top of every output.
        not_checked: Why identification was not part of it, None where it was.
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
        """Whether it was checked and does not show what it must."""
        return self.passed is False

    @property
    def verdict(self) -> str:
        """`passed`, `FAILED` or `not checked`, and what a verdict does not cover."""
        if self.passed is None:
            return "not checked"
        return ("passed" if self.passed else "FAILED") + (" on expressions only" if self.not_checked else "")


class Limits(_Frozen):
    """What a dataset cannot support.

    Attributes:
        identities: Why it has no identities, None where it has them.
        left_out: Backend that was not run → why.
    """

    identities: str | None = None
    left_out: dict[str, str] = {}


class DatasetFrontier(_Frozen):
    """All settings on one dataset.

    Attributes:
        dataset: Its name.
        recognizers: Recognizers that attacked, the first being that of the columns without a name.
        teachers: Expression teachers, likewise.
        rows: One for each backend and setting.
        hypervolume: Area that the Pareto set dominates, reference (0, 0), at most 1.
        limits: What it cannot support.
        pair: The datasets whose measurements these are, None where it is one dataset.
    """

    dataset: str
    recognizers: tuple[str, ...]
    teachers: tuple[str, ...]
    rows: tuple[SettingResult, ...]
    hypervolume: Value
    limits: Limits = Limits()
    pair: DatasetPair | None = None

    @property
    def pareto(self) -> list[SettingResult]:
        """Members of the Pareto set, by increasing privacy."""
        return sorted(
            (row for row in self.rows if row.pareto), key=lambda row: row.values["privacy"].value or 0.0
        )

    @property
    def knee(self) -> SettingResult | None:
        """The knee, where the Pareto set is not empty."""
        return next((row for row in self.rows if row.knee), None)

    @property
    def has_utility(self) -> bool:
        """Whether any row has a utility."""
        return any(row.values["utility"].value is not None for row in self.rows)

    @property
    def left_out(self) -> list[str]:
        """What was not run, one sentence a reason."""
        backends: dict[str, list[str]] = {}
        for backend, reason in self.limits.left_out.items():
            backends.setdefault(reason, []).append(backend)
        return [f"{', '.join(names)}: {reason}" for reason, names in backends.items()]


class Frontier(_Frozen):
    """The result of a run.

    Attributes:
        run: Name of the run.
        privacy_axis: Column behind `privacy`.
        utility_axis: Column behind `utility`.
        controls: Verdicts on both controls of each dataset.
        datasets: The frontier of each dataset.
        provenance: What went in: versions, config, hashes, seeds, commit.
    """

    run: str
    privacy_axis: str
    utility_axis: str
    controls: tuple[Control, ...]
    datasets: tuple[DatasetFrontier, ...]
    provenance: dict[str, Any]

    def of(self, dataset: str) -> DatasetFrontier:
        """The frontier of a dataset.

        Raises:
            DataError: the result has none.
        """
        for found in self.datasets:
            if found.dataset == dataset:
                return found
        known = [found.dataset for found in self.datasets]
        raise DataError(
            f"expected the frontier of one of {known}, got '{dataset}'; run the frontier stage again"
        )

    def failed_controls(self, dataset: str | None = None) -> list[Control]:
        """Controls that were checked and did not pass, of one dataset or of all."""
        return [c for c in self.controls if c.failed and dataset in (None, c.dataset)]

    def write(self, path: Path | str) -> None:
        """Write `metrics.json`, with the members of each Pareto set and the knee spelled out."""
        content = self.model_dump(mode="json")
        for dataset, found in zip(content["datasets"], self.datasets, strict=True):
            dataset["pareto"] = [row.label for row in found.pareto]
            dataset["knee"] = found.knee.label if found.knee else None
        write_text(path, json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read and validate `metrics.json`."""
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        for dataset in content["datasets"]:
            del dataset["pareto"], dataset["knee"]
        return cls.model_validate(content)


def banner(failed: list[Control]) -> str | None:
    """The line that tops every output of a run whose controls failed, or None."""
    if not failed:
        return None
    return "CONTROLS FAILED, do not trust these numbers: " + "; ".join(control.message for control in failed)
