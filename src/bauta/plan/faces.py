"""The faces of a dataset by one detector: detections, alignment, crops, landmarks, parsing, and FLAME."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bauta.detect import DETECTORS
from bauta.errors import ConfigError
from bauta.io import layout
from bauta.io.keyed_names import join_digest
from bauta.io.walk import walk
from bauta.keys.key import Key
from bauta.landmarks import LANDMARKERS
from bauta.models.store import ModelStore
from bauta.models.usage import hashes_of
from bauta.parse import PARSERS
from bauta.plan.source import SourcePlan


@dataclass(frozen=True)
class FacesPlan:
    """The crops and their labels.

    Attributes:
        source: The images.
        models: The store of model files.
    """

    source: SourcePlan
    models: ModelStore

    @cached_property
    def crop_key(self) -> Key:
        """Cache key of the detections, the alignment and the crops."""
        return Key(
            "crop",
            {**self.crop_config, "faces": self.source.dataset.faces},
            (self.source.index_key,),
            hashes_of(DETECTORS[self.detector].files, self.models),
            f"detect/{self.detector}",
        )

    @property
    def detector(self) -> str:
        """Name of the detector of this dataset."""
        return self.source.dataset.detector or self.source.config.crop.detector

    @property
    def crop_config(self) -> dict[str, Any]:
        """The crop contract and the detector."""
        return {**self.source.config.crop.model_dump(), "detector": self.detector}

    @property
    def crop(self) -> str:
        """Name of the folder of the crops: the detector and the digest of the crops' key."""
        return join_digest(self.detector, self.crop_key.digest)

    def path(self, path: str, **wildcards: str) -> Path:
        """Return the path of an artifact that is computed from the crops.

        Args:
            path: A path of `bauta.io.layout` below `layout.CROP`.
            wildcards: Values for its wildcards other than `dataset` and `crop`.
        """
        return layout.fill(path, dataset=self.source.name, crop=self.crop, **wildcards)

    @property
    def folder(self) -> Path:
        """Folder of everything that is computed from the crops."""
        return self.path(layout.CROP)

    @property
    def detections(self) -> Path:
        """The detections."""
        return self.path(layout.DETECTIONS)

    @property
    def alignment(self) -> Path:
        """The transforms from the images to the crops."""
        return self.path(layout.ALIGNMENT)

    @property
    def crops(self) -> Path:
        """The crops."""
        return self.path(layout.CROPS)

    # --- landmarks and parsing

    @cached_property
    def landmarks_keys(self) -> Mapping[str, Key]:
        """Cache keys of the landmarks, by model."""
        return {
            name: Key(
                "landmarks",
                {"model": name},
                (self.crop_key,),
                hashes_of(LANDMARKERS[name].files, self.models),
                f"landmarks/{name}",
            )
            for name in self.source.config.landmarks
        }

    @property
    def hull_key(self) -> Key:
        """Cache key of the landmarks that define the face hull."""
        return self.landmarks_keys[self.source.config.landmarks[0]]

    @property
    def hull(self) -> Path:
        """Path of the landmarks that define the face hull and that parsing uses: those of the first model."""
        return self.landmarks(self.source.config.landmarks[0])

    def landmarks(self, name: str) -> Path:
        """Return the path of the landmarks by a model."""
        return self.path(layout.LANDMARKS, landmarks=name, digest=self.landmarks_keys[name].digest)

    @cached_property
    def parsing_keys(self) -> Mapping[str, Key]:
        """Cache keys of the parsing, by model."""
        parents = (self.crop_key, self.hull_key)
        return {
            name: Key(
                "parse",
                {"model": name},
                parents,
                hashes_of(PARSERS[name].files, self.models),
                f"parse/{name}",
            )
            for name in self.source.config.parsing
        }

    def parsing(self, name: str) -> Path:
        """Return the path of the parsing by a model."""
        return self.path(layout.PARSING, parsing=name, digest=self.parsing_keys[name].digest)

    # --- parameters of FLAME

    @cached_property
    def flame_key(self) -> Key:
        """Cache key of the parameters of FLAME.

        Raises:
            ConfigError: the dataset names no folder of a DECA's codes, or there are none in it.
            DataError: a file in it cannot be read.
        """
        place, key = self.source.dataset.deca, f"datasets.{self.source.name}.deca"
        if place is None:
            raise ConfigError(f"{key}: expected the folder of the codes that your own DECA wrote, got none")
        folder = Path(place)
        if not folder.is_dir() or not any(found.name.endswith(".mat") for found in walk(folder)):
            state = "holds no file NAME.mat" if folder.is_dir() else "does not exist"
            raise ConfigError(f"{key}: the folder {folder} {state}; put DECA's codes there or change 'deca'")
        return Key("flame", {"fingerprint": self.source.fingerprints.of(folder)}, (self.crop_key,))

    @property
    def flame(self) -> Path:
        """Path of the parameters of FLAME."""
        return self.path(layout.FLAME, digest=self.flame_key.digest)
