"""The model files that the jobs of each rule wait for, as the records that `fetch_model` leaves of them.

A record lies inside the working directory, whatever folder or cache the file itself was found in, so that
moving the files reruns nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.express import ADAPTED, TRAINED
from bauta.models.card import model_card
from bauta.models.usage import USED_BY
from bauta.workflow import RuleInputs, Wildcards

RECORDS = Path("cache/models")


@dataclass(frozen=True)
class ModelInputs:
    """Every method is an input function of a rule."""

    inputs: RuleInputs

    def all(self, _: Wildcards) -> list[Path]:
        """Of the run."""
        return fetched(self.inputs.plan.model_names)

    def detector(self, wildcards: Wildcards) -> list[Path]:
        """Of the detector of a dataset."""
        return _records(self.inputs.dataset(wildcards).detector)

    def redetector(self, _: Wildcards) -> list[Path]:
        """Of the detector that looks at finished crops."""
        return _records(self.inputs.plan.config.crop.detector)

    def landmarker(self, wildcards: Any) -> list[Path]:
        """Of a landmarker."""
        return _records(wildcards.landmarks)

    def parser(self, wildcards: Any) -> list[Path]:
        """Of a parser."""
        return _records(wildcards.parsing)

    def recognizer(self, wildcards: Any) -> list[Path]:
        """Of a recognizer."""
        return _records(wildcards.recognizer.rpartition("-")[0])

    def teacher(self, wildcards: Any) -> list[Path]:
        """Of a teacher: what was trained on the dataset, or model files."""
        name = wildcards.teacher.rpartition("-")[0]
        if name in ADAPTED:
            plan = self.inputs.dataset(wildcards)
            return [plan.adapted(name, plan.set_of(wildcards.backend, wildcards.setting))]
        if name in TRAINED:
            return [self.inputs.dataset(wildcards).trained(name)]
        return _records(name)

    def anonymizer(self, wildcards: Any) -> list[Path]:
        """Of a backend at a setting; what trains a generator is not needed to use it."""
        item = self.inputs.dataset(wildcards).set_of(wildcards.backend, wildcards.setting)
        return fetched(item.models) if item.generator is None else []

    def realism(self, _: Wildcards) -> list[Path]:
        """Of the measures of picture quality."""
        return _records(*self.inputs.plan.realism_models)


def _records(*implementations: str) -> list[Path]:
    return fetched(model for name in implementations for model in USED_BY[name])


def fetched(names: Iterable[str]) -> list[Path]:
    """The records of model files; those that come with a package need no fetching."""
    return [RECORDS / f"{name}.json" for name in names if model_card(name).package is None]
