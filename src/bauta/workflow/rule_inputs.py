"""Inputs and parameters of the rules, as functions of their wildcards.

A job receives every value of the configuration that it reads through `params`, one mapping per stage, so that
Snakemake notices when it changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bauta.config.canonical import canonical
from bauta.config.datasets import SynthfacesDataset
from bauta.config.models import Config
from bauta.errors import ConfigError
from bauta.express import ADAPTED, ORIGINALS_READER
from bauta.io import layout
from bauta.io.fingerprint import Fingerprints
from bauta.io.keyed_names import split_digest
from bauta.keys.key import Key
from bauta.plan import MESH, DatasetPlan, Plan
from bauta.plan.pictures import SHOWN

Params = dict[str, Any]


class Wildcards(Protocol):
    """The wildcards of a job; their names depend on its rule."""

    dataset: str


def stage_params(config: Params, key: Key | None = None) -> Params:
    """Return a script's parameters: its part of the configuration, and the description of its key."""
    return {"config": config, "key": key.describe()} if key else {"config": config}


@dataclass(frozen=True)
class RuleInputs:
    """The inputs and parameters of jobs; every method is an input or params function of a rule."""

    plan: Plan

    def dataset(self, wildcards: Wildcards) -> DatasetPlan:
        """Return the dataset of a job, if the keys in its path are the configuration's.

        Raises:
            ConfigError: the path belongs to another configuration.
        """
        plan = self.plan.datasets.get(wildcards.dataset)
        if plan is None:
            raise ConfigError(f"no dataset '{wildcards.dataset}' in the configuration")
        crop = getattr(wildcards, "crop", plan.faces.crop)
        if crop != plan.faces.crop:
            raise ConfigError(
                f"{wildcards.dataset}: the configuration's crops are {plan.faces.crop}, not {crop}"
            )
        return plan

    def check_digest(self, wildcards: Wildcards, name: str, expected: str) -> None:
        """Reject a path of another configuration, which would receive this one's content."""
        got = getattr(wildcards, name)
        if got != expected:
            raise ConfigError(
                f"{wildcards.dataset}: the configuration's key is {expected}, and the path has {got}"
            )

    # --- raw data, manifest and split

    def render(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `render`."""
        self.check_digest(wildcards, "digest", (key := self.dataset(wildcards).source.render_key).digest)
        return stage_params(dict(key.config), key)

    def raw(self, wildcards: Wildcards) -> list[Path]:
        """Return the rendered images that `index` waits for; photographs are tracked by their fingerprint."""
        plan = self.dataset(wildcards)
        return [plan.source.truth] if plan.dataset.adapter == "synthfaces" else []

    def images(self, wildcards: Wildcards) -> list[Path]:
        """Return what reading an image waits for, if `render` or `index` (from a table) makes images."""
        plan = self.dataset(wildcards)
        return [plan.source.root] if plan.dataset.writes_images else self.raw(wildcards)

    def index(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `index`."""
        plan = self.dataset(wildcards)
        self.check_digest(wildcards, "digest", plan.source.index_key.digest)
        return stage_params(
            {**_folders(plan), **plan.dataset.listing(self.plan.config.seed)}, plan.source.index_key
        )

    def manifest(self, wildcards: Wildcards) -> Path:
        """Return the manifest of a dataset."""
        return self.dataset(wildcards).source.manifest

    def draw_split(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `split`."""
        plan = self.dataset(wildcards)
        self.check_digest(wildcards, "index", plan.source.index_key.digest)
        self.check_digest(wildcards, "digest", plan.source.split_key.digest)
        return stage_params(dict(plan.source.split_key.config), plan.source.split_key)

    def split(self, wildcards: Wildcards) -> Path:
        """Return the split of a dataset."""
        return self.dataset(wildcards).source.split

    def list_attributes(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `attributes`."""
        source = self.dataset(wildcards).source
        self.check_digest(wildcards, "index", source.index_key.digest)
        self.check_digest(wildcards, "digest", source.attributes_key.digest)
        folders = _folders(self.dataset(wildcards))
        return stage_params({**folders, **source.attributes_key.config}, source.attributes_key)

    def attributes(self, wildcards: Wildcards) -> Path:
        """Return the attributes of a dataset's people."""
        return self.dataset(wildcards).source.attributes

    def judge(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `judge`."""
        plan = self.dataset(wildcards)
        self.check_digest(wildcards, "index", plan.source.index_key.digest)
        self.check_digest(wildcards, "digest", plan.verdict_key.digest)
        return stage_params(plan.asked, plan.verdict_key)

    def verdict(self, wildcards: Wildcards) -> list[Path]:
        """Return the verdict that `detect` waits for, if the dataset is scored.

        None once there are detections: Snakemake reruns a job if another job will update its input, so a new
        verdict, after an edit of the splits or with one more setting, would detect all faces again.
        """
        plan = self.dataset(wildcards)
        return [plan.verdict] if plan.scored and not plan.faces.detections.exists() else []

    # --- crops, landmarks, parsing

    def crop(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `detect`, `align` and `crop`."""
        plan = self.dataset(wildcards)
        key = plan.faces.crop_key
        return stage_params({"root": str(plan.source.root), **key.config}, key)

    def landmarks_stage(self, wildcards: Any) -> Params:
        """Return the parameters of `landmarks`."""
        key = self.dataset(wildcards).faces.landmarks_keys[wildcards.landmarks]
        self.check_digest(wildcards, "digest", key.digest)
        return stage_params(self.crop_config(), key)

    def landmarks(self, wildcards: Wildcards) -> Path:
        """Return the landmarks that define the face hull."""
        return self.dataset(wildcards).faces.hull

    def parse_stage(self, wildcards: Any) -> Params:
        """Return the parameters of `parse`."""
        key = self.dataset(wildcards).faces.parsing_keys[wildcards.parsing]
        self.check_digest(wildcards, "digest", key.digest)
        return stage_params(self.crop_config(), key)

    # --- anonymized sets

    def anonymize(self, wildcards: Any) -> Params:
        """Return the parameters of `anonymize`."""
        plan = self.dataset(wildcards)
        item = plan.sets.of(wildcards.backend, wildcards.setting)
        config = {"backend": item.backend, "options": item.options, "seed": self.plan.config.seed}
        if item.whole:
            config["whole"] = {**item.whole, "images": str(plan.source.root)}
        return stage_params({**config, "crop": plan.faces.crop_config}, item.key)

    def whole_images(self, wildcards: Any) -> list[Path]:
        """Return the manifest and what its images wait for, for a backend that works on whole images."""
        plan = self.dataset(wildcards)
        item = plan.sets.of(wildcards.backend, wildcards.setting)
        return [plan.source.manifest, *self.images(wildcards)] if item.whole else []

    def mesh(self, wildcards: Any) -> list[Path]:
        """Return the face mesh, for a backend that sees it."""
        plan = self.dataset(wildcards)
        sees = plan.sets.of(wildcards.backend, wildcards.setting).sees
        return [plan.faces.landmarks(MESH)] if sees & {"mesh", "blendshapes"} else []

    def seen_parsing(self, wildcards: Any) -> list[Path]:
        """Return the parsing by the first parser, for a backend that sees it."""
        plan = self.dataset(wildcards)
        sees = plan.sets.of(wildcards.backend, wildcards.setting).sees
        return [plan.faces.parsing(self.plan.config.parsing[0])] if "parsing" in sees else []

    def crops(self, wildcards: Wildcards) -> Path:
        """Return the crops of a dataset."""
        return self.dataset(wildcards).faces.crops

    def alignment(self, wildcards: Wildcards) -> Path:
        """Return the alignment of a dataset."""
        return self.dataset(wildcards).faces.alignment

    def anonymized(self, wildcards: Any) -> Path:
        """Return the anonymized store of a measurement."""
        return self._of_set(wildcards, layout.ANONYMIZED)

    # --- embeddings and posteriors

    def clear_embeddings(self, wildcards: Any) -> Path:
        """Return the embeddings of the originals."""
        faces = self.dataset(wildcards).faces
        return faces.path(layout.CLEAR_EMBEDDINGS, recognizer=wildcards.recognizer)

    def anonymized_embeddings(self, wildcards: Any) -> Path:
        """Return the embeddings of an anonymized set."""
        return self._of_set(wildcards, layout.ANONYMIZED_EMBEDDINGS, recognizer=wildcards.recognizer)

    def clear_posteriors(self, wildcards: Any) -> Path:
        """Return the posteriors of the originals; for an adapted teacher, by the one trained on originals."""
        plan = self.dataset(wildcards)
        name, _ = split_digest(wildcards.teacher)
        teacher = plan.teachers.keyed(ORIGINALS_READER) if name in ADAPTED else wildcards.teacher
        return plan.faces.path(layout.CLEAR_POSTERIORS, teacher=teacher)

    def anonymized_posteriors(self, wildcards: Any) -> Path:
        """Return the posteriors of an anonymized set."""
        return self._of_set(wildcards, layout.ANONYMIZED_POSTERIORS, teacher=wildcards.teacher)

    def _of_set(self, wildcards: Any, path: str, **model: str) -> Path:
        """Path of an artifact that belongs to an anonymized set."""
        place = {"backend": wildcards.backend, "setting": wildcards.setting}
        return self.dataset(wildcards).faces.path(path, **place, **model)

    def embed(self, wildcards: Any) -> Params:
        """Return the parameters of `embed_originals` and `embed_anonymized`."""
        plan = self.dataset(wildcards)
        config = {**self.crop_config(), "identified": plan.dataset.identities is None}
        return stage_params(config, key_in(plan, plan.recognizers.keys, wildcards.recognizer))

    def express(self, wildcards: Any) -> Params:
        """Return the parameters of `express_originals` and `express_anonymized`."""
        plan = self.dataset(wildcards)
        return stage_params(self.crop_config(), key_in(plan, plan.teachers.keys, wildcards.teacher))

    def train_teacher(self, wildcards: Any) -> Params:
        """Return the parameters of `train_teacher`."""
        plan = self.dataset(wildcards)
        recipe, _ = split_digest(wildcards.teacher)
        config = {**self.crop_config(), "recipe": recipe, "seed": self.plan.config.seed}
        return stage_params(config, key_in(plan, plan.teachers.training_keys, wildcards.teacher))

    # --- the frontier

    def shown_measurements(self, wildcards: Any) -> list[Path]:
        """Return the measurements that a plot shows; a pair of datasets has none of its own."""
        if wildcards.dataset in self.plan.config.frontier.pairs:
            return []
        plan = self.dataset(wildcards)
        if not plan.scored:
            raise ConfigError(
                f"datasets.{plan.name}.splits.score: no part of it is scored, so it has no frontier; run "
                "`snakemake teacher`, or name the part to score"
            )
        found = self.plan.measurements[plan.name].by_kind()
        return [path for kind, path in found if kind in SHOWN[wildcards.kind]]

    def anonymized_sets(self, wildcards: Wildcards) -> list[Path]:
        """Return all anonymized stores of a dataset, in the order of the configuration."""
        plan = self.dataset(wildcards)
        return [plan.sets.anonymized(item) for item in plan.sets.all]

    def contact_sheet(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `plot_contact_sheet`: backend and setting of each of `anonymized_sets`.

        Raises:
            ConfigError: the configuration does not allow the picture, which shows faces.
        """
        plan = self.dataset(wildcards)
        if not plan.dataset.contact_sheet:
            raise ConfigError(
                f"datasets.{plan.name}.contact_sheet: it shows these people's faces and is false: set it to "
                "true if they have consented"
            )
        names = [item.label for item in plan.sets.all]
        return stage_params({"names": names, "title": "Originals and anonymized faces of"})

    def whole(self, _: Wildcards) -> Params:
        """Return the configuration of the results."""
        return stage_params(self.plan.whole)

    def style(self, _: Wildcards) -> Params:
        """Return what the plots are drawn for."""
        return stage_params({"style": self.plan.config.frontier.style})

    def crop_config(self) -> Params:
        """Return the crop contract and the detector."""
        return self.plan.config.crop.model_dump()


def _folders(plan: DatasetPlan) -> Params:
    """The folder of a dataset's raw data, and that of its images."""
    raw = plan.source.root if isinstance(plan.dataset, SynthfacesDataset) else plan.dataset.root
    return {"root": str(raw), "images": str(plan.source.root)}


def key_in(plan: DatasetPlan, keys: Mapping[str, Key], keyed: str) -> Key:
    """Return the key of a recognizer or teacher, if its digest is the one in the path.

    Raises:
        ConfigError: the path belongs to another configuration.
    """
    name, digest = split_digest(keyed)
    key = keys.get(name)
    if key is None or key.digest != digest:
        raise ConfigError(f"{plan.name}: no '{keyed}' in the configuration")
    return key


def rule_inputs(config: Config, fingerprints: Fingerprints | None = None) -> RuleInputs:
    """Create the input and params functions for a configuration as a user wrote it."""
    return RuleInputs(Plan(canonical(config), fingerprints or Fingerprints()))


def lending(plan: DatasetPlan) -> Params:
    """Return the parameter that names the dataset which lends the attacker his people, if one does."""
    return {} if plan.views.lender is None else {"lender": plan.views.lender}
