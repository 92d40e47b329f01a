"""The recognizers that attack a dataset, and their embeddings."""

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
from bauta.recognize import RECOGNIZERS


@dataclass(frozen=True)
class RecognizersPlan:
    """The recognizers that embed the faces of a dataset.

    Attributes:
        faces: The crops.
    """

    faces: FacesPlan

    @property
    def attackers(self) -> list[str]:
        """The recognizers that attack the dataset; none where no identities are known."""
        source = self.faces.source
        return source.config.recognizers if source.dataset.identities is None else []

    @property
    def readers(self) -> list[str]:
        """The recognizers from whose embeddings attributes are read; none where no attributes are known."""
        source = self.faces.source
        return source.config.recognizers if source.attributed else []

    @cached_property
    def keys(self) -> Mapping[str, Key]:
        """Cache keys of the embeddings, by recognizer."""
        return {
            name: Key(
                "embed",
                {"recognizer": name},
                (self.faces.crop_key, self.faces.source.split_key),
                hashes_of(RECOGNIZERS[name].files, self.faces.models),
                f"recognize/{name}",
            )
            for name in self.faces.source.config.recognizers
        }

    def keyed(self, name: str) -> str:
        """Return a recognizer's name with the digest of its key, as used in paths."""
        return join_digest(name, self.keys[name].digest)

    def originals(self, name: str) -> Path:
        """Return the path of the embeddings of the originals."""
        return self.faces.path(layout.CLEAR_EMBEDDINGS, recognizer=self.keyed(name))

    def anonymized(self, name: str, item: AnonymizedSet) -> Path:
        """Return the path of the embeddings of an anonymized set."""
        return self.faces.path(
            layout.ANONYMIZED_EMBEDDINGS,
            recognizer=self.keyed(name),
            backend=item.backend,
            setting=item.setting,
        )
