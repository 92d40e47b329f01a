"""The run: its datasets, its measurements, its results and the models that it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bauta.config.model_store import model_store
from bauta.config.models import Config
from bauta.config.pooled import PooledTeacher
from bauta.detect import DETECTORS
from bauta.errors import ConfigError
from bauta.express import TEACHERS, TRAINED
from bauta.io import layout
from bauta.io.fingerprint import Fingerprints
from bauta.io.keyed_names import join_digest
from bauta.keys.key import Key
from bauta.landmarks import LANDMARKERS
from bauta.metrics import MEASURES
from bauta.models.store import ModelStore
from bauta.models.usage import hashes_of
from bauta.parse import PARSERS
from bauta.plan.dataset import DatasetPlan
from bauta.plan.measurements import Measurements
from bauta.plan.pictures import Pictures
from bauta.plan.pooled import PooledPlan, pooled_avatar, pooled_generator
from bauta.plan.training import TrainingPlan
from bauta.preserve import ESTIMATORS
from bauta.recognize import RECOGNIZERS
from bauta.registry import Card


@dataclass(frozen=True)
class Plan:
    """All artifacts of a run."""

    config: Config
    fingerprints: Fingerprints = field(default_factory=Fingerprints)

    @cached_property
    def datasets(self) -> Mapping[str, DatasetPlan]:
        """By name."""
        lending = self.config.attacks.people
        lender = None if lending is None else self._dataset(lending)
        return {
            name: lender if lender and name == lending else self._dataset(name, lender)
            for name in self.config.datasets
        }

    def _dataset(self, name: str, lender: DatasetPlan | None = None) -> DatasetPlan:
        return DatasetPlan(
            name, self.config.datasets[name], self.config, self.models, self.fingerprints, lender
        )

    @cached_property
    def models(self) -> ModelStore:
        """The store of model files."""
        return model_store(self.config.models)

    # --- measurements

    @property
    def results(self) -> Path:
        """Folder of the run's results."""
        return layout.RESULTS / self.config.run

    @cached_property
    def measurements(self) -> Mapping[str, Measurements]:
        """The measurements of each dataset."""
        return {
            name: Measurements(plan, self.results, self.training.get(name))
            for name, plan in self.datasets.items()
        }

    @cached_property
    def training(self) -> Mapping[str, TrainingPlan]:
        """The networks of the training scenario, by the dataset that they are trained on."""
        section = self.config.training
        if section is None:
            return {}
        found = {}
        for name in section.datasets:
            tested = [self.datasets[other] for other in sorted({*section.tested} - {name})]
            found[name] = TrainingPlan(self.datasets[name], (self.datasets[name], *tested), section)
        return found

    def all_measurements(self) -> list[Path]:
        """List every measurement of the run."""
        return [path for part in self.measurements.values() for path in part.paths()]

    def limits(self) -> dict[str, dict[str, Any]]:
        """Return what each dataset cannot support."""
        return {name: plan.limits for name, plan in self.datasets.items()}

    # --- results

    @cached_property
    def whole(self) -> dict[str, Any]:
        """The configuration of the results, without the keys that do not affect them."""
        unused = {"models", "pooled_teacher", "pooled_generator", "pooled_avatar"}
        config = self.config.model_dump(mode="json", exclude=unused)
        for dataset in config["datasets"].values():
            del dataset["push_crops"]
            # What is read is in the keys of the measurements.
            dataset.pop("attributes", None)
            del dataset["deca"]
        del config["attacks"]["attributes"]
        # Only the pictures depend on it.
        del config["frontier"]["style"]
        # Keys of runs without further candidates stay as they were before candidates could be named.
        if not self.config.attacks.adaptive.candidates:
            del config["attacks"]["adaptive"]["candidates"]
        # Likewise of runs in which nobody lends people.
        if self.config.attacks.people is None:
            del config["attacks"]["people"]
        # And of runs without tests between sets, estimators or a training scenario.
        if not self.config.frontier.compare:
            del config["frontier"]["compare"]
        if not self.config.preservation:
            del config["preservation"]
        if self.config.training is None:
            del config["training"]
        return config

    @cached_property
    def result_keys(self) -> Mapping[str, Key]:
        """Cache keys of the frontier, the plots and the report."""
        frontier = Key(
            "frontier",
            {
                "config": self.whole,
                "limits": self.limits(),
                "measurements": sorted(map(str, self.all_measurements())),
                "models": self.model_hashes(),
            },
        )
        # Sheets of faces have no style.
        style, sheet = self.config.frontier.style, Key("plot", {}, (frontier,))
        plot = sheet if style == "screen" else Key("plot", {"style": style}, (frontier,))
        return {"frontier": frontier, "plot": plot, "sheet": sheet, "report": Key("report", {}, (plot,))}

    def made(self, result: str, name: str = "") -> Path:
        """Return the stamp file that ties a result to this configuration; see `bauta.io.stamps`.

        Args:
            result: A name in `result_keys`.
            name: Name of the file, for a rule that writes several.
        """
        digest = self.result_keys[result].digest
        return self.results / layout.fill(layout.STAMP, result=result, name=name, digest=digest)

    def marks(self) -> list[Path]:
        """List the stamp files of all results."""
        pictures = [self.made("plot", path.stem) for path in self.drawn.plots]
        sheets = [self.made("sheet", path.stem) for path in self.drawn.sheets]
        return [self.made("frontier"), *pictures, *sheets, self.made("report")]

    def pictures(self) -> list[Path]:
        """List every picture of the run: plots of numbers, and sheets of faces."""
        return [*self.drawn.plots, *self.drawn.sheets]

    @cached_property
    def drawn(self) -> Pictures:
        """The pictures by kind, and the files beside them."""
        return Pictures(self.results, self.datasets, tuple(self.config.frontier.pairs))

    def verdicts(self) -> list[Path]:
        """List the verdicts of all datasets that are scored."""
        return [plan.verdict for plan in self.datasets.values() if plan.scored]

    def crop_labels(self) -> list[Path]:
        """List the landmarks and parsing of every dataset by every model of the configuration."""
        return [
            path
            for plan in self.datasets.values()
            for path in (
                *map(plan.faces.landmarks, self.config.landmarks),
                *map(plan.faces.parsing, self.config.parsing),
            )
        ]

    # --- the pooled teacher

    @property
    def pooled(self) -> PooledTeacher:
        """Return the configuration section of the pooled teacher.

        Raises:
            ConfigError: the configuration has none.
        """
        if self.config.pooled_teacher is None:
            raise ConfigError("pooled_teacher: name the datasets to train on, as config/teacher.yaml does")
        return self.config.pooled_teacher

    @cached_property
    def pooled_key(self) -> Key:
        """Cache key of the pooled teacher; the order of its datasets matters."""
        section = self.pooled
        plans = {name: self.datasets[name] for name in section.datasets}
        parents = [key for plan in plans.values() for key in (plan.faces.crop_key, plan.source.split_key)]
        parents += [plans[name].teachers.keys[teacher] for name, teacher in section.pseudo_labels.items()]
        parents += [plans[name].sets.labelled(label).key for name, label in section.anonymized.items()]
        return Key("train_teacher", {**section.keyed, "seed": self.config.seed}, tuple(parents))

    @property
    def pooled_teacher(self) -> Path:
        """Folder of the pooled teacher."""
        teacher = join_digest(self.pooled.recipe, self.pooled_key.digest)
        return layout.fill(layout.POOLED_TEACHER, teacher=teacher)

    # --- generators

    def generator_pictures(self) -> list[Path]:
        """List the loss curves of every generator, and the sample sheets of people who consented."""
        found = []
        for plan in self.datasets.values():
            names = ["curves", "samples"] if plan.dataset.contact_sheet else ["curves"]
            trained = [item.trained for item in plan.sets.all if item.trained] if plan.scored else []
            found += [
                self.results
                / layout.fill(layout.GENERATOR_PICTURE, dataset=plan.name, generator=generator, picture=name)
                for generator in trained
                for name in names
            ]
        return found

    @cached_property
    def pooled_generator(self) -> PooledPlan:
        """Return the generator that is trained on several datasets.

        Raises:
            ConfigError: the configuration has none.
        """
        section = self.config.pooled_generator
        if section is None:
            raise ConfigError(
                "pooled_generator: name the datasets to train on, as config/generator.yaml does"
            )
        return pooled_generator(section, self.datasets, self.config.seed, self.models)

    @cached_property
    def pooled_avatar(self) -> PooledPlan:
        """Return the avatar's book that is learnt on several datasets.

        Raises:
            ConfigError: the configuration has none.
        """
        section = self.config.pooled_avatar
        if section is None:
            raise ConfigError("pooled_avatar: name the datasets to learn from, as config/avatar.yaml does")
        return pooled_avatar(section, self.datasets, self.config.seed, self.models)

    # --- models

    @property
    def implementations(self) -> list[Card]:
        """All implementations of the run that may load model files, by room."""
        config = self.config
        detectors = [*(plan.faces.detector for plan in self.datasets.values()), config.crop.detector]
        pretrained = [name for name in config.teachers if name not in TRAINED]
        pretrained += [name for plan in self.datasets.values() for name in plan.teachers.named_elsewhere]
        named = (
            (DETECTORS, detectors),
            (LANDMARKERS, config.landmarks),
            (PARSERS, config.parsing),
            (RECOGNIZERS, config.recognizers),
            (TEACHERS, pretrained),
            (ESTIMATORS, config.preservation),
        )
        cards = [registry[name] for registry, names in named for name in names]
        return list(dict.fromkeys([*cards, *self.realism_models]))

    @property
    def realism_models(self) -> list[Card]:
        """The image quality metrics that need a network."""
        return [MEASURES[name] for name in self.config.realism if name in MEASURES]

    @property
    def anonymizer_models(self) -> list[str]:
        """Return the model files that the anonymizers' settings load or are trained with."""
        grid = self.config.anonymizers
        settings = [setting for backend in grid.root for setting in grid.settings(backend).values()]
        return list(dict.fromkeys(name for setting in settings for name in setting.models))

    @property
    def model_names(self) -> list[str]:
        """List every model file of the run."""
        used = [model for card in self.implementations for model in card.files]
        generator = self.pooled_generator.model_names if self.config.pooled_generator else ()
        avatar = self.pooled_avatar.model_names if self.config.pooled_avatar else ()
        return list(dict.fromkeys([*used, *self.anonymizer_models, *generator, *avatar]))

    def model_hashes(self) -> dict[str, dict[str, str]]:
        """Return the SHA-256 of every model file of the run, by the implementation that loads it."""
        by_name: dict[str, dict[str, str]] = {}
        for card in self.implementations:
            by_name.setdefault(card.name, {}).update(hashes_of(card.files, self.models))
        return by_name | {name: hashes_of([name], self.models) for name in self.anonymizer_models}

    def check_models(self, *, fetching: bool = False) -> None:
        """Stop a run whose models are unavailable before any of its jobs starts.

        Args:
            fetching: Whether the run only fetches them, in which case a hash need not be known yet.

        Raises:
            ModelError: a model cannot be found, has terms that are not accepted, or is unknown.
        """
        for name in self.model_names:
            self.models.check_available(name)
            if not fetching:
                self.models.check_pinned(name)
