"""The generator and the avatar's book that are learnt on several datasets for use on others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bauta.anonymize.avatar.settings import TEACHER
from bauta.anonymize.cgan.settings import SHIPPED_SETTING
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
class PooledPlan:
    """The key, the path and the inputs of what is learnt on several datasets.

    Attributes:
        stage: The stage that learns it.
        section: Its section of the configuration.
        datasets: The datasets that it is learnt on, in the order of the section.
        seed: Seed of the run.
        models: The store of model files.
        model_names: Names of the model files that the stage loads.
        name: The beginning of the name of its folder.
        folder: The folder of a name.
    """

    stage: str
    section: PooledGenerator | PooledAvatar
    datasets: tuple[DatasetPlan, ...]
    seed: int
    models: ModelStore
    model_names: tuple[str, ...]
    name: str
    folder: Callable[[str], Path]

    @cached_property
    def key(self) -> Key:
        """Cache key."""
        parents = tuple(
            key
            for plan in self.datasets
            for key in (plan.faces.crop_key, plan.faces.hull_key, plan.source.split_key)
        )
        config = {**self.section.model_dump(), "seed": self.seed}
        return Key(self.stage, config, parents, hashes_of(self.model_names, self.models))

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.folder(join_digest(self.name, self.key.digest))


def pooled_generator(
    section: PooledGenerator, datasets: Mapping[str, DatasetPlan], seed: int, models: ModelStore
) -> PooledPlan:
    """Plan the pooled generator; the networks in its loss are frozen."""
    return PooledPlan(
        "train_anonymizer",
        section,
        _pooled(section, datasets),
        seed,
        models,
        model_names=SHIPPED_SETTING.models,
        name="cgan",
        folder=lambda name: layout.fill(layout.POOLED_GENERATOR, generator=name),
    )


AVATAR_RECOGNIZERS = ("mobilefacenet", "mobilefacenet_casia")
"""The recognizers that must find nobody in an average; the first one also tells looks apart."""

AVATAR_PARSER = "light_unet"
"""The parser that tells heads from backgrounds."""


def pooled_avatar(
    section: PooledAvatar, datasets: Mapping[str, DatasetPlan], seed: int, models: ModelStore
) -> PooledPlan:
    """Plan the avatar's book, which a teacher, the recognizers and the parser help to learn."""
    recognizers = (RECOGNIZERS[name] for name in AVATAR_RECOGNIZERS)
    cards = (TEACHERS[TEACHER], *recognizers, PARSERS[AVATAR_PARSER])
    return PooledPlan(
        "learn_avatar",
        section,
        _pooled(section, datasets),
        seed,
        models,
        model_names=tuple(name for card in cards for name in card.files),
        name="avatar",
        folder=lambda name: layout.fill(layout.POOLED_AVATAR, book=name),
    )


def _pooled(
    section: PooledGenerator | PooledAvatar, datasets: Mapping[str, DatasetPlan]
) -> tuple[DatasetPlan, ...]:
    return tuple(datasets[name] for name in (*section.photographs, *section.expressions))
