"""The anonymized sets of a dataset, and the keys of what makes them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bauta.anonymize import TRAINED_ANONYMIZERS
from bauta.anonymize.settings import Setting
from bauta.config.models import Config
from bauta.keys import Key
from bauta.models.store import ModelStore
from bauta.models.usage import hashes_of

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
        models: Names of the model files that it loads, or that train it.
        generator: Key of the generator that the workflow trains for it; None for other backends.
    """

    backend: str
    name: str
    options: dict[str, Any]
    key: Key
    sees: frozenset[str]
    models: tuple[str, ...]
    generator: Key | None = None

    @cached_property
    def setting(self) -> str:
        """The setting with the digest of its key, as it stands in paths."""
        return f"{self.name}-{self.key.digest}"

    @property
    def trained(self) -> str | None:
        """The setting with the digest of its generator, as it stands in the generator's path."""
        return None if self.generator is None else f"{self.name}-{self.generator.digest}"

    @property
    def label(self) -> str:
        """Backend and setting as a reader names them."""
        return self.backend if self.name == "default" else f"{self.backend} {self.name}"


@dataclass(frozen=True)
class SetsPlan:
    """The sets that a configuration asks for on a dataset, and what their keys are made of.

    Attributes:
        dataset: Name of the dataset.
        identities: Why nobody is known on it; None where people are.
        config: The whole configuration.
        models: Where model files are found.
        crop: Key of the crops.
        landmarks: Keys of the landmarks by model, the first gives the face hull.
        parsing: Keys of the parsing by model.
        split: Key of the split.
    """

    dataset: str
    identities: str | None
    config: Config
    models: ModelStore
    crop: Key
    landmarks: Mapping[str, Key]
    parsing: Mapping[str, Key]
    split: Key

    def sets(self) -> Iterator[AnonymizedSet]:
        """Every setting of every backend that is not left out, in the order of the configuration."""
        for backend in self.config.anonymizers.root:
            for name, setting in self.config.anonymizers.settings(backend).items():
                if not self._lacks_subjects(setting):
                    yield self._set(backend, name, setting)

    def left_out(self) -> dict[str, str]:
        """What cannot work on the dataset, and why: a backend, or some of its settings."""
        found: dict[str, str] = {}
        for backend in self.config.anonymizers.root:
            settings = self.config.anonymizers.settings(backend)
            lacking = [name for name, setting in settings.items() if self._lacks_subjects(setting)]
            names = [backend] if len(lacking) == len(settings) else [f"{backend} {name}" for name in lacking]
            if lacking:
                found |= dict.fromkeys(names, f"it needs to know the subjects, and {self.identities}")
        return found

    def _lacks_subjects(self, setting: Setting) -> bool:
        return self.identities is not None and "subjects" in setting.sees

    def _set(self, backend: str, name: str, setting: Setting) -> AnonymizedSet:
        options, parents = setting.model_dump(), self._parents(setting)
        config = {"backend": backend, **options, "seed": self.config.seed}
        generator = self._generator(options, parents, setting) if backend in TRAINED_ANONYMIZERS else None
        # What trained a generator is in the generator's key.
        hashes = None if generator else hashes_of(setting.models, self.models)
        made_from = parents if generator is None else (*parents, generator)
        key = Key("anonymize", config, made_from, hashes, f"anonymize/{backend}")
        return AnonymizedSet(backend, name, options, key, setting.sees, setting.models, generator)

    def _parents(self, setting: Setting) -> tuple[Key, ...]:
        parents = [self.crop, self.landmarks[self.config.landmarks[0]], self.split]
        if "parsing" in setting.sees:
            parents.append(self.parsing[self.config.parsing[0]])
        if setting.sees & {"mesh", "blendshapes"}:
            parents.append(self.landmarks[MESH])
        return tuple(parents)

    def _generator(self, options: dict[str, Any], parents: tuple[Key, ...], setting: Setting) -> Key:
        config = {**options, "dataset": self.dataset, "seed": self.config.seed}
        return Key("train_anonymizer", config, parents, hashes_of(setting.models, self.models))
