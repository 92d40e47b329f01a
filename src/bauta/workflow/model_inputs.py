"""The model files that the jobs of each rule wait for, represented by the records that `fetch_model` writes.

A record lies in the working directory, regardless of the folder or cache in which the file itself was found,
so that moving the files reruns nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.detect import DETECTORS
from bauta.express import ADAPTED, TEACHERS, TRAINED
from bauta.io import layout
from bauta.io.keyed_names import split_digest
from bauta.landmarks import LANDMARKERS
from bauta.models.card import model_card
from bauta.parse import PARSERS
from bauta.preserve import ESTIMATORS
from bauta.recognize import RECOGNIZERS
from bauta.workflow.rule_inputs import RuleInputs, Wildcards


@dataclass(frozen=True)
class ModelInputs:
    """Every method is an input function of a rule."""

    inputs: RuleInputs

    def all(self, _: Wildcards) -> list[Path]:
        """Return the model files of the run, for targets that only fetch them.

        Raises:
            ModelError: a file cannot be found, or its terms are not accepted.
        """
        self.inputs.plan.check_models(fetching=True)
        return fetched(self.inputs.plan.model_names)

    def detector(self, wildcards: Wildcards) -> list[Path]:
        """Return the model files of the detector of a dataset."""
        return fetched(DETECTORS[self.inputs.dataset(wildcards).faces.detector].files)

    def redetector(self, _: Wildcards) -> list[Path]:
        """Return the model files of the detector that searches anonymized crops."""
        return fetched(DETECTORS[self.inputs.plan.config.crop.detector].files)

    def landmarker(self, wildcards: Any) -> list[Path]:
        """Return the model files of a landmarker."""
        return fetched(LANDMARKERS[wildcards.landmarks].files)

    def parser(self, wildcards: Any) -> list[Path]:
        """Return the model files of a parser."""
        return fetched(PARSERS[wildcards.parsing].files)

    def recognizer(self, wildcards: Any) -> list[Path]:
        """Return the model files of a recognizer."""
        name, _ = split_digest(wildcards.recognizer)
        return fetched(RECOGNIZERS[name].files)

    def teacher(self, wildcards: Any) -> list[Path]:
        """Return the folder of a teacher that was trained on the dataset, or a teacher's model files."""
        name, _ = split_digest(wildcards.teacher)
        if name in ADAPTED:
            plan = self.inputs.dataset(wildcards)
            return [plan.teachers.adapted(name, plan.sets.of(wildcards.backend, wildcards.setting))]
        if name in TRAINED:
            return [self.inputs.dataset(wildcards).teachers.trained(name)]
        return fetched(TEACHERS[name].files)

    def estimator(self, wildcards: Any) -> list[Path]:
        """Return the model files of an estimator."""
        name, _ = split_digest(wildcards.estimator)
        return fetched(ESTIMATORS[name].files)

    def anonymizer(self, wildcards: Any) -> list[Path]:
        """Return the model files of a backend at a setting, without those that only train a generator."""
        item = self.inputs.dataset(wildcards).sets.of(wildcards.backend, wildcards.setting)
        return fetched(item.models) if item.generator is None else []

    def view(self, wildcards: Any) -> list[Path]:
        """Return the model files of the backend and of the recognizer of a view."""
        return [*self.anonymizer(wildcards), *self.recognizer(wildcards)]

    def realism(self, _: Wildcards) -> list[Path]:
        """Return the model files of the image quality metrics."""
        return fetched(file for card in self.inputs.plan.realism_models for file in card.files)


def fetched(names: Iterable[str]) -> list[Path]:
    """Return the records of model files; those that come with a package need not be fetched."""
    return [
        layout.fill(layout.MODEL_RECORD, model=name) for name in names if model_card(name).package is None
    ]
