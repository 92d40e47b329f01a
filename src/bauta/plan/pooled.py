"""The generator that is trained on several datasets, to be used on others."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bauta.anonymize.settings import TrainedCganSetting
from bauta.config.models import PooledGenerator
from bauta.keys import Key
from bauta.models.store import ModelStore
from bauta.models.usage import hashes_of
from bauta.plan.dataset import DatasetPlan


@dataclass(frozen=True)
class PooledGeneratorPlan:
    """Its key, its path and what it is made from.

    Attributes:
        section: Of the configuration.
        datasets: What it is trained on, in the order of the section.
        seed: Of the run.
        models: Where model files are found.
    """

    section: PooledGenerator
    datasets: tuple[DatasetPlan, ...]
    seed: int
    models: ModelStore

    @cached_property
    def key(self) -> Key:
        """Of the generator."""
        parents = tuple(
            key
            for plan in self.datasets
            for key in (plan.crop_key, plan.landmarks_keys[plan.config.landmarks[0]], plan.split_key)
        )
        config = {**self.section.model_dump(), "seed": self.seed}
        return Key("train_anonymizer", config, parents, hashes_of(self.model_names, self.models))

    @property
    def path(self) -> Path:
        """Its folder."""
        return Path("cache/generators") / f"cgan-{self.key.digest}"

    @property
    def model_names(self) -> tuple[str, ...]:
        """The frozen networks of its loss."""
        return TrainedCganSetting().models
