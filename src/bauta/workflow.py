"""Inputs and parameters of the rules, as functions of their wildcards.

Every value of the configuration that a job reads reaches it through `params`, one mapping a stage, so that
Snakemake sees when it changes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bauta.config.canonical import canonical
from bauta.config.datasets import SynthfacesDataset
from bauta.config.models import Config
from bauta.errors import ConfigError
from bauta.express import ADAPTED, ORIGINALS_READER
from bauta.fingerprint import Fingerprints
from bauta.keys import Key
from bauta.plan import MESH, DatasetPlan, Plan

Params = dict[str, Any]


class Wildcards(Protocol):
    """The wildcards of a job; which ones there are depends on its rule."""

    dataset: str


def stage_params(config: Params, key: Key | None = None) -> Params:
    """What a script gets: its part of the configuration, and the description of its key."""
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

    def check_digest(self, wildcards: Wildcards, name: str, expected: str) -> None:
        """Refuse a path of another configuration, which would get this one's content."""
        got = getattr(wildcards, name)
        if got != expected:
            raise ConfigError(
                f"{wildcards.dataset}: the configuration's key is {expected}, and the path has {got}"
            )

    # --- raw data, manifest and split

    def render(self, wildcards: Wildcards) -> Params:
        """Parameters of `render`."""
        plan = self.dataset(wildcards)
        self.check_digest(wildcards, "digest", plan.render_key.digest)
        return stage_params(dict(plan.render_key.config), plan.render_key)

    def raw(self, wildcards: Wildcards) -> list[Path]:
        """What `index` waits for: rendered images; photographs are known by their fingerprint."""
        plan = self.dataset(wildcards)
        return [plan.root / "truth.parquet"] if plan.dataset.adapter == "synthfaces" else []

    def images(self, wildcards: Wildcards) -> list[Path]:
        """What reading an image waits for, where images are made: by `render`, or by `index` from a table."""
        plan = self.dataset(wildcards)
        return [plan.root] if plan.dataset.writes_images else self.raw(wildcards)

    def index(self, wildcards: Wildcards) -> Params:
        """Parameters of `index`."""
        plan = self.dataset(wildcards)
        self.check_digest(wildcards, "digest", plan.index_key.digest)
        raw = plan.root if isinstance(plan.dataset, SynthfacesDataset) else plan.dataset.root
        folders = {"root": str(raw), "images": str(plan.root)}
        return stage_params({**folders, **plan.dataset.listing(self.plan.config.seed)}, plan.index_key)

    def manifest(self, wildcards: Wildcards) -> Path:
        """The manifest of a dataset."""
        return self.dataset(wildcards).manifest

    def draw_split(self, wildcards: Wildcards) -> Params:
        """Parameters of `split`."""
        plan = self.dataset(wildcards)
        self.check_digest(wildcards, "index", plan.index_key.digest)
        self.check_digest(wildcards, "digest", plan.split_key.digest)
        return stage_params(dict(plan.split_key.config), plan.split_key)

    def split(self, wildcards: Wildcards) -> Path:
        """The split of a dataset."""
        return self.dataset(wildcards).split

    # --- crops, landmarks, parsing

    def crop(self, wildcards: Wildcards) -> Params:
        """Parameters of `detect`, `align` and `crop`."""
        plan = self.dataset(wildcards)
        return stage_params({"root": str(plan.root), **plan.crop_key.config}, plan.crop_key)

    def landmarks_stage(self, wildcards: Any) -> Params:
        """Parameters of `landmarks`."""
        key = self.dataset(wildcards).landmarks_keys[wildcards.landmarks]
        self.check_digest(wildcards, "digest", key.digest)
        return stage_params(self._crop_config(), key)

    def landmarks(self, wildcards: Wildcards) -> Path:
        """The landmarks that give the face hull."""
        return self.dataset(wildcards).landmarks

    def parse_stage(self, wildcards: Any) -> Params:
        """Parameters of `parse`."""
        key = self.dataset(wildcards).parsing_keys[wildcards.parsing]
        self.check_digest(wildcards, "digest", key.digest)
        return stage_params(self._crop_config(), key)

    # --- anonymized sets

    def anonymize(self, wildcards: Any) -> Params:
        """Parameters of `anonymize`."""
        item = self.dataset(wildcards).set_of(wildcards.backend, wildcards.setting)
        config = {"backend": item.backend, "options": item.options, "seed": self.plan.config.seed}
        return stage_params({**config, "crop": self._crop_config()}, item.key)

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

    def embed(self, wildcards: Any) -> Params:
        """Parameters of `embed_originals` and `embed_anonymized`."""
        name, _, digest = wildcards.recognizer.rpartition("-")
        return stage_params(self._crop_config(), self._named(wildcards, "recognizer_keys", name, digest))

    def express(self, wildcards: Any) -> Params:
        """Parameters of `express_originals` and `express_anonymized`."""
        name, _, digest = wildcards.teacher.rpartition("-")
        return stage_params(self._crop_config(), self._named(wildcards, "teacher_keys", name, digest))

    def train_teacher(self, wildcards: Any) -> Params:
        """Parameters of `train_teacher`."""
        name, _, digest = wildcards.teacher.rpartition("-")
        config = {**self._crop_config(), "recipe": name, "seed": self.plan.config.seed}
        return stage_params(config, self._named(wildcards, "training_keys", name, digest))

    def _named(self, wildcards: Wildcards, keys: str, name: str, digest: str) -> Key:
        """The key of a model, if its digest is the one in the path."""
        plan = self.dataset(wildcards)
        key: Key | None = getattr(plan, keys).get(name)
        if key is None or key.digest != digest:
            raise ConfigError(f"{plan.name}: no '{name}-{digest}' in the configuration")
        return key

    # --- the frontier

    def dataset_measurements(self, wildcards: Wildcards) -> list[Path]:
        """All measurements of a dataset; a pair of datasets has none of its own."""
        if wildcards.dataset in self.plan.config.frontier.pairs:
            return []
        plan = self.dataset(wildcards)
        if not plan.scored:
            raise ConfigError(
                f"datasets.{plan.name}.splits.score: nothing of it is scored, so it has no frontier; "
                "run `snakemake teacher`, or say which part is scored"
            )
        return list(self.plan.measurements[plan.name].paths())

    def anonymized_sets(self, wildcards: Wildcards) -> list[Path]:
        """All anonymized stores of a dataset, in the order of the configuration."""
        plan = self.dataset(wildcards)
        return [plan.anonymized_path(item) for item in plan.sets]

    def contact_sheet(self, wildcards: Wildcards) -> Params:
        """Parameters of `plot_contact_sheet`: backend and setting of each of `anonymized_sets`.

        Raises:
            ConfigError: the configuration does not allow the picture, which shows faces.
        """
        plan = self.dataset(wildcards)
        if not plan.dataset.contact_sheet:
            raise ConfigError(
                f"datasets.{plan.name}.contact_sheet: it shows these people's faces and is false: set it to "
                "true if they have agreed"
            )
        names = [item.label for item in plan.sets]
        return stage_params({"names": names})

    def whole(self, _: Wildcards) -> Params:
        """The configuration of the results."""
        return stage_params(self.plan.whole)

    def _crop_config(self) -> Params:
        return self.plan.config.crop.model_dump()


def rule_inputs(config: Config, fingerprints: Fingerprints | None = None) -> RuleInputs:
    """The answers for a configuration as a user wrote it."""
    return RuleInputs(Plan(canonical(config), fingerprints or Fingerprints()))
