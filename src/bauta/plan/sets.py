"""The anonymized sets of a dataset and the generators that are trained for them: their keys and paths."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bauta.anonymize import TRAINED_ANONYMIZERS
from bauta.anonymize.external.program import identify
from bauta.anonymize.external.settings import CommandSetting
from bauta.anonymize.settings import POSTERIORS, SETTINGS, Setting, teachers_in
from bauta.attack.light import LIGHT_BLUR
from bauta.config.anonymizers import setting_name
from bauta.errors import ConfigError
from bauta.io import layout
from bauta.io.keyed_names import join_digest
from bauta.keys.key import Key
from bauta.models.usage import hashes_of
from bauta.plan.faces import FacesPlan
from bauta.registry import nearest

MESH = "mediapipe478"
"""The landmarker that provides the fields `mesh` and `blendshapes` of a face."""


@dataclass(frozen=True)
class AnonymizedSet:
    """One backend at one setting.

    Attributes:
        backend: Name of the anonymizer.
        name: The setting, such as `kernel=11`.
        options: The options of the setting.
        key: Cache key of the anonymized store.
        sees: The fields of `protocols.FaceBatch` that the backend is shown, posteriors with their teacher.
        taught_by: The teachers that the backend was trained with.
        models: Names of the model files that it loads or is trained with.
        restorable: Whether the backend offers inverses of itself.
        generator: Cache key of the generator that the workflow trains for it; None for other backends.
        whole: For a backend whose pictures another program makes from whole images, the `folder` that holds
            them and its `fingerprint`, or None for each; empty for other backends.
    """

    backend: str
    name: str
    options: dict[str, Any]
    key: Key
    sees: frozenset[str]
    models: tuple[str, ...]
    taught_by: tuple[str, ...] = ()
    restorable: bool = False
    generator: Key | None = None
    whole: Mapping[str, str | None] = field(default_factory=dict)

    @cached_property
    def setting(self) -> str:
        """The setting with the digest of its key, as used in paths."""
        return _keyed(self.name, self.key)

    @property
    def trained(self) -> str | None:
        """The setting with the digest of its generator, as used in the generator's path."""
        return None if self.generator is None else _keyed(self.name, self.generator)

    @property
    def teachers(self) -> list[str]:
        """The teachers whose posteriors of the clear faces the backend is shown."""
        return teachers_in(self.sees)

    @property
    def label(self) -> str:
        """Backend and setting in words for a person."""
        return self.backend if self.name == "default" else f"{self.backend} {self.name}"


def _keyed(name: str, key: Key) -> str:
    """A setting with a digest, as used in paths.

    Its options are joined by `+`: a job that Snakemake starts on another node is told its wildcards as a list
    that it splits at commas.
    """
    return join_digest(name.replace(",", "+"), key.digest)


@dataclass(frozen=True)
class SetsPlan:
    """The sets that a configuration asks for on a dataset.

    Attributes:
        faces: The crops and their labels.
        posteriors: Cache keys of the posteriors of the clear faces, by the teachers that may be shown.
        first_teacher: The first of the teachers that apply to the dataset, None if none does.
        unread: Why no teacher applies to it; not used where one does.
    """

    faces: FacesPlan
    posteriors: Mapping[str, Key]
    first_teacher: str | None
    unread: str

    @cached_property
    def all(self) -> tuple[AnonymizedSet, ...]:
        """Every setting of every backend that is not left out, in the order of the configuration."""
        return tuple(
            self._set(backend, name, setting)
            for backend, name, setting in self._settings()
            if self._why_left_out(setting) is None
        )

    @cached_property
    def left_out(self) -> dict[str, dict[str, str]]:
        """The settings that are known not to work on the dataset: backend → setting → reason."""
        found: dict[str, dict[str, str]] = {}
        for backend, name, setting in self._settings():
            if why := self._why_left_out(setting):
                found.setdefault(backend, {})[name] = why
        return found

    @cached_property
    def light(self) -> AnonymizedSet:
        """The light blur on which every attack must work."""
        setting = SETTINGS["blur"](**LIGHT_BLUR)
        return self._set("blur", setting_name(setting), setting)

    @property
    def attacked(self) -> tuple[AnonymizedSet, ...]:
        """Every set that the attack suite attacks: all, and the light blur."""
        return self.all if self.light in self.all else (*self.all, self.light)

    def of(self, backend: str, setting: str) -> AnonymizedSet:
        """Return the set of a backend and a setting as used in paths.

        Raises:
            ConfigError: the path belongs to another configuration.
        """
        item = self._by_path.get((backend, setting))
        if item is None:
            raise ConfigError(
                f"no setting '{setting}' of '{backend}' in the configuration of {self.faces.source.name}"
            )
        return item

    def labelled(self, label: str) -> AnonymizedSet:
        """Return the set with this label, such as `blur kernel=31`.

        Raises:
            ConfigError: the configuration has no such set.
        """
        item = next((item for item in self.all if item.label == label), None)
        if item is None:
            hint = nearest(label, [item.label for item in self.all])
            raise ConfigError(f"no setting '{label}' in the anonymizers of {self.faces.source.name}: {hint}")
        return item

    def of_generator(self, generator: str) -> AnonymizedSet:
        """Return the set for which a generator, as named in its path, is trained.

        Raises:
            ConfigError: the path belongs to another configuration.
        """
        item = next((item for item in self.all if item.trained == generator), None)
        if item is None:
            raise ConfigError(f"no generator '{generator}' in the configuration of {self.faces.source.name}")
        return item

    # --- paths

    def anonymized(self, item: AnonymizedSet) -> Path:
        """Return the path of the store of an anonymized set."""
        return self.faces.path(layout.ANONYMIZED, backend=item.backend, setting=item.setting)

    def training(self, item: AnonymizedSet) -> Path:
        """Return the path of the store with the same setting for the faces that teachers are trained on."""
        return self.faces.path(layout.ANONYMIZED_TRAINING, backend=item.backend, setting=item.setting)

    def generator(self, item: AnonymizedSet) -> Path | None:
        """Return the folder of the generator that is trained for a set; None if none is."""
        return None if item.trained is None else self.faces.path(layout.GENERATOR, generator=item.trained)

    # --- keys

    def _settings(self) -> Iterator[tuple[str, str, Setting]]:
        """Every setting, with the first teacher for a backend that sees posteriors and names no teacher."""
        anonymizers, first = self.faces.source.config.anonymizers, self.first_teacher
        for backend in anonymizers.root:
            for name, setting in anonymizers.settings(backend).items():
                yield backend, name, setting if first is None else setting.read_by(first)

    @cached_property
    def _by_path(self) -> Mapping[tuple[str, str], AnonymizedSet]:
        return {(item.backend, item.setting): item for item in self.attacked}

    def _why_left_out(self, setting: Setting) -> str | None:
        dataset = self.faces.source.dataset
        if dataset.identities is not None and "subjects" in setting.sees:
            return f"it needs to know the subjects, and {dataset.identities}"
        if POSTERIORS in setting.sees:
            return f"it needs a teacher's predictions, and {self.unread}"
        for teacher in teachers_in(setting.sees):
            if teacher not in self.posteriors:
                why = dataset.untrainable
                return f"it needs the predictions of {teacher}, which cannot be trained on it: {why}"
        return None

    def _set(self, backend: str, name: str, setting: Setting) -> AnonymizedSet:
        options, parents = setting.model_dump(), self._parents(setting)
        whole, program = self._made_elsewhere(backend, setting)
        config = {"backend": backend, **setting.keyed, **program, "seed": self.faces.source.config.seed}
        generator = self._generator(options, parents, setting) if backend in TRAINED_ANONYMIZERS else None
        # The models that trained a generator are in the generator's key.
        hashes = None if generator else hashes_of(setting.models, self.faces.models)
        made_from = parents if generator is None else (*parents, generator)
        key = Key("anonymize", config, made_from, hashes, f"anonymize/{backend}")
        return AnonymizedSet(
            backend,
            name,
            options,
            key,
            setting.sees,
            setting.models,
            taught_by=setting.taught_by,
            restorable=setting.restorable,
            generator=generator,
            whole=whole,
        )

    def _made_elsewhere(self, backend: str, setting: Setting) -> tuple[dict[str, str | None], dict[str, Any]]:
        """Where another program's pictures lie, and what represents them and the program in the key.

        Raises:
            ConfigError: the folder or the program is missing.
        """
        if not setting.whole_images:
            return {}, {}
        source = self.faces.source
        if isinstance(setting, CommandSetting):
            program = identify(setting, source.fingerprints.of_file)
            return {"folder": None, "fingerprint": None}, {"program": program}
        folder = setting.folder(source.name)
        if folder is None:
            return {"folder": None, "fingerprint": None}, {}
        if not folder.is_dir() or not any(folder.iterdir()):
            state = "is empty" if folder.is_dir() else "does not exist"
            raise ConfigError(
                f"anonymizers.{backend}.root: the folder {folder} {state}; put the anonymized pictures there "
                "or change 'root' or 'settings'"
            )
        try:
            fingerprint = source.fingerprints.of(folder)
        except ConfigError as error:
            raise ConfigError(f"anonymizers.{backend}: {str(error).removeprefix('datasets: ')}") from None
        return {"folder": str(folder), "fingerprint": fingerprint}, {"pictures": fingerprint}

    def _parents(self, setting: Setting) -> tuple[Key, ...]:
        faces = self.faces
        parents = [faces.crop_key, faces.hull_key, faces.source.split_key]
        if "parsing" in setting.sees:
            parents.append(faces.parsing_keys[faces.source.config.parsing[0]])
        if setting.sees & {"mesh", "blendshapes"}:
            parents.append(faces.landmarks_keys[MESH])
        if "flame" in setting.sees:
            parents.append(faces.flame_key)
        parents += [self.posteriors[teacher] for teacher in teachers_in(setting.sees)]
        return tuple(parents)

    def _generator(self, options: dict[str, Any], parents: tuple[Key, ...], setting: Setting) -> Key:
        source = self.faces.source
        config = {**options, "dataset": source.name, "seed": source.config.seed}
        return Key("train_anonymizer", config, parents, hashes_of(setting.models, self.faces.models))
