"""The networks of the training scenario: what they learn from and are tested on, and where they lie."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bauta.anonymize import CONTROLS
from bauta.config.training import Training
from bauta.errors import ConfigError
from bauta.express import LEARNS, REAL
from bauta.io import layout
from bauta.io.keyed_names import join_digest
from bauta.keys.key import Key
from bauta.plan.dataset import DatasetPlan
from bauta.plan.sets import AnonymizedSet

ORIGINALS = {"backend": "original", "setting": "clear"}
"""The wildcards of the networks that see no anonymized face."""


@dataclass(frozen=True)
class Learner:
    """One training of a recipe; the set that it learns from, if any, is in the path.

    Attributes:
        recipe: A name in `train.recipe.RECIPES`.
        learns: A name in `express.LEARNS`.
        seed: Seed of the training.
        key: Cache key.
    """

    recipe: str
    learns: str
    seed: int
    key: Key

    @property
    def keyed(self) -> str:
        """Its name with the digest of its key, as used in paths."""
        return join_digest(f"{self.recipe}_{self.learns}_{self.seed}", self.key.digest)


@dataclass(frozen=True)
class TrainingPlan:
    """The networks that are trained on one dataset.

    Attributes:
        own: The dataset that they are trained on.
        tested: The datasets on whose clear faces they are tested, their own first.
        section: The section of the configuration.
    """

    own: DatasetPlan
    tested: tuple[DatasetPlan, ...]
    section: Training

    @property
    def sets(self) -> tuple[AnonymizedSet, ...]:
        """The sets that networks learn from: all but the controls, which stand for no release."""
        return tuple(item for item in self.own.sets.all if item.backend not in CONTROLS)

    @cached_property
    def learners(self) -> Mapping[str, Mapping[str, tuple[Learner, ...]]]:
        """Recipe → what is learnt from → its trainings, in the order of their seeds."""
        return {
            recipe: {learns: tuple(self._trainings(recipe, learns)) for learns in LEARNS}
            for recipe in sorted(set(self.section.recipes))
        }

    def _trainings(self, recipe: str, learns: str) -> Iterator[Learner]:
        source = self.own.source
        parents = (self.own.faces.crop_key, source.split_key)
        for number in range(self.section.seeds):
            seed = source.config.seed + number
            config = {"recipe": recipe, "learns": learns, "seed": seed}
            yield Learner(recipe, learns, seed, Key("train_learner", config, parents))

    def keyed(self, recipe: str) -> str:
        """Return a recipe's name with a digest that changes with its trainings, as used in paths.

        It is that of the first one: all of them have the same parents and versions.
        """
        return join_digest(recipe, self.learners[recipe][REAL][0].key.digest)

    def of(self, keyed: str) -> Learner:
        """Return the training with this name, as used in paths.

        Raises:
            ConfigError: the path belongs to another configuration.
        """
        found = [
            one
            for kinds in self.learners.values()
            for every in kinds.values()
            for one in every
            if one.keyed == keyed
        ]
        if not found:
            raise ConfigError(f"{self.own.name}: no training '{keyed}' in the configuration")
        return found[0]

    @cached_property
    def tested_keys(self) -> Mapping[str, Key]:
        """Cache keys of what networks read in a dataset, by its name; the network's key is in its path."""
        return {
            plan.name: Key(
                "express_learner", {"tested": plan.name}, (plan.faces.crop_key, plan.source.split_key)
            )
            for plan in self.tested
        }

    def tested_as(self, keyed: str) -> DatasetPlan:
        """Return the dataset with this name, as used in paths.

        Raises:
            ConfigError: the path belongs to another configuration.
        """
        for plan in self.tested:
            if self._tested(plan) == keyed:
                return plan
        raise ConfigError(f"{self.own.name}: its networks are not tested on '{keyed}' in the configuration")

    def _tested(self, plan: DatasetPlan) -> str:
        return join_digest(plan.name, self.tested_keys[plan.name].digest)

    # --- paths

    def network(self, learner: Learner, item: AnonymizedSet) -> Path:
        """Return the folder of a network; one that sees no anonymized face is the same for all sets."""
        return self.own.faces.path(layout.LEARNER, learner=learner.keyed, **_place(learner, item))

    def posteriors(self, learner: Learner, item: AnonymizedSet, tested: DatasetPlan) -> Path:
        """Return the path of what a network reads in the clear faces of a dataset."""
        return self.own.faces.path(
            layout.LEARNER_POSTERIORS,
            learner=learner.keyed,
            tested=self._tested(tested),
            **_place(learner, item),
        )

    def read(self, recipe: str, item: AnonymizedSet) -> list[Path]:
        """List everything that the networks of a recipe and a set read: by test set, by what was learnt."""
        return [
            self.posteriors(learner, item, tested)
            for tested in self.tested
            for trainings in self.learners[recipe].values()
            for learner in trainings
        ]

    def paths(self) -> Iterator[tuple[str, Path]]:
        """List the cached artifacts, each with what it is, in words for a person."""
        for item in self.sets:
            yield "training faces", self.own.sets.training(item)
            yield from (("posteriors", self.own.teachers.training(name)) for name in item.teachers)
        for recipe, kinds in self.learners.items():
            for item in self.sets:
                for trainings in kinds.values():
                    yield from (("trained networks", self.network(learner, item)) for learner in trainings)
                yield from (("posteriors of trained networks", path) for path in self.read(recipe, item))


def _place(learner: Learner, item: AnonymizedSet) -> dict[str, str]:
    return ORIGINALS if learner.learns == REAL else {"backend": item.backend, "setting": item.setting}
