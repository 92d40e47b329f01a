"""What is measured on a dataset: the keys of the measurements, and the files that they make.

A measurement's path names its key, and the keys of what it reads, such as
`attack-<digest>/<recognizer>-<digest>/<backend>/<setting>-<digest>.json`.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bauta.keys import Key
from bauta.models.usage import USED_BY, hashes_used_by
from bauta.plan.dataset import DatasetPlan


@dataclass(frozen=True)
class Measurements:
    """The measurements of one dataset in one run.

    Attributes:
        plan: The dataset.
        results: Folder of the run's results.
    """

    plan: DatasetPlan
    results: Path

    @property
    def folder(self) -> Path:
        """Folder of the dataset's measurements."""
        return self.results / "measurements" / self.plan.name

    @cached_property
    def keys(self) -> Mapping[str, Key]:
        """By what is measured: the kind of a measurement, and `attack_clear`."""
        config, plan = self.plan.config, self.plan
        resampling = {"seed": config.seed, "replicates": config.frontier.bootstrap}
        pairs = {**resampling, "pairs": self._pairs_sha256}
        networks = [name for name in config.realism if name in USED_BY]
        redetector = config.crop.detector
        return {
            "attack_clear": Key("attack", pairs),
            "attack": Key("attack", {**pairs, "protocols": list(config.attacks.protocols)}),
            "adapt": Key("adapt", resampling),
            "expression": Key("expression", resampling),
            "realism": Key(
                "realism",
                {**resampling, "metrics": list(config.realism)},
                models={
                    model: sha256
                    for name in networks
                    for model, sha256 in hashes_used_by(name, plan.models).items()
                },
            ),
            # What the backend sees and loads is in the key of the set, which is in the path.
            "audit": Key("audit", {"seed": config.seed}),
            "coverage": Key(
                "coverage",
                {**resampling, "detector": redetector},
                models=hashes_used_by(redetector, plan.models),
                implementation=f"detect/{redetector}",
            ),
        }

    @property
    def _pairs_sha256(self) -> str | None:
        path = self.plan.lfw_pairs
        return None if path is None else hashlib.sha256(path.read_bytes()).hexdigest()

    def config(self, kind: str) -> dict[str, Any]:
        """What a measurement is made with."""
        return dict(self.keys[kind].config)

    def place(self, kind: str) -> Path:
        """Folder of the measurements of a kind."""
        return self.folder / f"{kind.partition('_')[0]}-{self.keys[kind].digest}"

    def paths(self) -> Iterator[Path]:
        """Every measurement that the dataset supports.

        Raises:
            ConfigError: LFW's pairs cannot be formed.
        """
        plan = self.plan
        plan.check_lfw_pairs()
        if not plan.scored:
            return
        attackers = [plan.recognizer(name) for name in plan.attackers]
        kinds = {"coverage": [""], "audit": [""], "realism": [""], "attack": attackers}
        if plan.config.attacks.adaptive.enabled:
            kinds["adapt"] = attackers
        for name in attackers:
            yield self.place("attack_clear") / name / "original" / "clear.json"
        for item in plan.sets:
            tail = Path(item.backend) / f"{item.setting}.json"
            kinds["expression"] = [plan.teacher(name) for name in plan.teachers if plan.reads(name, item)]
            for kind, models in kinds.items():
                yield from (self.place(kind) / model / tail for model in models)
