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
from bauta.io.fingerprint import file_fingerprint
from bauta.keys.key import Key
from bauta.keys.versions import VERSIONS
from bauta.metrics import MEASURES
from bauta.models.usage import hashes_of
from bauta.plan.dataset import DatasetPlan

PATHS: Mapping[str, str] = {
    "coverage": layout.COVERAGE,
    "audit": layout.AUDIT,
    "realism": layout.REALISM,
    "attack_clear": layout.ATTACK_CLEAR,
    "attack": layout.ATTACK,
    "suite": layout.SUITE,
    "adapt": layout.ADAPT,
    "expression": layout.EXPRESSION,
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
        redetector = config.crop.detector
        return {
            "attack_clear": Key("attack", pairs),
            "attack": Key("attack", {**pairs, "protocols": list(config.attacks.protocols)}),
            "adapt": Key("adapt", {**resampling, **self._candidates}),
            "suite": Key("suite", {**resampling, **self._suite}),
            "expression": Key("expression", resampling),
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
            "recognizers": [plan.recognizers.keyed(name) for name in plan.recognizers.attackers],
            "background": attacks.background,
            **self._candidates,
        }

    @property
    def _candidates(self) -> dict[str, Any]:
        """The attacks that compete with the adaptive attacker's own candidates, with their versions."""
        names = self.plan.config.attacks.adaptive.candidates
        return {"attacks": {name: VERSIONS[f"attack/{name}"] for name in names}} if names else {}

    @property
    def _pairs_sha256(self) -> str | None:
        path = self.plan.lfw_pairs
        return None if path is None else file_fingerprint(path)

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
        """List every measurement that the dataset supports.

        Raises:
            ConfigError: LFW's pairs cannot be formed, or the people of another dataset cannot be lent.
        """
        plan = self.plan
        plan.check_lfw_pairs()
        if not plan.scored:
            return
        plan.check_lender()
        attacks = ["attack", "adapt"] if plan.config.attacks.adaptive.enabled else ["attack"]
        recognizers = [plan.recognizers.keyed(name) for name in plan.recognizers.attackers]
        for recognizer in recognizers:
            yield self.path("attack_clear", recognizer=recognizer)
        for item in plan.sets.all:
            place = {"backend": item.backend, "setting": item.setting}
            for kind in ("coverage", "audit", "realism", *(("suite",) if plan.views.wanted else ())):
                yield self.path(kind, **place)
            for kind in attacks:
                yield from (self.path(kind, recognizer=name, **place) for name in recognizers)
            for name in plan.teachers.names:
                if plan.teachers.reads(name, item):
                    yield self.path("expression", teacher=plan.teachers.keyed(name), **place)
