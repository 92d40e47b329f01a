"""Inputs and parameters of the rules that train generators."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bauta.errors import ConfigError
from bauta.io import layout
from bauta.plan.pooled import PooledPlan
from bauta.workflow.model_inputs import fetched
from bauta.workflow.rule_inputs import Params, RuleInputs, Wildcards, stage_params


@dataclass(frozen=True)
class GeneratorInputs:
    """Every method is an input or params function of a rule."""

    inputs: RuleInputs

    def trained(self, wildcards: Any) -> list[Path]:
        """Return the generator of a backend at a setting, for a backend that the workflow trains."""
        plan = self.inputs.dataset(wildcards)
        path = plan.sets.generator(plan.sets.of(wildcards.backend, wildcards.setting))
        return [] if path is None else [path]

    def split(self, wildcards: Wildcards) -> list[Path]:
        """Return the split of the dataset that a generator is trained on."""
        return [self.inputs.dataset(wildcards).source.split]

    def landmarks(self, wildcards: Wildcards) -> list[Path]:
        """Its landmarks."""
        return [self.inputs.dataset(wildcards).faces.hull]

    def mesh(self, wildcards: Any) -> list[Path]:
        """Return the face mesh of the dataset, for a generator that sees it or its blendshapes."""
        return self.inputs.mesh(self._set(wildcards))

    def parsing(self, wildcards: Any) -> list[Path]:
        """Return the parsing of the dataset, for a generator that sees it."""
        return self.inputs.seen_parsing(self._set(wildcards))

    def flame(self, wildcards: Any) -> list[Path]:
        """Return the FLAME parameters of the dataset, for a generator that sees them."""
        return self.seen_flame(self._set(wildcards))

    def seen_flame(self, wildcards: Any) -> list[Path]:
        """Return the FLAME parameters of the dataset, for a backend at a setting that sees them."""
        plan = self.inputs.dataset(wildcards)
        sees = plan.sets.of(wildcards.backend, wildcards.setting).sees
        return [plan.faces.flame] if "flame" in sees else []

    def read_flame(self, wildcards: Any) -> Params:
        """Return the parameters of `flame`."""
        plan = self.inputs.dataset(wildcards)
        key = plan.faces.flame_key
        self.inputs.check_digest(wildcards, "digest", key.digest)
        return stage_params({"folder": plan.dataset.deca}, key)

    def models(self, wildcards: Any) -> list[Path]:
        """Return the frozen networks of the loss, and the published weights that a training starts from."""
        return fetched(self.inputs.dataset(wildcards).sets.of_generator(wildcards.generator).models)

    def stage(self, wildcards: Any) -> Params:
        """Return the parameters of `train_anonymizer`."""
        plan, config = self.inputs.dataset(wildcards), self.inputs.plan.config
        item = plan.sets.of_generator(wildcards.generator)
        return stage_params(
            {
                **config.crop.model_dump(include={"size", "margin"}),
                "backend": item.backend,
                "options": item.options,
                "datasets": [plan.name],
                "photographs": [plan.name],
                "seed": config.seed + item.options.get("repeat", 0),
            },
            item.generator,
        )

    def _set(self, wildcards: Any) -> Any:
        """Return the wildcards of the set that a generator is trained for."""
        item = self.inputs.dataset(wildcards).sets.of_generator(wildcards.generator)
        return SimpleNamespace(
            dataset=wildcards.dataset, crop=wildcards.crop, backend=item.backend, setting=item.setting
        )

    # --- plots of a training

    def of_picture(self, wildcards: Any) -> Path:
        """Return the folder of the generator that a picture shows.

        Raises:
            ConfigError: the configuration does not allow the picture, which shows faces.
        """
        plan = self.inputs.dataset(wildcards)
        if wildcards.picture == "samples" and not plan.dataset.contact_sheet:
            raise ConfigError(
                f"datasets.{plan.name}.contact_sheet: samples show these people's faces and it is false: set "
                "it to true if they have consented"
            )
        plan.sets.of_generator(wildcards.generator)
        return plan.faces.path(layout.GENERATOR, generator=wildcards.generator)

    # --- one generator from several datasets

    def pooled_crops(self, _: Wildcards) -> list[Path]:
        """Return the crops of the datasets that the pooled generator is trained on, in their order."""
        return [plan.faces.crops for plan in self._pooled.datasets]

    def pooled_alignments(self, _: Wildcards) -> list[Path]:
        """Their alignments."""
        return [plan.faces.alignment for plan in self._pooled.datasets]

    def pooled_landmarks(self, _: Wildcards) -> list[Path]:
        """Their landmarks."""
        return [plan.faces.hull for plan in self._pooled.datasets]

    def pooled_splits(self, _: Wildcards) -> list[Path]:
        """Their splits."""
        return [plan.source.split for plan in self._pooled.datasets]

    def pooled_models(self, _: Wildcards) -> list[Path]:
        """Return the frozen networks of the loss."""
        return fetched(self._pooled.model_names)

    def pooled_stage(self, wildcards: Any) -> Params:
        """Return the parameters of `train_pooled_generator`."""
        config, pooled = self.inputs.plan.config, self._pooled
        if pooled.path.name != wildcards.generator:
            raise ConfigError(
                f"the configuration's pooled generator is {pooled.path.name}, not {wildcards.generator}"
            )
        return stage_params(
            {
                **config.crop.model_dump(include={"size", "margin"}),
                "backend": "cgan_trained",
                "options": None,
                "datasets": [plan.name for plan in pooled.datasets],
                "photographs": pooled.section.photographs,
                "seed": config.seed,
            },
            pooled.key,
        )

    def pooled(self, _: Wildcards) -> Path:
        """Return the folder of the pooled generator."""
        return self._pooled.path

    @property
    def _pooled(self) -> PooledPlan:
        return self.inputs.plan.pooled_generator
