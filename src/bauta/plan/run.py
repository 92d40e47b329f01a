"""The run: its datasets, its measurements, its results and the models that it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bauta.config.models import Config, PooledTeacher
from bauta.errors import ConfigError
from bauta.express import ADAPTED, TRAINED
from bauta.fingerprint import Fingerprints
from bauta.keys import Key
from bauta.models.configured import model_store
from bauta.models.store import ModelStore
from bauta.models.usage import USED_BY, hashes_of, hashes_used_by
from bauta.plan.dataset import DatasetPlan
from bauta.plan.measurements import Measurements
from bauta.plan.pooled import PooledGeneratorPlan


@dataclass(frozen=True)
class Plan:
    """All artifacts of a run."""

    config: Config
    fingerprints: Fingerprints = field(default_factory=Fingerprints)

    @cached_property
    def datasets(self) -> Mapping[str, DatasetPlan]:
        """By name."""
        return {
            name: DatasetPlan(name, dataset, self.config, self.models, self.fingerprints)
            for name, dataset in self.config.datasets.items()
        }

    @cached_property
    def models(self) -> ModelStore:
        """Where model files are found."""
        return model_store(self.config.models)

    # --- measurements

    @property
    def results(self) -> Path:
        """Folder of what a person reads."""
        return Path("results") / self.config.run

    @cached_property
    def measurements(self) -> Mapping[str, Measurements]:
        """What is measured, by dataset."""
        return {name: Measurements(plan, self.results) for name, plan in self.datasets.items()}

    def all_measurements(self) -> list[Path]:
        """Every measurement of the run."""
        return [path for part in self.measurements.values() for path in part.paths()]

    def limits(self) -> dict[str, dict[str, Any]]:
        """What each dataset cannot support."""
        return {name: plan.limits for name, plan in self.datasets.items()}

    # --- what a person reads

    @cached_property
    def whole(self) -> dict[str, Any]:
        """The configuration of the results: without what changes nothing in them."""
        config = self.config.model_dump(mode="json", exclude={"models", "pooled_teacher", "pooled_generator"})
        for dataset in config["datasets"].values():
            del dataset["push_crops"]
        return config

    @cached_property
    def result_keys(self) -> Mapping[str, Key]:
        """Of the frontier, of the pictures and of the report."""
        frontier = Key(
            "frontier",
            {
                "config": self.whole,
                "limits": self.limits(),
                "measurements": sorted(map(str, self.all_measurements())),
                "models": self.model_hashes(),
            },
        )
        plot = Key("plot", {}, (frontier,))
        return {"frontier": frontier, "plot": plot, "report": Key("report", {}, (plot,))}

    def made(self, result: str, name: str = "") -> Path:
        """The mark that a result is that of this configuration; see `bauta.made`.

        Args:
            result: A name of `result_keys`.
            name: Name of the file, where a rule makes several.
        """
        return self.results / ".made" / result / name / self.result_keys[result].digest

    def marks(self) -> list[Path]:
        """The marks of all results."""
        pictures = [self.made("plot", path.stem) for path in self.pictures()]
        return [self.made("frontier"), *pictures, self.made("report")]

    def pictures(self) -> list[Path]:
        """Every plot of the run."""
        folder = self.results / "plots"
        found = [folder / f"{name}-frontier.png" for name in self.config.frontier.pairs]
        for plan in self.datasets.values():
            kinds = ["frontier"]
            if plan.dataset.identities is None:
                kinds += ["attackers", "similarity"]
            if ADAPTED.keys() & set(plan.teachers) and plan.dataset.identities is None:
                kinds.append("readers")
            if plan.teachers and plan.dataset.labelled:
                kinds.append("confusion")
            if plan.dataset.contact_sheet:
                kinds.append("contact_sheet")
            found += [folder / f"{plan.name}-{kind}.png" for kind in kinds]
        return found

    def crop_labels(self) -> list[Path]:
        """Landmarks and parsing of every dataset by every model of the configuration."""
        return [
            path
            for plan in self.datasets.values()
            for path in (
                *map(plan.landmarks_path, self.config.landmarks),
                *map(plan.parsing_path, self.config.parsing),
            )
        ]

    # --- the pooled teacher

    @property
    def pooled(self) -> PooledTeacher:
        """The section of the pooled teacher.

        Raises:
            ConfigError: the configuration has none.
        """
        if self.config.pooled_teacher is None:
            raise ConfigError("pooled_teacher: name the datasets to train on, as config/teacher.yaml does")
        return self.config.pooled_teacher

    @cached_property
    def pooled_key(self) -> Key:
        """Of the pooled teacher; its datasets count in their order."""
        plans = [self.datasets[name] for name in self.pooled.datasets]
        parents = tuple(key for plan in plans for key in (plan.crop_key, plan.split_key))
        config = {**self.pooled.model_dump(), "seed": self.config.seed}
        return Key("train_teacher", config, parents)

    @property
    def pooled_teacher(self) -> Path:
        """The pooled teacher's folder."""
        return Path("cache/teachers") / f"{self.pooled.recipe}-{self.pooled_key.digest}"

    # --- generators

    def generator_pictures(self) -> list[Path]:
        """Loss curves of every generator of the run, and sample sheets of people who agreed."""
        found = []
        for plan in self.datasets.values():
            names = ["curves", "samples"] if plan.dataset.contact_sheet else ["curves"]
            for item in plan.sets if plan.scored else ():
                if item.trained is not None:
                    folder = self.results / "generators" / plan.name
                    found += [folder / f"{item.trained}-{name}.png" for name in names]
        return found

    @cached_property
    def pooled_generator(self) -> PooledGeneratorPlan:
        """The generator that is trained on several datasets.

        Raises:
            ConfigError: the configuration has none.
        """
        section = self.config.pooled_generator
        if section is None:
            raise ConfigError(
                "pooled_generator: name the datasets to train on, as config/generator.yaml does"
            )
        names = (*section.photographs, *section.expressions)
        return PooledGeneratorPlan(
            section, tuple(self.datasets[name] for name in names), self.config.seed, self.models
        )

    # --- models

    @property
    def implementations(self) -> list[str]:
        """Everything of the run that may load model files."""
        config = self.config
        detectors = [plan.detector for plan in self.datasets.values()]
        pretrained = [name for name in config.teachers if name not in TRAINED]
        names = [*detectors, config.crop.detector, *config.landmarks, *config.parsing, *config.recognizers]
        return list(dict.fromkeys([*names, *pretrained, *self.realism_models]))

    @property
    def realism_models(self) -> list[str]:
        """The measures of picture quality that need a network."""
        return [name for name in self.config.realism if name in USED_BY]

    @property
    def anonymizer_models(self) -> list[str]:
        """The model files that the settings of the anonymizers load, or that train them."""
        grid = self.config.anonymizers
        settings = [setting for backend in grid.root for setting in grid.settings(backend).values()]
        return list(dict.fromkeys(name for setting in settings for name in setting.models))

    @property
    def model_names(self) -> list[str]:
        """Every model file of the run."""
        used = [model for name in self.implementations for model in USED_BY[name]]
        generator = self.pooled_generator.model_names if self.config.pooled_generator else ()
        return list(dict.fromkeys([*used, *self.anonymizer_models, *generator]))

    def model_hashes(self) -> dict[str, dict[str, str]]:
        """SHA-256 of every model file of the run, by the implementation that loads it."""
        by_name = {name: hashes_used_by(name, self.models) for name in self.implementations}
        return by_name | {name: hashes_of([name], self.models) for name in self.anonymizer_models}

    def check_models(self, *, fetching: bool = False) -> None:
        """Refuse a run whose models cannot be had, before any of its jobs starts.

        Args:
            fetching: Whether the run only fetches them; then a hash need not be known yet.

        Raises:
            ModelError: for the first model that is nowhere, under terms that are not accepted, or unknown.
        """
        for name in self.model_names:
            self.models.check_available(name)
            if not fetching:
                self.models.check_pinned(name)
