"""The images of a dataset: where they lie, the manifest that lists them and the split."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bauta.config.datasets import Dataset, SynthfacesDataset
from bauta.config.models import Config
from bauta.errors import ConfigError
from bauta.io import layout
from bauta.io.dvc_keys import recorded_fingerprint
from bauta.io.fingerprint import Fingerprints, file_fingerprint
from bauta.keys.key import Key


@dataclass(frozen=True)
class SourcePlan:
    """The parts of a dataset that precede face detection.

    Attributes:
        name: Name of the dataset.
        dataset: Its section of the configuration.
        config: The whole configuration.
        fingerprints: Fingerprints of the folders of raw data.
    """

    name: str
    dataset: Dataset
    config: Config
    fingerprints: Fingerprints

    @cached_property
    def render_key(self) -> Key:
        """Cache key of the rendered images of synthfaces."""
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
            return layout.fill(layout.RENDERED, dataset=self.name, digest=self.render_key.digest)
        return self.unpacked if self.dataset.writes_images else Path(self.dataset.root)

    @property
    def truth(self) -> Path:
        """Path of the ground truth of rendered images."""
        return layout.fill(layout.TRUTH, dataset=self.name, digest=self.render_key.digest)

    @cached_property
    def index_key(self) -> Key:
        """Cache key of the manifest."""
        config = self.dataset.listing(self.config.seed)
        code = f"datasets/{self.dataset.adapter}"
        if isinstance(self.dataset, SynthfacesDataset):
            return Key("index", config, (self.render_key,), implementation=code)
        root = Path(self.dataset.root)
        raw: dict[str, Any] = {
            "fingerprint": recorded_fingerprint(root) or self.fingerprints.of(root, self.dataset.links)
        }
        files = self.dataset.side_files
        if files:
            raw["files"] = {
                name: recorded_fingerprint(path) or file_fingerprint(path) for name, path in files.items()
            }
        return Key("index", {**config, **raw}, implementation=code)

    @cached_property
    def split_key(self) -> Key:
        """Cache key of the split."""
        return Key(
            "split",
            {**self.dataset.splits.model_dump(exclude_none=True), "seed": self.config.seed},
            (self.index_key,),
        )

    @property
    def attributed(self) -> bool:
        """Whether attributes of people are known, and are to be read from their faces."""
        return self.config.attacks.attributes and self.dataset.attributed

    @cached_property
    def attributes_key(self) -> Key:
        """Cache key of the attributes."""
        return Key(
            "attributes",
            self.dataset.attributes_listing(self.config.seed),
            (self.index_key,),
            implementation=f"datasets/{self.dataset.adapter}",
        )

    @property
    def index(self) -> Path:
        """Folder of the manifest and the split."""
        return self._indexed(layout.INDEX)

    @property
    def manifest(self) -> Path:
        """The manifest."""
        return self._indexed(layout.MANIFEST)

    @property
    def unpacked(self) -> Path:
        """Folder of the images of a dataset that comes as a table; it is empty for other datasets."""
        return self._indexed(layout.IMAGES)

    @property
    def split(self) -> Path:
        """The split."""
        return self.of_index(layout.SPLIT, self.split_key)

    @property
    def attributes(self) -> Path:
        """The attributes of people."""
        return self.of_index(layout.ATTRIBUTES, self.attributes_key)

    def _indexed(self, path: str) -> Path:
        return layout.fill(path, dataset=self.name, digest=self.index_key.digest)

    def of_index(self, path: str, key: Key) -> Path:
        """Return the path of an artifact that lies beside the manifest and has a key of its own."""
        return layout.fill(path, dataset=self.name, index=self.index_key.digest, digest=key.digest)
