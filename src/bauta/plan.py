"""From a configuration to the artifacts of a run: their keys, their paths and what each is made from.

Rules take paths, inputs and `params` from here; nothing heavy is imported, because Snakemake parses the
Snakefile for every job on a cluster.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bauta.anonymize import CONTROLS, TRAINED_ANONYMIZERS
from bauta.anonymize.settings import Setting
from bauta.config.datasets import Dataset, LfwDataset, SynthfacesDataset
from bauta.config.models import Config
from bauta.errors import ConfigError
from bauta.express import ADAPTED, TRAINED
from bauta.fingerprint import folder_fingerprint
from bauta.keys import Key
from bauta.models.configured import model_store
from bauta.models.store import ModelStore
from bauta.models.usage import USED_BY, hashes_of, hashes_used_by

MESH = "mediapipe478"
"""The landmarks that the fields `mesh` and `blendshapes` of a face come from."""


@dataclass(frozen=True)
class AnonymizedSet:
    """One backend at one setting.

    Attributes:
        backend: Name of the anonymizer.
        name: The setting, such as `kernel=11`.
        options: What the backend is made with.
        key: Of the anonymized store.
        sees: What the backend is shown.
        models: Names of the model files that it loads.
    """

    backend: str
    name: str
    options: dict[str, Any]
    key: Key
    sees: frozenset[str]
    models: tuple[str, ...]

    @property
    def setting(self) -> str:
        """The setting with the digest of its key, as it stands in paths."""
        return f"{self.name}-{self.key.digest}"

    @property
    def label(self) -> str:
        """Backend and setting as a reader names them."""
        return f"{self.backend} {self.name}" if self.options else self.backend


@dataclass(frozen=True)
class DatasetPlan:
    """All artifacts of one dataset."""

    name: str
    dataset: Dataset
    config: Config
    models: ModelStore

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
        if isinstance(self.dataset, SynthfacesDataset):
            return Key("index", config, (self.render_key,))
        memory = Path("cache") / self.name / "fingerprint.json"
        return Key("index", {**config, "fingerprint": folder_fingerprint(Path(self.dataset.root), memory)})

    @cached_property
    def split_key(self) -> Key:
        """Of the split."""
        return Key("split", {**self.dataset.splits.model_dump(), "seed": self.config.seed}, (self.index_key,))

    @cached_property
    def crop_key(self) -> Key:
        """Of the detections, the alignment and the crops."""
        return Key(
            "crop",
            {**self.crop_config, "faces": self.dataset.faces},
            (self.index_key,),
            hashes_used_by(self.detector, self.models),
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

    @property
    def crop(self) -> str:
        """Name of the folder of the crops, `<detector>-<digest>`."""
        return f"{self.detector}-{self.crop_key.digest}"

    @property
    def folder(self) -> Path:
        """Folder of everything that is made from the crops."""
        return Path("cache") / self.name / self.crop

    @cached_property
    def landmarks_keys(self) -> dict[str, Key]:
        """Of the landmarks, by model."""
        return {
            name: Key("landmarks", {"model": name}, (self.crop_key,), hashes_used_by(name, self.models))
            for name in self.config.landmarks
        }

    @property
    def landmarks(self) -> Path:
        """Landmarks that give the face hull and the parsing: the first model's."""
        name = self.config.landmarks[0]
        return self.landmarks_path(name)

    def landmarks_path(self, name: str) -> Path:
        """Landmarks of a model."""
        return self.folder / f"landmarks-{name}-{self.landmarks_keys[name].digest}.zarr"

    @cached_property
    def parsing_keys(self) -> dict[str, Key]:
        """Of the parsing, by model."""
        parent = self.landmarks_keys[self.config.landmarks[0]]
        return {
            name: Key("parse", {"model": name}, (self.crop_key, parent), hashes_used_by(name, self.models))
            for name in self.config.parsing
        }

    def parsing_path(self, name: str) -> Path:
        """Parsing of a model."""
        return self.folder / f"parsing-{name}-{self.parsing_keys[name].digest}.zarr"

    @cached_property
    def sets(self) -> tuple[AnonymizedSet, ...]:
        """Every backend that is not left out at every setting, in the order of the configuration."""
        return tuple(
            self._set(backend, name, setting)
            for backend in self.config.anonymizers.root
            for name, setting in self.config.anonymizers.settings(backend).items()
            if not self._lacks_subjects(setting)
        )

    def _set(self, backend: str, name: str, setting: Setting) -> AnonymizedSet:
        options = setting.model_dump()
        config = {"backend": backend, **options, "seed": self.config.seed}
        parents = [self.crop_key, self.landmarks_keys[self.config.landmarks[0]], self.split_key]
        if "parsing" in setting.sees:
            parents.append(self.parsing_keys[self.config.parsing[0]])
        if setting.sees & {"mesh", "blendshapes"}:
            config["mesh"] = self.landmarks_keys[MESH].digest
        if backend in TRAINED_ANONYMIZERS:
            config["generator"] = self._generator_key(setting, parents).digest
        key = Key("anonymize", config, tuple(parents), hashes_of(setting.models, self.models))
        return AnonymizedSet(backend, name, options, key, setting.sees, setting.models)

    def _generator_key(self, setting: Setting, parents: list[Key]) -> Key:
        config = {**setting.model_dump(), "dataset": self.name, "seed": self.config.seed}
        return Key("train_anonymizer", config, tuple(parents), hashes_of(setting.models, self.models))

    def _lacks_subjects(self, setting: Setting) -> bool:
        return self.dataset.identities is not None and "subjects" in setting.sees

    @property
    def left_out(self) -> dict[str, str]:
        """What cannot work on the dataset, and why: a backend, or some of its settings."""
        found = {}
        for backend in self.config.anonymizers.root:
            settings = self.config.anonymizers.settings(backend)
            lacking = [name for name, setting in settings.items() if self._lacks_subjects(setting)]
            names = [backend] if len(lacking) == len(settings) else [f"{backend} {name}" for name in lacking]
            if lacking:
                reason = f"it needs to know the subjects, and {self.dataset.identities}"
                found.update(dict.fromkeys(names, reason))
        return found

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

    def set_of(self, backend: str, setting: str) -> AnonymizedSet:
        """The set of a backend and a setting as it stands in paths."""
        for item in self.sets:
            if (item.backend, item.setting) == (backend, setting):
                return item
        raise ConfigError(f"no setting '{setting}' of '{backend}' in the configuration of {self.name}")

    def anonymized_path(self, item: AnonymizedSet) -> Path:
        """Store of an anonymized set."""
        return self.folder / "anonymized" / item.backend / f"{item.setting}.zarr"

    def recognizer(self, name: str) -> str:
        """A recognizer with the digest of its key, as it stands in paths."""
        hashes = hashes_used_by(name, self.models)
        key = Key("embed", {"recognizer": name}, (self.crop_key, self.split_key), hashes)
        return f"{name}-{key.digest}"

    def teacher_key(self, name: str) -> Key:
        """Of a teacher that is trained on this dataset, or of the reading by one that needs no training."""
        parents = (self.crop_key, self.split_key)
        if name in TRAINED:
            return Key("train_teacher", {"teacher": name, "seed": self.config.seed}, parents)
        return Key("express", {"teacher": name}, parents, hashes_used_by(name, self.models))

    def teacher(self, name: str) -> str:
        """A teacher with the digest of its key, as it stands in paths."""
        return f"{name}-{self.teacher_key(name).digest}"

    @property
    def teachers(self) -> list[str]:
        """The teachers that can read this dataset: those that are trained only where they can be."""
        trainable = self.dataset.untrainable is None
        return [name for name in self.config.teachers if trainable or name not in TRAINED]


@dataclass(frozen=True)
class Plan:
    """All artifacts of a run."""

    config: Config

    @cached_property
    def datasets(self) -> dict[str, DatasetPlan]:
        """By name."""
        return {
            name: DatasetPlan(name, dataset, self.config, self.models)
            for name, dataset in self.config.datasets.items()
        }

    @cached_property
    def models(self) -> ModelStore:
        """Where model files are found."""
        return model_store(self.config.models)

    @property
    def results(self) -> Path:
        """Folder of what a person reads."""
        return Path("results") / self.config.run

    def measurements(self, plan: DatasetPlan) -> Iterator[Path]:
        """Every measurement that a dataset supports; nobody is attacked where nobody is known or scored."""
        plan.check_lfw_pairs()
        if plan.dataset.splits.score == "nothing":
            return
        folder = self.results / "measurements" / plan.name
        recognizers = self.config.recognizers if plan.dataset.identities is None else []
        for name in recognizers:
            yield folder / "attack" / plan.recognizer(name) / "original" / "clear.json"
        for item in plan.sets:
            tail = Path(item.backend) / f"{item.setting}.json"
            yield folder / "coverage" / tail
            yield folder / "audit" / tail
            yield folder / "realism" / tail
            for name in recognizers:
                yield folder / "attack" / plan.recognizer(name) / tail
                if self.config.attacks.adaptive.enabled:
                    yield folder / "adapt" / plan.recognizer(name) / tail
            for name in plan.teachers:
                # A control shows that the run is sound; there is nothing to adapt to.
                if name not in ADAPTED or item.backend not in CONTROLS:
                    yield folder / "expression" / plan.teacher(name) / tail

    def limits(self) -> dict[str, dict[str, Any]]:
        """What each dataset cannot support."""
        return {name: plan.limits for name, plan in self.datasets.items()}

    def all_measurements(self) -> list[Path]:
        """Every measurement of the run."""
        return [path for plan in self.datasets.values() for path in self.measurements(plan)]

    @property
    def implementations(self) -> list[str]:
        """Everything of the run that may load model files."""
        config = self.config
        detectors = [plan.detector for plan in self.datasets.values()]
        pretrained = [name for name in config.teachers if name not in TRAINED]
        names = [*detectors, config.crop.detector, *config.landmarks, *config.parsing, *config.recognizers]
        return list(dict.fromkeys([*names, *pretrained, *self.realism_models]))

    @property
    def realism_models(self) -> list[str]:
        """The measures of picture quality that need a network."""
        return [name for name in self.config.realism if name in USED_BY]

    @property
    def model_names(self) -> list[str]:
        """Every model file of the run."""
        used = [model for name in self.implementations for model in USED_BY[name]]
        return list(dict.fromkeys([*used, *self.anonymizer_models]))

    @property
    def anonymizer_models(self) -> list[str]:
        """The model files that the settings of the anonymizers load."""
        grid = self.config.anonymizers
        settings = [setting for backend in grid.root for setting in grid.settings(backend).values()]
        return list(dict.fromkeys(name for setting in settings for name in setting.models))

    def model_hashes(self) -> dict[str, dict[str, str]]:
        """SHA-256 of every model file of the run, by the implementation that loads it."""
        by_name = {name: hashes_used_by(name, self.models) for name in self.implementations}
        return by_name | {name: hashes_of([name], self.models) for name in self.anonymizer_models}

    def check_models(self, *, fetching: bool = False) -> None:
        """Refuse a run whose models cannot be had, before any of its jobs starts.

        Args:
            fetching: Whether the run only fetches them; then a hash need not be known yet.

        Raises:
            ModelError: for the first model that is nowhere, under terms that are not accepted, or unknown.
        """
        for name in self.model_names:
            self.models.check_available(name)
            if not fetching:
                self.models.check_pinned(name)

    def crop_labels(self) -> list[Path]:
        """Landmarks and parsing of every dataset by every model of the configuration."""
        return [
            path
            for plan in self.datasets.values()
            for path in (
                *map(plan.landmarks_path, self.config.landmarks),
                *map(plan.parsing_path, self.config.parsing),
            )
        ]

    @property
    def splits(self) -> list[Path]:
        """The split of every dataset."""
        return [plan.split for plan in self.datasets.values()]

    def pictures(self) -> list[Path]:
        """Every plot of the run."""
        folder = self.results / "plots"
        found = [folder / f"{name}-frontier.png" for name in self.config.frontier.pairs]
        for plan in self.datasets.values():
            kinds = ["frontier"]
            if plan.dataset.identities is None:
                kinds += ["attackers", "similarity"]
            if ADAPTED.keys() & set(plan.teachers) and plan.dataset.identities is None:
                kinds.append("readers")
            if plan.teachers and plan.dataset.labelled:
                kinds.append("confusion")
            if plan.dataset.contact_sheet:
                kinds.append("contact_sheet")
            found += [folder / f"{plan.name}-{kind}.png" for kind in kinds]
        return found
