"""The setting to apply: named by hand, or read from the result of a run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bauta.anonymize import TRAINED_ANONYMIZERS
from bauta.anonymize.settings import LABELS, POSTERIORS, SETTINGS, Setting, teachers_in
from bauta.config.anonymizers import AnonymizerGrid, setting_name
from bauta.config.load import UNREADABLE
from bauta.config.models import Config, Crop
from bauta.config.wording import one_line
from bauta.contract import CropContract
from bauta.errors import ConfigError, DataError, StoreError
from bauta.express import TEACHERS
from bauta.frontier.result import DatasetFrontier, Frontier, SettingResult
from bauta.io import layout
from bauta.registry import nearest

KNEE, ADVICE = "knee", "advice"
"""Names for the setting that a run found: the knee of its Pareto set, or the one that it advises."""


@dataclass(frozen=True)
class ChosenSetting:
    """An anonymizer with its options, and the geometry in which it edits a face.

    Attributes:
        backend: Name in `anonymize.ANONYMIZERS`.
        options: The options of its setting.
        contract: Geometry of the crops; a kernel or a block is in pixels of such a crop.
        detector: Detector of the run, whose points align the crops.
        landmarker: Landmark model that defines the hull of a face.
        parser: Parser, for anonymizers that see the parsing.
        seed: Seed of everything random.
        origin: Where the setting comes from, for the log and the table.
    """

    backend: str
    options: Mapping[str, Any] = field(default_factory=dict)
    contract: CropContract = field(default_factory=CropContract)
    detector: str = "mtcnn"
    landmarker: str = "dlib68"
    parser: str = "landmark_hull"
    seed: int = 0
    origin: str = "named by hand"

    @property
    def label(self) -> str:
        """The setting in words, such as `blur kernel=61`."""
        name = setting_name(SETTINGS[self.backend](**self.options))
        return self.backend if name == "default" else f"{self.backend} {name}"

    @property
    def note(self) -> str | None:
        """What must be said of the bound that a setting with `outputs` keeps on crops, or None."""
        outputs = SETTINGS[self.backend](**self.options).outputs
        if outputs is None:
            return None
        return (
            f"{self.label} makes {outputs} different picture{'s' * (outputs != 1)}, which bounds every "
            "attack on a crop alone; in a photograph, hair, body and background around it speak too, and no "
            "bound holds"
        )


def parse_setting(text: str, options: Mapping[str, Any] | None = None) -> ChosenSetting:
    """Read a setting such as `blur kernel=61,region=crop`.

    Args:
        text: The name of an anonymizer, and options as in the frontier table.
        options: Further options, which take precedence.

    Raises:
        ConfigError: one line that names the mistake: an unknown anonymizer or option, a wrong or missing
            value, or an anonymizer that cannot be applied to single pictures.
    """
    backend, _, rest = text.strip().partition(" ")
    chosen = ChosenSetting(backend, {**read_options(rest.split(",")), **(options or {})})
    check_applicable(chosen)
    return chosen


def read_options(pairs: Iterable[str]) -> dict[str, Any]:
    """Read options such as `kernel=61`, with the values that they would have in a configuration.

    Raises:
        ConfigError: a pair has no name or no value.
    """
    options: dict[str, Any] = {}
    for pair in filter(None, map(str.strip, pairs)):
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise ConfigError(f"setting: expected an option such as kernel=61, got '{pair}'")
        try:
            options[name.strip()] = yaml.safe_load(value)
        except UNREADABLE:
            options[name.strip()] = value
    return options


def check_applicable(chosen: ChosenSetting) -> None:
    """Check that a setting is valid and makes sense for single pictures.

    Raises:
        ConfigError: one line with the reason.
    """
    model = SETTINGS[chosen.backend]
    for name in chosen.options:
        if name not in model.model_fields:
            known = list(model.model_fields)
            hint = nearest(name, known) if known else "this anonymizer has no options"
            raise ConfigError(f"setting {chosen.backend}: unknown option '{name}': {hint}")
    try:
        setting = model.model_validate(dict(chosen.options), strict=True)
    except ValidationError as error:
        raise ConfigError(f"setting {one_line(error.errors()[0], chosen.backend)}") from None
    if reason := _refusal(chosen.backend, setting):
        raise ConfigError(f"{chosen.backend} cannot be applied to pictures: {reason}")


def _refusal(backend: str, setting: Setting) -> str | None:
    """Why a setting makes no sense for single pictures; None if it does."""
    if backend == "identity":
        return "it is the control that changes nothing"
    if setting.group is not None:
        return (
            f"it replaces {setting.group} people of a data set by one face, and the people of a picture are "
            "no such group; choose an anonymizer that needs one face only"
        )
    if backend in TRAINED_ANONYMIZERS:
        return "the workflow trains it for each run; use cgan, which comes with its weights"
    for teacher in teachers_in(setting.sees):
        if not TEACHERS[teacher].files:
            return f"it is told what {teacher} reads in each face, and the workflow trains that for each run"
    if setting.sees & {LABELS, POSTERIORS}:
        return "it is told the expression of each face, which nobody has labelled here"
    return None


def setting_of_run(folder: Path | str, name: str = KNEE, dataset: str | None = None) -> ChosenSetting:
    """Read a setting, and the geometry that it was measured in, from the result of a run.

    Args:
        folder: The run's folder, such as `results/demo`.
        name: `knee`, `advice`, or a setting as in the table, such as `blur kernel=61`.
        dataset: The dataset whose knee or advice counts; needed if the run has several.

    Raises:
        ConfigError: there is no result, the run has no such setting, its controls failed, or the setting
            cannot be applied to single pictures.
    """
    result = _result_of(Path(folder))
    row = _row(result, name, dataset, f"{folder}")
    config = result.provenance.get("config", {})
    crop = Crop.model_validate(config.get("crop", {}))
    landmarks = config.get("landmarks") or Config.model_fields["landmarks"].default
    parsing = config.get("parsing") or Config.model_fields["parsing"].default
    chosen = ChosenSetting(
        backend=row.backend,
        options=_options_of(row, config),
        contract=CropContract(crop.size, crop.margin),
        detector=crop.detector,
        landmarker=landmarks[0],
        parser=parsing[0],
        seed=int(config.get("seed", 0)),
        origin=f"{name} of {folder} on {row.dataset}" if name in (KNEE, ADVICE) else f"{folder}",
    )
    check_applicable(chosen)
    return chosen


def _result_of(folder: Path) -> Frontier:
    path = folder / layout.METRICS
    if not path.is_file():
        what = "is not a folder" if not folder.is_dir() else f"has no {layout.METRICS}"
        raise ConfigError(f"run: {folder} {what}; name the results of a finished run, such as results/demo")
    try:
        return Frontier.read(path)
    except (DataError, StoreError) as error:
        raise ConfigError(f"run: {error}") from None


def _row(result: Frontier, name: str, dataset: str | None, folder: str) -> SettingResult:
    """The row that a name means."""
    found = _dataset_of(result, dataset, folder)
    if name in (KNEE, ADVICE) and (failed := result.failed_controls(found.dataset)):
        raise ConfigError(
            f"run: {folder}: a control failed, so its {name} proves nothing: {failed[0].message}"
        )
    label = found.advice.setting if name == ADVICE else name
    if name == ADVICE and label is None:
        raise ConfigError(f"run: {folder} advises no setting on {found.dataset}: {found.advice.sentence}")
    if name == KNEE:
        if found.knee is None:
            raise ConfigError(
                f"run: {folder} has no knee on {found.dataset}, as its Pareto set is empty; name a setting"
            )
        return found.knee
    rows = {row.label: row for row in found.rows}
    if label not in rows:
        raise ConfigError(f"run: {folder} has no setting '{label}': {nearest(str(label), list(rows))}")
    if reason := rows[label].infeasible:
        raise ConfigError(f"run: {folder} could not measure {label}: {reason}")
    return rows[label]


def _dataset_of(result: Frontier, dataset: str | None, folder: str) -> DatasetFrontier:
    names = [found.dataset for found in result.datasets]
    if dataset is None and len(names) == 1:
        return result.datasets[0]
    if dataset is None:
        raise ConfigError(f"run: {folder} has the datasets {', '.join(names)}; name one with --dataset")
    if dataset not in names:
        raise ConfigError(f"run: {folder} has no dataset '{dataset}': {nearest(dataset, names)}")
    return result.of(dataset)


def _options_of(row: SettingResult, config: Mapping[str, Any]) -> dict[str, Any]:
    """The options behind a row, from the run's configuration; from the row's name if that is not there."""
    grid = config.get("anonymizers", {}).get(row.backend)
    if grid is not None:
        settings = AnonymizerGrid({row.backend: grid}).settings(row.backend)
        if row.setting in settings:
            return settings[row.setting].model_dump(exclude_defaults=True)
    return read_options([] if row.setting in ("", "default") else row.setting.split(","))
