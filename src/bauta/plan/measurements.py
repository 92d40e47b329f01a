"""The measurements on a dataset: their keys and their files.

A measurement's path contains its key and the keys of its inputs, such as
`attack-<digest>/<recognizer>-<digest>/<backend>/<setting>-<digest>.json`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bauta.detect import DETECTORS
from bauta.io import layout
from bauta.io.fingerprint import files_fingerprint
from bauta.keys.key import Key
from bauta.keys.versions import VERSIONS
from bauta.metrics import MEASURES
from bauta.models.usage import hashes_of
from bauta.plan.dataset import DatasetPlan
from bauta.plan.sets import AnonymizedSet

PATHS: Mapping[str, str] = {
    "coverage": layout.COVERAGE,
    "audit": layout.AUDIT,
    "realism": layout.REALISM,
    "attack_clear": layout.ATTACK_CLEAR,
    "attack": layout.ATTACK,
    "suite": layout.SUITE,
    "adapt": layout.ADAPT,
    "soft": layout.SOFT,
    "expression": layout.EXPRESSION,
    "agreement": layout.AGREEMENT,
    "significance": layout.SIGNIFICANCE,
    "preservation": layout.PRESERVATION,
}
"""Kind of measurement → its path in the folder of the run."""


@dataclass(frozen=True)
class Measurements:
    """The measurements of one dataset in one run.

    Attributes:
        plan: The dataset.
        results: Folder of the run's results.
    """

    plan: DatasetPlan
    results: Path

    @cached_property
    def keys(self) -> Mapping[str, Key]:
        """Cache keys by the kind of measurement, with `attack_clear` beside `attack`."""
        config, plan = self.plan.config, self.plan
        resampling = {"seed": config.seed, "replicates": config.frontier.bootstrap}
        pairs = {**resampling, "pairs": self._pairs_sha256}
        networks = [file for name in config.realism if name in MEASURES for file in MEASURES[name].files]
        redetector, readers = config.crop.detector, plan.teachers.with_weights
        return {
            "attack_clear": Key("attack", pairs),
            "attack": Key("attack", {**pairs, "protocols": list(config.attacks.protocols)}),
            "adapt": Key("adapt", {**resampling, **self._candidates}),
            "suite": Key("suite", {**resampling, **self._suite}),
            **self._soft,
            **self._significance,
            "expression": Key("expression", resampling),
            "agreement": Key("agreement", {**resampling, "teachers": list(readers)}, tuple(readers.values())),
            "preservation": Key("preservation", resampling),
            "realism": Key(
                "realism",
                {**resampling, "metrics": list(config.realism)},
                models=hashes_of(networks, plan.models),
            ),
            # What the backend sees and loads is in the key of the set, which is in the path.
            "audit": Key("audit", {"seed": config.seed}),
            "coverage": Key(
                "coverage",
                {**resampling, "detector": redetector},
                models=hashes_of(DETECTORS[redetector].files, plan.models),
                implementation=f"detect/{redetector}",
            ),
        }

    @property
    def _suite(self) -> dict[str, Any]:
        """What the attack suite consists of."""
        plan = self.plan
        attacks, views = plan.config.attacks, plan.views
        return {
            "protocols": list(attacks.protocols),
            "views": [view.keyed for view in views.all],
            "recognizers": [plan.recognizers.keyed(name) for name in sorted(plan.recognizers.attackers)],
            "background": attacks.background,
            **self._candidates,
        }

    @property
    def _soft(self) -> dict[str, Key]:
        """The key of reading attributes, for a dataset that has some."""
        plan, config = self.plan, self.plan.config
        if not plan.source.attributed:
            return {}
        own = {
            "seed": config.seed,
            "replicates": config.frontier.bootstrap,
            "background": config.attacks.background,
        }
        return {"soft": Key("soft", own, (plan.source.attributes_key,))}

    @cached_property
    def compared(self) -> tuple[AnonymizedSet, ...]:
        """The sets that are tested against each other, none if there are fewer than two."""
        named = self.plan.config.frontier.compare
        found = tuple(item for item in self.plan.sets.all if item.backend in named)
        return found if len(found) > 1 else ()

    @property
    def _significance(self) -> dict[str, Key]:
        """The key of the tests between sets, for a configuration that asks for some."""
        if not self.compared:
            return {}
        config = self.plan.config
        own = {
            "seed": config.seed,
            "replicates": config.frontier.bootstrap,
            # The settings in paths contain the keys of the sets.
            "sets": [[item.backend, item.setting] for item in self.compared],
            "names": [[item.backend, item.name] for item in self.compared],
        }
        return {"significance": Key("significance", own)}

    @property
    def _candidates(self) -> dict[str, Any]:
        """The attacks that compete with the adaptive attacker's own candidates, with their versions."""
        names = self.plan.config.attacks.adaptive.candidates
        return {"attacks": {name: VERSIONS[f"attack/{name}"] for name in names}} if names else {}

    @property
    def _pairs_sha256(self) -> str | None:
        files = self.plan.pair_files
        return files_fingerprint(files) if files else None

    def config(self, kind: str) -> dict[str, Any]:
        """Return the configuration of a kind of measurement."""
        return dict(self.keys[kind].config)

    def path(self, kind: str, **wildcards: str) -> Path:
        """Return the path of a measurement.

        Args:
            kind: A name in `keys`.
            wildcards: Values for the wildcards of its path other than `dataset` and `digest`.
        """
        digest = self.keys[kind].digest
        return self.results / layout.fill(PATHS[kind], dataset=self.plan.name, digest=digest, **wildcards)

    def paths(self) -> Iterator[Path]:
        """List every measurement that the dataset supports; for errors, see `by_kind`."""
        return (path for _, path in self.by_kind())

    def by_kind(self) -> Iterator[tuple[str, Path]]:
        """List every measurement that the dataset supports, each with its kind.

        Raises:
            ConfigError: the pairs cannot be formed, or the people of another dataset cannot be lent.
        """
        plan = self.plan
        plan.check_pair_files()
        if not plan.scored:
            return
        plan.check_lender()
        for name in plan.recognizers.attackers:
            yield self._found("attack_clear", recognizer=plan.recognizers.keyed(name))
        if len(plan.teachers.with_weights) > 1:
            yield self._found("agreement")
        if self.compared:
            for name in plan.teachers.of_originals:
                yield self._found("significance", teacher=plan.teachers.keyed(name))
        for item in plan.sets.all:
            yield from self._of_set(item)
        if plan.views.wanted:
            for item in plan.attacked:
                yield self._found("suite", backend=item.backend, setting=item.setting)

    def _found(self, kind: str, **wildcards: str) -> tuple[str, Path]:
        return kind, self.path(kind, **wildcards)

    def _of_set(self, item: AnonymizedSet) -> Iterator[tuple[str, Path]]:
        """List what is measured on a set of the configuration."""
        recognizers, teachers = self.plan.recognizers, self.plan.teachers
        place = {"backend": item.backend, "setting": item.setting}
        for kind in ("coverage", "audit", "realism"):
            yield self._found(kind, **place)
        by_recognizer = {"attack": recognizers.attackers, "soft": recognizers.readers}
        if self.plan.config.attacks.adaptive.enabled:
            by_recognizer["adapt"] = recognizers.attackers
        for kind, names in by_recognizer.items():
            yield from (self._found(kind, recognizer=recognizers.keyed(name), **place) for name in names)
        for name in teachers.names:
            if teachers.reads(name, item):
                yield self._found("expression", teacher=teachers.keyed(name), **place)
        for name in self.plan.estimators.names:
            yield self._found("preservation", estimator=self.plan.estimators.keyed(name), **place)
