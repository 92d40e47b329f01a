"""What the rules that measure read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.workflow import Params, RuleInputs, Wildcards, stage_params


@dataclass(frozen=True)
class MeasurementInputs:
    """Every method is an input or params function of a rule."""

    inputs: RuleInputs

    def attack_clear(self, wildcards: Wildcards) -> Params:
        """Parameters of `attack_clear`."""
        return self._measure("attack_clear", wildcards, {"pairs": self._pairs(wildcards)})

    def attack(self, wildcards: Wildcards) -> Params:
        """Parameters of `attack`: those of a measurement, the protocols and LFW's pairs.txt."""
        return self._measure("attack", wildcards, {"pairs": self._pairs(wildcards)})

    def adapt(self, wildcards: Wildcards) -> Params:
        """Parameters of `adapt`."""
        return self._measure("adapt", wildcards)

    def expression(self, wildcards: Wildcards) -> Params:
        """Parameters of `expression`."""
        return self._measure("expression", wildcards)

    def realism(self, wildcards: Wildcards) -> Params:
        """Parameters of `realism`: those of a measurement and the metrics."""
        return self._measure("realism", wildcards)

    def coverage(self, wildcards: Wildcards) -> Params:
        """Parameters of `coverage`: those of a measurement and the crop contract."""
        return self._measure("coverage", wildcards, {"crop": self.inputs.plan.config.crop.model_dump()})

    def audit(self, wildcards: Any) -> Params:
        """Parameters of `audit`: those of a measurement and of `anonymize`."""
        return self._measure("audit", wildcards, self.inputs.anonymize(wildcards)["config"])

    def lfw_pairs(self, wildcards: Wildcards) -> list[Path]:
        """LFW's pairs.txt, for a dataset that has one."""
        path = self.inputs.dataset(wildcards).lfw_pairs
        return [] if path is None else [path]

    def _pairs(self, wildcards: Wildcards) -> Params | None:
        path = self.inputs.dataset(wildcards).lfw_pairs
        sha256 = self.inputs.plan.measurements[wildcards.dataset].config("attack_clear")["pairs"]
        return None if path is None else {"path": str(path), "sha256": sha256}

    def _measure(self, kind: str, wildcards: Any, values: Params | None = None) -> Params:
        """Seed, replicates and what else the key of a measurement holds, with the setting's name."""
        plan = self.inputs.dataset(wildcards)
        key = self.inputs.plan.measurements[plan.name].keys[kind]
        self.inputs.check_digest(wildcards, "digest", key.digest)
        named = {}
        if hasattr(wildcards, "setting"):
            named["setting"] = plan.set_of(wildcards.backend, wildcards.setting).name
        return stage_params({**key.config, **named, **(values or {})}, key)
