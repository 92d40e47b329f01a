"""One dataset of a run: its parts, in the order of the stages, and the measurements that it supports."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from bauta.attack.views import VIEWS
from bauta.config.datasets import Dataset
from bauta.config.models import Config
from bauta.errors import ConfigError
from bauta.express import TRAINED
from bauta.io import layout
from bauta.io.fingerprint import Fingerprints
from bauta.keys.key import Key
from bauta.models.store import ModelStore
from bauta.plan.estimators import EstimatorsPlan
from bauta.plan.faces import FacesPlan
from bauta.plan.people import PeoplePlan
from bauta.plan.recognizers import RecognizersPlan
from bauta.plan.sets import AnonymizedSet, SetsPlan
from bauta.plan.source import SourcePlan
from bauta.plan.teachers import TeachersPlan
from bauta.plan.views import ReleaseView, ViewsPlan


@dataclass(frozen=True)
class DatasetPlan:
    """All cached artifacts of one dataset.

    Attributes:
        name: Name of the dataset.
        dataset: Its section of the configuration.
        config: The whole configuration.
        models: The store of model files.
        fingerprints: Fingerprints of the folders of raw data.
        lender: The dataset that lends attackers its people; None if they are of this one.
    """

    name: str
    dataset: Dataset
    config: Config
    models: ModelStore
    fingerprints: Fingerprints
    lender: Self | None = None

    @cached_property
    def source(self) -> SourcePlan:
        """The images, the manifest and the split."""
        return SourcePlan(self.name, self.dataset, self.config, self.fingerprints)

    @cached_property
    def faces(self) -> FacesPlan:
        """The detections, the alignment, the crops, the landmarks and the parsing."""
        return FacesPlan(self.source, self.models)

    @cached_property
    def sets(self) -> SetsPlan:
        """The anonymized sets, and the generators that are trained for them."""
        return SetsPlan(
            self.faces, self.teachers.shown, next(iter(self.teachers.of_originals), None), self._unread
        )

    @cached_property
    def recognizers(self) -> RecognizersPlan:
        """The recognizers and the embeddings."""
        return RecognizersPlan(self.faces)

    @cached_property
    def people(self) -> PeoplePlan:
        """The people who are not scored, on whom attackers learn and choose, here or on other datasets."""
        return PeoplePlan(self.faces, self.sets, self.recognizers)

    @cached_property
    def views(self) -> ViewsPlan:
        """The attacker's own people and his views of the sets."""
        return ViewsPlan(self.faces, (self.lender or self).people)

    def seen(self, item: AnonymizedSet) -> list[tuple[ReleaseView, str]]:
        """The views of a set, each with the recognizers with which it is looked at, as used in paths.

        The light blur is looked at in the first of the releases only. The order of the recognizers in the
        configuration changes nothing.
        """
        names = sorted(self.recognizers.attackers)
        seen = self.views.seen(item, [self.recognizers.keyed(name) for name in names])
        first = self.config.attacks.jpeg[0]
        return [one for one in seen if item in self.sets.all or one[0].jpeg == first]

    @property
    def restored(self) -> list[tuple[AnonymizedSet, ReleaseView, str]]:
        """The sets of the configuration of which views see pictures, the view, and a recognizer.

        Only the first of the releases, by the first recognizer.
        """
        if not self.views.wanted:
            return []
        quality, first = self.config.attacks.jpeg[0], self.recognizers.keyed(min(self.recognizers.attackers))
        return [
            (item, view, recognizer)
            for item in self.sets.all
            for view, recognizer in self.seen(item)
            if VIEWS[view.name].restores and (view.jpeg, recognizer) == (quality, first)
        ]

    @property
    def attacked(self) -> tuple[AnonymizedSet, ...]:
        """The sets that are attacked: with views, the light blur beside those of the configuration."""
        return self.sets.attacked if self.views.wanted else self.sets.all

    @cached_property
    def teachers(self) -> TeachersPlan:
        """The teachers and the posteriors."""
        return TeachersPlan(self.faces)

    @cached_property
    def estimators(self) -> EstimatorsPlan:
        """The estimators and the estimates."""
        return EstimatorsPlan(self.faces)

    @property
    def scored(self) -> bool:
        """Whether anything is measured on the dataset; it may serve for training only."""
        return self.dataset.splits.score != "nothing"

    # --- what the dataset cannot support

    @property
    def limits(self) -> dict[str, Any]:
        """What follows from the configuration, in the form of `config.limits.Limits`."""
        sees: dict[str, dict[str, list[str]]] = {}
        taught: dict[str, dict[str, list[str]]] = {}
        for item in self.sets.all:
            sees.setdefault(item.backend, {})[item.name] = sorted(item.sees)
            if item.taught_by:
                taught.setdefault(item.backend, {})[item.name] = sorted(item.taught_by)
        told = {"identities": self.dataset.identities, "left_out": self.sets.left_out, "sees": sees}
        return {**told, "taught": taught} if taught else told

    @property
    def asked(self) -> dict[str, Any]:
        """The arguments with which `judge.judge_dataset` judges the split."""
        teachers = self.teachers.names
        return {
            "settings": {
                item.label: {"backend": item.backend, "options": item.options} for item in self.sets.all
            },
            "teachers": {name: name in TRAINED for name in sorted(teachers)},
            "identities": self.dataset.identities,
            "unread": None if teachers else self._unread,
            "pictures": not set(self.config.frontier.utility_columns).isdisjoint(self.config.realism),
        }

    @property
    def _unread(self) -> str:
        if not self.config.teachers:
            return "no teacher is configured; add one to teachers"
        return f"no teacher can be trained on it: {self.dataset.untrainable}; add a pretrained teacher"

    @cached_property
    def verdict_key(self) -> Key:
        """Cache key of the verdict."""
        return Key("judge", {"judged": self.asked}, (self.source.split_key,))

    @property
    def verdict(self) -> Path:
        """Path of the verdict: what is infeasible given the split."""
        return self.source.of_index(layout.VERDICT, self.verdict_key)

    def check_lender(self) -> None:
        """Reject a lender whose people cannot be anonymized like every set.

        Raises:
            ConfigError: see `PeoplePlan.lent`.
        """
        if self.views.wanted:
            for item in self.sets.all:
                self.views.own(item)

    # --- the dataset's own pairs

    @property
    def pair_files(self) -> tuple[Path, ...]:
        """The files that name pairs of images to verify; empty if the configuration names none."""
        return self.dataset.pair_files

    def check_pair_files(self) -> None:
        """Reject pairs that cannot be formed.

        Raises:
            ConfigError: a file is missing, or an image's id does not identify a single face.
        """
        if not self.pair_files:
            return
        if self.dataset.faces == "all":
            raise ConfigError(
                f"datasets.{self.name}.pairs: {self.pair_files[-1].name} names images, and faces: all takes "
                "several faces of one; use faces: central"
            )
        missing = next((path for path in self.pair_files if not path.is_file()), None)
        if missing is not None:
            raise ConfigError(
                f"datasets.{self.name}.pairs: the file {missing} does not exist; put it there or leave it out"
            )
