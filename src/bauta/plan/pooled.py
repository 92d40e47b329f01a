"""The generator and the avatar's book that are learnt on several datasets for use on others."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bauta.anonymize.avatar.settings import TEACHER
from bauta.anonymize.cgan.settings import TrainedCganSetting
from bauta.config.pooled import PooledAvatar, PooledGenerator
from bauta.express import TEACHERS
from bauta.io import layout
from bauta.io.keyed_names import join_digest
from bauta.keys.key import Key
from bauta.models.store import ModelStore
from bauta.models.usage import hashes_of
from bauta.parse import PARSERS
from bauta.plan.dataset import DatasetPlan
from bauta.recognize import RECOGNIZERS


@dataclass(frozen=True)
class PooledGeneratorPlan:
    """The key, the path and the inputs of the pooled generator.

    Attributes:
        section: Its section of the configuration.
        datasets: The datasets that it is trained on, in the order of the section.
        seed: Seed of the run.
        models: The store of model files.
    """

    section: PooledGenerator
    datasets: tuple[DatasetPlan, ...]
    seed: int
    models: ModelStore

    @cached_property
    def key(self) -> Key:
        """Cache key of the generator."""
        parents = tuple(
            key
            for plan in self.datasets
            for key in (plan.faces.crop_key, plan.faces.hull_key, plan.source.split_key)
        )
        config = {**self.section.model_dump(), "seed": self.seed}
        return Key("train_anonymizer", config, parents, hashes_of(self.model_names, self.models))

    @property
    def path(self) -> Path:
        """Its folder."""
        return layout.fill(layout.POOLED_GENERATOR, generator=join_digest("cgan", self.key.digest))

    @property
    def model_names(self) -> tuple[str, ...]:
        """Names of the model files of the frozen networks in its loss."""
        return TrainedCganSetting().models


AVATAR_RECOGNIZERS = ("mobilefacenet", "mobilefacenet_casia")
"""The recognizers that must find nobody in an average; the first one also tells looks apart."""

AVATAR_PARSER = "light_unet"
"""The parser that tells heads from backgrounds."""


@dataclass(frozen=True)
class PooledAvatarPlan:
    """The key, the path and the inputs of the avatar's book.

    Attributes:
        section: Its section of the configuration.
        datasets: The datasets that it is learnt on, in the order of the section.
        seed: Seed of the run.
        models: The store of model files.
    """

    section: PooledAvatar
    datasets: tuple[DatasetPlan, ...]
    seed: int
    models: ModelStore

    @cached_property
    def key(self) -> Key:
        """Cache key of the book."""
        parents = tuple(
            key
            for plan in self.datasets
            for key in (plan.faces.crop_key, plan.faces.hull_key, plan.source.split_key)
        )
        config = {**self.section.model_dump(), "seed": self.seed}
        return Key("learn_avatar", config, parents, hashes_of(self.model_names, self.models))

    @property
    def path(self) -> Path:
        """Its folder."""
        return layout.fill(layout.POOLED_AVATAR, book=join_digest("avatar", self.key.digest))

    @property
    def model_names(self) -> tuple[str, ...]:
        """Names of the model files of the teacher, the recognizers and the parser."""
        cards = (
            TEACHERS[TEACHER],
            *(RECOGNIZERS[name] for name in AVATAR_RECOGNIZERS),
            PARSERS[AVATAR_PARSER],
        )
        return tuple(name for card in cards for name in card.files)
