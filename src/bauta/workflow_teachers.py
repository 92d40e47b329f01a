"""What the rules that train teachers read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.errors import ConfigError
from bauta.express import ADAPTED, ORIGINALS_READER
from bauta.plan import DatasetPlan
from bauta.workflow import RuleInputs, Wildcards

Params = dict[str, Any]


@dataclass(frozen=True)
class TeacherInputs:
    """Every method is an input or params function of a rule."""

    inputs: RuleInputs

    def split(self, wildcards: Wildcards) -> list[Path]:
        """The split of the dataset that a teacher is trained on."""
        return [self.inputs.dataset(wildcards).split]

    def manifest(self, wildcards: Wildcards) -> list[Path]:
        """Its manifest, for the annotators' votes."""
        return [self.inputs.dataset(wildcards).manifest]

    def adapted_stage(self, wildcards: Any) -> Params:
        """Parameters of `train_adapted_teacher`."""
        stage = self.inputs.train_teacher(wildcards)
        name = wildcards.teacher.rpartition("-")[0]
        config = {**stage["config"], "recipe": ORIGINALS_READER, "anonymized": list(ADAPTED[name])}
        return {**stage, "config": config}

    def pooled_crops(self, _: Wildcards) -> list[Path]:
        """Crops of the datasets that the pooled teacher is trained on, in their order."""
        return [plan.folder / "crops.zarr" for plan in self._plans()]

    def pooled_alignments(self, _: Wildcards) -> list[Path]:
        """Their alignments."""
        return [plan.folder / "alignment.parquet" for plan in self._plans()]

    def pooled_splits(self, _: Wildcards) -> list[Path]:
        """Their splits."""
        return [plan.split for plan in self._plans()]

    def pooled_manifests(self, _: Wildcards) -> list[Path]:
        """Their manifests."""
        return [plan.manifest for plan in self._plans()]

    def pooled_stage(self, wildcards: Any) -> Params:
        """Parameters of `train_pooled_teacher`."""
        plan = self.inputs.plan
        if plan.pooled_teacher.name != wildcards.teacher:
            raise ConfigError(
                f"the configuration's pooled teacher is {plan.pooled_teacher.name}, not {wildcards.teacher}"
            )
        contract = plan.config.crop.model_dump(include={"size", "margin"})
        stage = {**contract, "recipe": plan.pooled.recipe, "seed": plan.config.seed}
        return {"config": stage, "key": plan.pooled_key.describe()}

    def pooled(self, _: Wildcards) -> Path:
        """The pooled teacher's folder."""
        return self.inputs.plan.pooled_teacher

    def _plans(self) -> list[DatasetPlan]:
        plan = self.inputs.plan
        return [plan.datasets[name] for name in plan.pooled.datasets]
