"""What the rules that train generators read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.anonymize import TRAINED_ANONYMIZERS
from bauta.errors import ConfigError
from bauta.keys import Key
from bauta.models.usage import hashes_of
from bauta.plan import DatasetPlan
from bauta.workflow import RuleInputs, Wildcards
from bauta.workflow_models import ModelInputs

Params = dict[str, Any]


@dataclass(frozen=True)
class GeneratorInputs:
    """Every method is an input or params function of a rule."""

    inputs: RuleInputs

    def trained(self, wildcards: Any) -> list[Path]:
        """The generator of a backend at a setting, for one that the workflow trains."""
        if wildcards.backend not in TRAINED_ANONYMIZERS:
            return []
        plan = self.inputs.dataset(wildcards)
        return [_folder(plan, wildcards.setting)]

    def split(self, wildcards: Wildcards) -> list[Path]:
        """The split of the dataset that a generator is trained on."""
        return [self.inputs.dataset(wildcards).split]

    def landmarks(self, wildcards: Wildcards) -> list[Path]:
        """Its landmarks."""
        return [self.inputs.dataset(wildcards).landmarks]

    def mesh(self, wildcards: Any) -> list[Path]:
        """Its face mesh, for a generator that sees blendshapes."""
        return self.inputs.mesh(_Set(wildcards.dataset, wildcards.crop, wildcards.generator))

    def parsing(self, wildcards: Any) -> list[Path]:
        """Its parsing, for a generator that sees it."""
        return self.inputs.seen_parsing(_Set(wildcards.dataset, wildcards.crop, wildcards.generator))

    def models(self, wildcards: Any) -> list[Path]:
        """The frozen networks of the loss."""
        place = _Set(wildcards.dataset, wildcards.crop, wildcards.generator)
        return ModelInputs(self.inputs).anonymizer(place)

    def stage(self, wildcards: Any) -> Params:
        """Parameters of `train_anonymizer`."""
        plan, config = self.inputs.dataset(wildcards), self.inputs.plan.config
        item = plan.set_of("cgan_trained", wildcards.generator)
        return {
            "config": {
                **config.crop.model_dump(include={"size", "margin"}),
                "options": item.options,
                "datasets": [plan.name],
                "photographs": [plan.name],
                "samples": plan.dataset.contact_sheet,
                "seed": config.seed,
            }
        }

    def pictures(self) -> list[Path]:
        """Loss curves of every generator of the run, and sample sheets of people who agreed."""
        found = []
        for plan in self.inputs.plan.datasets.values():
            if plan.dataset.splits.score == "nothing":
                continue
            for item in plan.sets:
                if item.backend in TRAINED_ANONYMIZERS:
                    folder = self.inputs.plan.results / "generators" / plan.name
                    names = ["curves", "samples"] if plan.dataset.contact_sheet else ["curves"]
                    found += [folder / f"{item.setting}-{name}.png" for name in names]
        return found

    def of_picture(self, wildcards: Any) -> Path:
        """The generator that a picture shows."""
        return _folder(self.inputs.dataset(wildcards), wildcards.generator)

    # --- one generator from several datasets

    def pooled_crops(self, _: Wildcards) -> list[Path]:
        """Crops of the datasets that the pooled generator is trained on, in their order."""
        return [plan.folder / "crops.zarr" for plan in self._plans()]

    def pooled_alignments(self, _: Wildcards) -> list[Path]:
        """Their alignments."""
        return [plan.folder / "alignment.parquet" for plan in self._plans()]

    def pooled_landmarks(self, _: Wildcards) -> list[Path]:
        """Their landmarks."""
        return [plan.landmarks for plan in self._plans()]

    def pooled_splits(self, _: Wildcards) -> list[Path]:
        """Their splits."""
        return [plan.split for plan in self._plans()]

    def pooled_stage(self, _: Wildcards) -> Params:
        """Parameters of `train_pooled_generator`."""
        config, section = self.inputs.plan.config, self._section()
        return {
            "config": {
                **config.crop.model_dump(include={"size", "margin"}),
                "options": None,
                "datasets": [plan.name for plan in self._plans()],
                "photographs": section.photographs,
                "samples": all(plan.dataset.contact_sheet for plan in self._plans()),
                "seed": config.seed,
            }
        }

    def pooled(self, _: Wildcards) -> Path:
        """The pooled generator's folder."""
        section = self._section()
        parents = tuple(
            key
            for plan in self._plans()
            for key in (plan.crop_key, plan.landmarks_keys[plan.config.landmarks[0]], plan.split_key)
        )
        models = hashes_of(["mobilefacenet_casia", "resnet18_fer2013"], self.inputs.plan.models)
        config = {**section.model_dump(), "seed": self.inputs.plan.config.seed}
        return Path("cache/generators") / f"cgan-{Key('train_anonymizer', config, parents, models).digest}"

    def _plans(self) -> list[DatasetPlan]:
        section = self._section()
        return [self.inputs.plan.datasets[name] for name in (*section.photographs, *section.expressions)]

    def _section(self) -> Any:
        section = self.inputs.plan.config.pooled_generator
        if section is None:
            raise ConfigError(
                "pooled_generator: name the datasets to train on, as config/generator.yaml does"
            )
        return section


@dataclass(frozen=True)
class _Set:
    """The wildcards of the set that a generator draws."""

    dataset: str
    crop: str
    setting: str
    backend: str = "cgan_trained"


def _folder(plan: DatasetPlan, setting: str) -> Path:
    return plan.folder / "generators" / setting
