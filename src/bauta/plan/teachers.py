"""The teachers that are applied to a dataset, those of them that are trained on it, and their posteriors."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bauta.anonymize import CONTROLS
from bauta.anonymize.settings import teachers_in
from bauta.express import ADAPTED, TEACHERS, TRAINED
from bauta.io import layout
from bauta.io.keyed_names import join_digest
from bauta.keys.key import Key
from bauta.models.usage import hashes_of
from bauta.plan.faces import FacesPlan
from bauta.plan.sets import AnonymizedSet


@dataclass(frozen=True)
class TeachersPlan:
    """The teachers that predict the expressions of a dataset.

    Attributes:
        faces: The crops.
    """

    faces: FacesPlan

    @property
    def names(self) -> list[str]:
        """The teachers that apply to this dataset; one that must be trained is included only if it can be."""
        source = self.faces.source
        trainable = source.dataset.untrainable is None
        return [name for name in source.config.teachers if trainable or name not in TRAINED]

    def reads(self, name: str, item: AnonymizedSet) -> bool:
        """Whether a teacher is applied to a set; no teacher adapts to a control."""
        return name not in ADAPTED or item.backend not in CONTROLS

    # --- those that are trained on the dataset

    @cached_property
    def training_keys(self) -> Mapping[str, Key]:
        """Cache keys of the teachers that are trained on this dataset."""
        parents = (self.faces.crop_key, self.faces.source.split_key)
        seed = self.faces.source.config.seed
        return {
            name: Key("train_teacher", {"teacher": name, "seed": seed}, parents)
            for name in self.names
            if name in TRAINED
        }

    def trained(self, name: str) -> Path:
        """Return the folder of a teacher trained on this dataset; one that adapts has a folder per set."""
        return self.faces.path(layout.TEACHER, teacher=self._trained(name))

    def adapted(self, name: str, item: AnonymizedSet) -> Path:
        """Return the folder of a teacher that has adapted to a set."""
        return self.faces.path(
            layout.ADAPTED_TEACHER, teacher=self._trained(name), backend=item.backend, setting=item.setting
        )

    def _trained(self, name: str) -> str:
        return join_digest(name, self.training_keys[name].digest)

    # --- posteriors

    @cached_property
    def keys(self) -> Mapping[str, Key]:
        """Cache keys of the posteriors, by teacher."""
        return {name: self._key(name) for name in (*self.names, *self.named_elsewhere)}

    @property
    def of_originals(self) -> Mapping[str, Key]:
        """Cache keys of the posteriors by the teachers that read the originals: all but those that adapt."""
        return {name: self.keys[name] for name in self.names if name not in ADAPTED}

    @property
    def with_weights(self) -> Mapping[str, Key]:
        """Cache keys of the posteriors of the originals by the teachers that come with weights."""
        return {name: key for name, key in self.of_originals.items() if name not in TRAINED}

    @property
    def shown(self) -> Mapping[str, Key]:
        """Cache keys of the posteriors of the originals that backends may be shown.

        Beside those of `of_originals`, they are of teachers with weights that a backend names and that
        measure nothing in this run.
        """
        return {**self.of_originals, **{name: self.keys[name] for name in self._named_by_backends}}

    @cached_property
    def _named_by_backends(self) -> list[str]:
        """Teachers with weights that a backend names and that measure nothing."""
        anonymizers = self.faces.source.config.anonymizers
        named = {
            teacher
            for backend in anonymizers.root
            for setting in anonymizers.settings(backend).values()
            for teacher in teachers_in(setting.sees)
        }
        return sorted(named - set(self.names) - TRAINED)

    @property
    def named_elsewhere(self) -> list[str]:
        """The teachers with weights that only a backend or a pooled teacher names."""
        return [*self._named_by_backends, *self._labelling]

    @property
    def _labelling(self) -> list[str]:
        """The teacher that labels the faces of a pooled teacher."""
        pooled = self.faces.source.config.pooled_teacher
        name = None if pooled is None else pooled.pseudo_labels.get(self.faces.source.name)
        return [] if name is None else [name]

    def _key(self, name: str) -> Key:
        trained = name in TRAINED
        parents = (
            self.faces.crop_key,
            self.faces.source.split_key,
            *([self.training_keys[name]] if trained else []),
        )
        hashes = None if trained else hashes_of(TEACHERS[name].files, self.faces.models)
        return Key("express", {"teacher": name}, parents, hashes, f"express/{name}")

    def keyed(self, name: str) -> str:
        """Return a teacher's name with the digest of its key, as used in the paths of posteriors."""
        return join_digest(name, self.keys[name].digest)

    def originals(self, name: str) -> Path:
        """Return the path of the posteriors of the originals."""
        return self.faces.path(layout.CLEAR_POSTERIORS, teacher=self.keyed(name))

    def training(self, name: str) -> Path:
        """Return the path of the posteriors of the originals that teachers are trained on."""
        return self.faces.path(layout.TRAINING_POSTERIORS, teacher=self.keyed(name))

    def anonymized(self, name: str, item: AnonymizedSet) -> Path:
        """Return the path of the posteriors of an anonymized set."""
        return self.faces.path(
            layout.ANONYMIZED_POSTERIORS,
            teacher=self.keyed(name),
            backend=item.backend,
            setting=item.setting,
        )
