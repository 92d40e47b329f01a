"""Inputs and parameters of the rules of the training scenario."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.errors import ConfigError
from bauta.express import LEARNS
from bauta.io.keyed_names import split_digest
from bauta.plan.training import TrainingPlan
from bauta.workflow.rule_inputs import Params, RuleInputs, Wildcards, stage_params


@dataclass(frozen=True)
class TrainingInputs:
    """Every method is an input or params function of a rule."""

    inputs: RuleInputs

    def learnt_from(self, wildcards: Any) -> list[Path]:
        """Return the stores of faces that a network learns from: crops, an anonymized set, or both."""
        training = self._of(wildcards)
        anonymized = LEARNS[training.of(wildcards.learner).learns]
        return [
            self._anonymized(training, wildcards) if one else training.own.faces.crops for one in anonymized
        ]

    def _anonymized(self, training: TrainingPlan, wildcards: Any) -> Path:
        return training.own.sets.training(training.own.sets.of(wildcards.backend, wildcards.setting))

    def train_learner(self, wildcards: Any) -> Params:
        """Return the parameters of `train_learner`."""
        learner = self._of(wildcards).of(wildcards.learner)
        return stage_params({**self._contract(), "recipe": learner.recipe, "seed": learner.seed}, learner.key)

    def tested_crops(self, wildcards: Any) -> Path:
        """Return the crops of the dataset that a network is tested on."""
        return self._of(wildcards).tested_as(wildcards.tested).faces.crops

    def tested_alignment(self, wildcards: Any) -> Path:
        """Return the alignment of the dataset that a network is tested on."""
        return self._of(wildcards).tested_as(wildcards.tested).faces.alignment

    def tested_split(self, wildcards: Any) -> Path:
        """Return the split of the dataset that a network is tested on."""
        return self._of(wildcards).tested_as(wildcards.tested).source.split

    def express_learner(self, wildcards: Any) -> Params:
        """Return the parameters of `express_learner`."""
        training = self._of(wildcards)
        tested = training.tested_as(wildcards.tested)
        return stage_params(self._contract(), training.tested_keys[tested.name])

    # --- the measurement

    def alignments(self, wildcards: Wildcards) -> list[Path]:
        """Return the alignments of the datasets that networks are tested on, in their order."""
        return [plan.faces.alignment for plan in self._of(wildcards).tested]

    def splits(self, wildcards: Wildcards) -> list[Path]:
        """Return their splits."""
        return [plan.source.split for plan in self._of(wildcards).tested]

    def posteriors(self, wildcards: Any) -> list[Path]:
        """Return what the networks of a recipe and a set read: by test set, by what was learnt, by seed."""
        training = self._of(wildcards)
        recipe, _ = split_digest(wildcards.recipe)
        if recipe not in training.learners or training.keyed(recipe) != wildcards.recipe:
            raise ConfigError(f"{training.own.name}: no '{wildcards.recipe}' in the configuration")
        return training.read(recipe, training.own.sets.of(wildcards.backend, wildcards.setting))

    def _of(self, wildcards: Wildcards) -> TrainingPlan:
        self.inputs.dataset(wildcards)
        training = self.inputs.plan.training.get(wildcards.dataset)
        if training is None:
            raise ConfigError(f"training.datasets: no '{wildcards.dataset}' in the configuration")
        return training

    def _contract(self) -> Params:
        return self.inputs.plan.config.crop.model_dump(include={"size", "margin"})
