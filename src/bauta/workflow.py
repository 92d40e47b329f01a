"""Inputs and parameters of the rules, as functions of their wildcards.

Every value of the configuration that a job reads reaches it through `params`, one mapping a stage, so that
Snakemake sees when it changes.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bauta.config.datasets import SynthfacesDataset
from bauta.config.models import Config
from bauta.errors import ConfigError
from bauta.express import ADAPTED, ORIGINALS_READER
from bauta.keys import Key
from bauta.plan import MESH, DatasetPlan, Plan

Params = dict[str, Any]


class Wildcards(Protocol):
    """The wildcards of a job; which ones there are depends on its rule."""

    dataset: str


def _stage(config: Params, key: Key | None = None) -> Params:
    return {"config": config, "key": key.describe()} if key else {"config": config}


@dataclass(frozen=True)
class RuleInputs:
    """Answers what a job reads; every method is an input or params function of a rule."""

    plan: Plan

    def dataset(self, wildcards: Wildcards) -> DatasetPlan:
        """The dataset of a job, if the keys in its path are the configuration's.

        Raises:
            ConfigError: the path belongs to another configuration.
        """
        plan = self.plan.datasets.get(wildcards.dataset)
        if plan is None:
            raise ConfigError(f"no dataset '{wildcards.dataset}' in the configuration")
        crop = getattr(wildcards, "crop", plan.crop)
        if crop != plan.crop:
            raise ConfigError(f"{wildcards.dataset}: the configuration's crops are {plan.crop}, not {crop}")
        return plan

    # --- raw data, manifest and split

    def render(self, wildcards: Wildcards) -> Params:
        """Parameters of `render`."""
        plan = self.dataset(wildcards)
        return _stage(dict(plan.render_key.config), plan.render_key)

    def raw(self, wildcards: Wildcards) -> list[Path]:
        """What `index` waits for: rendered images; photographs are known by their fingerprint."""
        plan = self.dataset(wildcards)
        return [plan.root / "truth.parquet"] if plan.dataset.adapter == "synthfaces" else []

    def index(self, wildcards: Wildcards) -> Params:
        """Parameters of `index`."""
        plan = self.dataset(wildcards)
        raw = plan.root if isinstance(plan.dataset, SynthfacesDataset) else plan.dataset.root
        folders = {"root": str(raw), "images": str(plan.root)}
        return _stage({**folders, **plan.dataset.listing(self.plan.config.seed)}, plan.index_key)

    def manifest(self, wildcards: Wildcards) -> Path:
        """The manifest of a dataset."""
        return self.dataset(wildcards).manifest

    def draw_split(self, wildcards: Wildcards) -> Params:
        """Parameters of `split`."""
        plan = self.dataset(wildcards)
        return _stage(dict(plan.split_key.config), plan.split_key)

    def split(self, wildcards: Wildcards) -> Path:
        """The split of a dataset."""
        return self.dataset(wildcards).split

    # --- crops, landmarks, parsing

    def crop(self, wildcards: Wildcards) -> Params:
        """Parameters of `detect`, `align` and `crop`."""
        plan = self.dataset(wildcards)
        return _stage({"root": str(plan.root), **plan.crop_key.config}, plan.crop_key)

    def contract(self, _: Wildcards) -> Params:
        """The crop contract, for stages that only read crops."""
        return _stage(self.plan.config.crop.model_dump())

    def landmarks_stage(self, wildcards: Any) -> Params:
        """Parameters of `landmarks`."""
        plan = self.dataset(wildcards)
        return _stage(self._crop_config(), plan.landmarks_keys[wildcards.landmarks])

    def landmarks(self, wildcards: Wildcards) -> Path:
        """The landmarks that give the face hull."""
        return self.dataset(wildcards).landmarks

    def parse_stage(self, wildcards: Any) -> Params:
        """Parameters of `parse`."""
        plan = self.dataset(wildcards)
        return _stage(self._crop_config(), plan.parsing_keys[wildcards.parsing])

    # --- anonymized sets

    def anonymize(self, wildcards: Any) -> Params:
        """Parameters of `anonymize`."""
        item = self.dataset(wildcards).set_of(wildcards.backend, wildcards.setting)
        config = {"backend": item.backend, "options": item.options, "seed": self.plan.config.seed}
        return _stage({**config, "crop": self._crop_config()}, item.key)

    def mesh(self, wildcards: Any) -> list[Path]:
        """The face mesh, for a backend that sees it."""
        plan = self.dataset(wildcards)
        sees = plan.set_of(wildcards.backend, wildcards.setting).sees
        return [plan.landmarks_path(MESH)] if sees & {"mesh", "blendshapes"} else []

    def seen_parsing(self, wildcards: Any) -> list[Path]:
        """The parsing by the first parser, for a backend that sees it."""
        plan = self.dataset(wildcards)
        sees = plan.set_of(wildcards.backend, wildcards.setting).sees
        return [plan.parsing_path(self.plan.config.parsing[0])] if "parsing" in sees else []

    def audit(self, wildcards: Any) -> Params:
        """Parameters of `audit`: those of `anonymize` and the setting's name."""
        stage = self.anonymize(wildcards)["config"]
        item = self.dataset(wildcards).set_of(wildcards.backend, wildcards.setting)
        return _stage({**stage, "setting": item.name})

    def crops(self, wildcards: Wildcards) -> Path:
        """The crops of a dataset."""
        return self.dataset(wildcards).folder / "crops.zarr"

    def alignment(self, wildcards: Wildcards) -> Path:
        """The alignment of a dataset."""
        return self.dataset(wildcards).folder / "alignment.parquet"

    def anonymized(self, wildcards: Any) -> Path:
        """The anonymized store of a measurement."""
        return self.dataset(wildcards).folder / "anonymized" / wildcards.backend / f"{wildcards.setting}.zarr"

    # --- what models make of them

    def clear_embeddings(self, wildcards: Any) -> Path:
        """Embeddings of the originals."""
        return self._embeddings(wildcards) / "original.zarr"

    def anonymized_embeddings(self, wildcards: Any) -> Path:
        """Embeddings of an anonymized set."""
        return self._embeddings(wildcards) / wildcards.backend / f"{wildcards.setting}.zarr"

    def clear_posteriors(self, wildcards: Any) -> Path:
        """Posteriors of the originals; for an adapted teacher, by the one that was trained on originals."""
        plan = self.dataset(wildcards)
        name = wildcards.teacher.rpartition("-")[0]
        teacher = plan.teacher(ORIGINALS_READER) if name in ADAPTED else wildcards.teacher
        return plan.folder / "posteriors" / teacher / "original.zarr"

    def anonymized_posteriors(self, wildcards: Any) -> Path:
        """Posteriors of an anonymized set."""
        return self._posteriors(wildcards) / wildcards.backend / f"{wildcards.setting}.zarr"

    def _embeddings(self, wildcards: Any) -> Path:
        return self.dataset(wildcards).folder / "embeddings" / wildcards.recognizer

    def _posteriors(self, wildcards: Any) -> Path:
        return self.dataset(wildcards).folder / "posteriors" / wildcards.teacher

    def train_teacher(self, wildcards: Any) -> Params:
        """Parameters of `train_teacher`."""
        plan = self.dataset(wildcards)
        name = wildcards.teacher.rpartition("-")[0]
        config = {**self._crop_config(), "recipe": name, "seed": self.plan.config.seed}
        return _stage(config, plan.teacher_key(name))

    # --- measurements

    def measure(self, wildcards: Any) -> Params:
        """Parameters of every measurement."""
        config = self.plan.config
        values: Params = {"seed": config.seed, "replicates": config.frontier.bootstrap}
        if hasattr(wildcards, "setting"):
            values["setting"] = self.dataset(wildcards).set_of(wildcards.backend, wildcards.setting).name
        return _stage(values)

    def attack(self, wildcards: Any) -> Params:
        """Parameters of `attack`: those of a measurement, the protocols and what LFW's pairs.txt holds."""
        values = self.measure(wildcards)["config"]
        path = self.dataset(wildcards).lfw_pairs
        pairs = None
        if path is not None:
            pairs = {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        return _stage({**values, "protocols": list(self.plan.config.attacks.protocols), "pairs": pairs})

    def lfw_pairs(self, wildcards: Any) -> list[Path]:
        """LFW's pairs.txt, for a dataset that has one."""
        path = self.dataset(wildcards).lfw_pairs
        return [] if path is None else [path]

    def realism(self, wildcards: Any) -> Params:
        """Parameters of `realism`: those of a measurement and the metrics."""
        values = self.measure(wildcards)["config"]
        return _stage({**values, "metrics": list(self.plan.config.realism)})

    def coverage(self, wildcards: Any) -> Params:
        """Parameters of `coverage`: those of a measurement and the crop contract."""
        return _stage({**self.measure(wildcards)["config"], "crop": self._crop_config()})

    # --- the frontier

    def dataset_measurements(self, wildcards: Wildcards) -> list[Path]:
        """All measurements of a dataset; a pair of datasets has none of its own."""
        if wildcards.dataset in self.plan.config.frontier.pairs:
            return []
        plan = self.dataset(wildcards)
        if plan.dataset.splits.score == "nothing":
            raise ConfigError(
                f"datasets.{plan.name}.splits.score: nothing of it is scored, so it has no frontier; "
                "run `snakemake teacher`, or say which part is scored"
            )
        return list(self.plan.measurements(plan))

    def anonymized_sets(self, wildcards: Wildcards) -> list[Path]:
        """All anonymized stores of a dataset, in the order of the configuration."""
        plan = self.dataset(wildcards)
        return [plan.anonymized_path(item) for item in plan.sets]

    def contact_sheet(self, wildcards: Wildcards) -> Params:
        """Parameters of `plot_contact_sheet`: backend and setting of each of `anonymized_sets`."""
        names = [item.label for item in self.dataset(wildcards).sets]
        return _stage({"names": names})

    def whole(self, _: Wildcards) -> Params:
        """The whole configuration but for where model files lie, which changes no number."""
        return _stage(self.plan.config.model_dump(mode="json", exclude={"models"}))

    def _crop_config(self) -> Params:
        return self.plan.config.crop.model_dump()


def rule_inputs(config: Config) -> RuleInputs:
    """The answers for a configuration."""
    return RuleInputs(Plan(config))
