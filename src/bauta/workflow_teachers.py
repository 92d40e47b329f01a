"""What the rules that train teachers read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.errors import ConfigError
from bauta.express import ADAPTED, ORIGINALS_READER
from bauta.keys import Key
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

    def pooled_stage(self, _: Wildcards) -> Params:
        """Parameters of `train_pooled_teacher`."""
        config = self.inputs.plan.config
        recipe = self._section().recipe
        stage = {**config.crop.model_dump(include={"size", "margin"}), "recipe": recipe, "seed": config.seed}
        return {"config": stage, "key": self._key().describe()}

    def pooled(self, _: Wildcards) -> Path:
        """The pooled teacher's folder."""
        return Path("cache/teachers") / f"{self._section().recipe}-{self._key().digest}"

    def _key(self) -> Key:
        section = self._section()
        parents = tuple(key for plan in self._plans() for key in (plan.crop_key, plan.split_key))
        return Key("train_teacher", {**section.model_dump(), "seed": self.inputs.plan.config.seed}, parents)

    def _plans(self) -> list[DatasetPlan]:
        return [self.inputs.plan.datasets[name] for name in self._section().datasets]

    def _section(self) -> Any:
        section = self.inputs.plan.config.pooled_teacher
        if section is None:
            raise ConfigError("pooled_teacher: name the datasets to train on, as config/teacher.yaml does")
        return section
