"""The estimators that are applied to a dataset, and their estimates."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bauta.io import layout
from bauta.io.keyed_names import join_digest
from bauta.keys.key import Key
from bauta.models.usage import hashes_of
from bauta.plan.faces import FacesPlan
from bauta.plan.sets import AnonymizedSet
from bauta.preserve import ESTIMATORS


@dataclass(frozen=True)
class EstimatorsPlan:
    """The estimators that read the faces of a dataset before and after.

    Attributes:
        faces: The crops.
    """

    faces: FacesPlan

    @property
    def names(self) -> list[str]:
        """The estimators, the one whose columns come first in front."""
        return self.faces.source.config.preservation

    @cached_property
    def keys(self) -> Mapping[str, Key]:
        """Cache keys of the estimates, by estimator."""
        return {name: self._key(name) for name in self.names}

    def _key(self, name: str) -> Key:
        located = [self.faces.landmarks_keys[name]] if self.located(name) else []
        parents = (self.faces.crop_key, self.faces.source.split_key, *located)
        files = hashes_of(ESTIMATORS[name].files, self.faces.models)
        return Key("estimate", {"estimator": name}, parents, files, f"preserve/{name}")

    def located(self, name: str) -> bool:
        """Whether the landmarks that an estimator works on are among those of the originals."""
        return name in self.faces.source.config.landmarks

    def keyed(self, name: str) -> str:
        """Return an estimator's name with the digest of its key, as used in paths."""
        return join_digest(name, self.keys[name].digest)

    def originals(self, name: str) -> Path:
        """Return the path of the estimates in the originals."""
        return self.faces.path(layout.CLEAR_ESTIMATES, estimator=self.keyed(name))

    def anonymized(self, name: str, item: AnonymizedSet) -> Path:
        """Return the path of the estimates in an anonymized set."""
        return self.faces.path(
            layout.ANONYMIZED_ESTIMATES,
            estimator=self.keyed(name),
            backend=item.backend,
            setting=item.setting,
        )
