"""Inputs and parameters of the rules that train teachers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.errors import ConfigError
from bauta.express import ADAPTED, ORIGINALS_READER
from bauta.io.keyed_names import split_digest
from bauta.plan import DatasetPlan
from bauta.plan.teachers import TeachersPlan
from bauta.workflow.rule_inputs import RuleInputs, Wildcards

Params = dict[str, Any]


@dataclass(frozen=True)
class TeacherInputs:
    """Every method is an input or params function of a rule."""

    inputs: RuleInputs

    def split(self, wildcards: Wildcards) -> list[Path]:
        """Return the split of the dataset that a teacher is trained on."""
        return [self.inputs.dataset(wildcards).source.split]

    def seen_posteriors(self, wildcards: Any) -> list[Path]:
        """Return the posteriors of the scored originals that a backend sees."""
        teachers, names = self._seen_by(wildcards)
        return [teachers.originals(name) for name in names]

    def seen_training_posteriors(self, wildcards: Any) -> list[Path]:
        """Return the posteriors of the originals that teachers are trained on, likewise."""
        teachers, names = self._seen_by(wildcards)
        return [teachers.training(name) for name in names]

    def _seen_by(self, wildcards: Any) -> tuple[TeachersPlan, list[str]]:
        plan = self.inputs.dataset(wildcards)
        return plan.teachers, plan.sets.of(wildcards.backend, wildcards.setting).teachers

    def manifest(self, wildcards: Wildcards) -> list[Path]:
        """Return the manifest of the dataset, for the annotators' votes."""
        return [self.inputs.dataset(wildcards).source.manifest]

    def adapted_stage(self, wildcards: Any) -> Params:
        """Return the parameters of `train_adapted_teacher`."""
        stage = self.inputs.train_teacher(wildcards)
        name, _ = split_digest(wildcards.teacher)
        config = {**stage["config"], "recipe": ORIGINALS_READER, "anonymized": list(ADAPTED[name])}
        return {**stage, "config": config}

    def pooled_crops(self, _: Wildcards) -> list[Path]:
        """Return the training faces of the datasets that the pooled teacher is trained on, in their order."""
        anonymized = self.inputs.plan.pooled.anonymized
        return [
            plan.sets.training(plan.sets.labelled(anonymized[plan.name]))
            if plan.name in anonymized
            else plan.faces.crops
            for plan in self._plans()
        ]

    def pseudo_labels(self, _: Wildcards) -> list[Path]:
        """Return the posteriors that take the place of labels, in the order of the configuration."""
        pseudo = self.inputs.plan.pooled.pseudo_labels
        return [
            self.inputs.plan.datasets[name].teachers.training(teacher) for name, teacher in pseudo.items()
        ]

    def pooled_alignments(self, _: Wildcards) -> list[Path]:
        """Their alignments."""
        return [plan.faces.alignment for plan in self._plans()]

    def pooled_splits(self, _: Wildcards) -> list[Path]:
        """Their splits."""
        return [plan.source.split for plan in self._plans()]

    def pooled_manifests(self, _: Wildcards) -> list[Path]:
        """Their manifests."""
        return [plan.source.manifest for plan in self._plans()]

    def pooled_stage(self, wildcards: Any) -> Params:
        """Return the parameters of `train_pooled_teacher`."""
        plan = self.inputs.plan
        if plan.pooled_teacher.name != wildcards.teacher:
            raise ConfigError(
                f"the configuration's pooled teacher is {plan.pooled_teacher.name}, not {wildcards.teacher}"
            )
        contract = plan.config.crop.model_dump(include={"size", "margin"})
        section = plan.pooled
        shares = [section.share, *(section.augment.get(name, 1.0) for name in section.datasets[1:])]
        pseudo = [section.datasets.index(name) for name in section.pseudo_labels]
        stage = {**contract, "recipe": section.recipe, "seed": plan.config.seed}
        return {
            "config": {**stage, "shares": shares, "pseudo_labelled": pseudo},
            "key": plan.pooled_key.describe(),
        }

    def pooled(self, _: Wildcards) -> Path:
        """Return the folder of the pooled teacher."""
        return self.inputs.plan.pooled_teacher

    def _plans(self) -> list[DatasetPlan]:
        plan = self.inputs.plan
        return [plan.datasets[name] for name in plan.pooled.datasets]
