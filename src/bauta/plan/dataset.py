"""The cached artifacts of one dataset: their keys and paths, from left to right."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bauta.anonymize import CONTROLS
from bauta.config.datasets import Dataset, LfwDataset, SynthfacesDataset
from bauta.config.models import Config
from bauta.dvc_keys import recorded_fingerprint
from bauta.errors import ConfigError
from bauta.express import ADAPTED, TRAINED
from bauta.fingerprint import Fingerprints
from bauta.keys import Key
from bauta.models.store import ModelStore
from bauta.models.usage import hashes_used_by
from bauta.plan.sets import AnonymizedSet, SetsPlan


@dataclass(frozen=True)
class DatasetPlan:
    """All cached artifacts of one dataset."""

    name: str
    dataset: Dataset
    config: Config
    models: ModelStore
    fingerprints: Fingerprints

    # --- raw data, manifest and split

    @cached_property
    def render_key(self) -> Key:
        """Of the rendered images of synthfaces."""
        if not isinstance(self.dataset, SynthfacesDataset):
            raise ConfigError(
                f"datasets.{self.name}: only synthfaces are rendered, not '{self.dataset.adapter}'"
            )
        return Key(
            "render",
            {
                "subjects": self.dataset.subjects,
                "images_per_subject": self.dataset.images_per_subject,
                "seed": self.config.seed,
            },
        )

    @property
    def root(self) -> Path:
        """Folder of the images that the manifest names."""
        if isinstance(self.dataset, SynthfacesDataset):
            return Path("data") / f"{self.name}-{self.render_key.digest}"
        return self.index / "images" if self.dataset.writes_images else Path(self.dataset.root)

    @cached_property
    def index_key(self) -> Key:
        """Of the manifest."""
        config = self.dataset.listing(self.config.seed)
        code = f"datasets/{self.dataset.adapter}"
        if isinstance(self.dataset, SynthfacesDataset):
            return Key("index", config, (self.render_key,), implementation=code)
        root = Path(self.dataset.root)
        fingerprint = recorded_fingerprint(root) or self.fingerprints.of(root)
        return Key("index", {**config, "fingerprint": fingerprint}, implementation=code)

    @cached_property
    def split_key(self) -> Key:
        """Of the split."""
        return Key(
            "split",
            {**self.dataset.splits.model_dump(exclude_none=True), "seed": self.config.seed},
            (self.index_key,),
        )

    @property
    def index(self) -> Path:
        """Folder of the manifest and the split."""
        return Path("cache") / self.name / f"index-{self.index_key.digest}"

    @property
    def manifest(self) -> Path:
        """The manifest."""
        return self.index / "manifest.parquet"

    @property
    def split(self) -> Path:
        """The split."""
        return self.index / f"split-{self.split_key.digest}.parquet"

    # --- crops, landmarks, parsing

    @cached_property
    def crop_key(self) -> Key:
        """Of the detections, the alignment and the crops."""
        return Key(
            "crop",
            {**self.crop_config, "faces": self.dataset.faces},
            (self.index_key,),
            hashes_used_by(self.detector, self.models),
            f"detect/{self.detector}",
        )

    @property
    def detector(self) -> str:
        """What finds the faces of this dataset."""
        return self.dataset.detector or self.config.crop.detector

    @property
    def crop_config(self) -> dict[str, Any]:
        """The crop contract and the detector."""
        return {**self.config.crop.model_dump(), "detector": self.detector}

    @property
    def crop(self) -> str:
        """Name of the folder of the crops, `<detector>-<digest>`."""
        return f"{self.detector}-{self.crop_key.digest}"

    @property
    def folder(self) -> Path:
        """Folder of everything that is made from the crops."""
        return Path("cache") / self.name / self.crop

    @cached_property
    def landmarks_keys(self) -> Mapping[str, Key]:
        """Of the landmarks, by model."""
        return {
            name: Key(
                "landmarks",
                {"model": name},
                (self.crop_key,),
                hashes_used_by(name, self.models),
                f"landmarks/{name}",
            )
            for name in self.config.landmarks
        }

    @property
    def landmarks(self) -> Path:
        """Landmarks that give the face hull and the parsing: the first model's."""
        return self.landmarks_path(self.config.landmarks[0])

    def landmarks_path(self, name: str) -> Path:
        """Landmarks of a model."""
        return self.folder / f"landmarks-{name}-{self.landmarks_keys[name].digest}.zarr"

    @cached_property
    def parsing_keys(self) -> Mapping[str, Key]:
        """Of the parsing, by model."""
        parents = (self.crop_key, self.landmarks_keys[self.config.landmarks[0]])
        return {
            name: Key("parse", {"model": name}, parents, hashes_used_by(name, self.models), f"parse/{name}")
            for name in self.config.parsing
        }

    def parsing_path(self, name: str) -> Path:
        """Parsing of a model."""
        return self.folder / f"parsing-{name}-{self.parsing_keys[name].digest}.zarr"

    # --- anonymized sets

    @cached_property
    def sets(self) -> tuple[AnonymizedSet, ...]:
        """Every setting of every backend that is not left out, in the order of the configuration."""
        return tuple(self._sets.sets())

    @property
    def _sets(self) -> SetsPlan:
        return SetsPlan(
            self.name,
            self.dataset.identities,
            self.config,
            self.models,
            crop=self.crop_key,
            landmarks=self.landmarks_keys,
            parsing=self.parsing_keys,
            split=self.split_key,
        )

    @cached_property
    def _sets_by_path(self) -> Mapping[tuple[str, str], AnonymizedSet]:
        return {(item.backend, item.setting): item for item in self.sets}

    def set_of(self, backend: str, setting: str) -> AnonymizedSet:
        """The set of a backend and a setting as it stands in paths."""
        item = self._sets_by_path.get((backend, setting))
        if item is None:
            raise ConfigError(f"no setting '{setting}' of '{backend}' in the configuration of {self.name}")
        return item

    def anonymized_path(self, item: AnonymizedSet) -> Path:
        """Store of an anonymized set."""
        return self.folder / "anonymized" / item.backend / f"{item.setting}.zarr"

    def training_path(self, item: AnonymizedSet) -> Path:
        """The same set of the faces that readers are trained on."""
        return self.folder / "anonymized_training" / item.backend / f"{item.setting}.zarr"

    def generator_path(self, item: AnonymizedSet) -> Path | None:
        """Folder of the generator that is trained for a set; None where none is."""
        return None if item.trained is None else self.folder / "generators" / item.trained

    def set_of_generator(self, generator: str) -> AnonymizedSet:
        """The set that a generator, as it stands in its path, is trained for."""
        item = next((item for item in self.sets if item.trained == generator), None)
        if item is None:
            raise ConfigError(f"no generator '{generator}' in the configuration of {self.name}")
        return item

    # --- recognizers and teachers

    @cached_property
    def recognizer_keys(self) -> Mapping[str, Key]:
        """Of the embeddings, by recognizer."""
        return {
            name: Key(
                "embed",
                {"recognizer": name},
                (self.crop_key, self.split_key),
                hashes_used_by(name, self.models),
                f"recognize/{name}",
            )
            for name in self.config.recognizers
        }

    def recognizer(self, name: str) -> str:
        """A recognizer with the digest of its key, as it stands in paths."""
        return f"{name}-{self.recognizer_keys[name].digest}"

    @cached_property
    def training_keys(self) -> Mapping[str, Key]:
        """Of the teachers that are trained on this dataset."""
        parents = (self.crop_key, self.split_key)
        return {
            name: Key("train_teacher", {"teacher": name, "seed": self.config.seed}, parents)
            for name in self.teachers
            if name in TRAINED
        }

    def trained(self, name: str) -> Path:
        """Folder of a teacher that is trained on this dataset; of one that adapts, a folder for each set."""
        return self.folder / "teachers" / f"{name}-{self.training_keys[name].digest}"

    def adapted(self, name: str, item: AnonymizedSet) -> Path:
        """Folder of a teacher that has adapted to a set."""
        return self.trained(name) / item.backend / item.setting

    def reads(self, name: str, item: AnonymizedSet) -> bool:
        """Whether a teacher reads a set; nothing adapts to a control, which shows that the run is sound."""
        return name not in ADAPTED or item.backend not in CONTROLS

    @cached_property
    def teacher_keys(self) -> Mapping[str, Key]:
        """Of the posteriors, by teacher."""
        return {name: self._teacher_key(name) for name in self.teachers}

    def _teacher_key(self, name: str) -> Key:
        trained = name in TRAINED
        parents = (self.crop_key, self.split_key, *([self.training_keys[name]] if trained else []))
        hashes = None if trained else hashes_used_by(name, self.models)
        return Key("express", {"teacher": name}, parents, hashes, f"express/{name}")

    def teacher(self, name: str) -> str:
        """A teacher with the digest of its key, as it stands in the paths of posteriors."""
        return f"{name}-{self.teacher_keys[name].digest}"

    @property
    def teachers(self) -> list[str]:
        """The teachers that can read this dataset: those that are trained only where they can be."""
        trainable = self.dataset.untrainable is None
        return [name for name in self.config.teachers if trainable or name not in TRAINED]

    # --- what the dataset cannot support

    @property
    def scored(self) -> bool:
        """Whether anything is measured on it; a dataset may be there only to train on."""
        return self.dataset.splits.score != "nothing"

    @property
    def attackers(self) -> list[str]:
        """The recognizers that attack it; nobody is attacked where nobody is known."""
        return self.config.recognizers if self.dataset.identities is None else []

    @cached_property
    def left_out(self) -> dict[str, str]:
        """What cannot work on the dataset, and why: a backend, or some of its settings."""
        return self._sets.left_out()

    @property
    def limits(self) -> dict[str, Any]:
        """What the dataset cannot support, as `frontier.result.Limits` has it."""
        return {"identities": self.dataset.identities, "left_out": self.left_out}

    @property
    def lfw_pairs(self) -> Path | None:
        """LFW's pairs.txt, where the configuration names it."""
        if not isinstance(self.dataset, LfwDataset) or self.dataset.pairs is None:
            return None
        return Path(self.dataset.pairs)

    def check_lfw_pairs(self) -> None:
        """Refuse pairs that cannot be formed.

        Raises:
            ConfigError: pairs.txt is not there, or a face cannot be told by its image's id.
        """
        if self.lfw_pairs is None:
            return
        if self.dataset.faces == "all":
            raise ConfigError(
                f"datasets.{self.name}.pairs: pairs.txt names images, and faces: all takes several faces "
                "of one; use faces: central"
            )
        if not self.lfw_pairs.is_file():
            raise ConfigError(
                f"datasets.{self.name}.pairs: the file {self.lfw_pairs} does not exist; put it there or "
                "leave it out"
            )
