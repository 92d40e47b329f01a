"""Inputs and parameters of the rules that measure."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.config.datasets import SynthfacesDataset
from bauta.io import layout
from bauta.io.keyed_names import split_digest
from bauta.plan import DatasetPlan
from bauta.workflow.rule_inputs import Params, RuleInputs, Wildcards, key_in, lending, stage_params


@dataclass(frozen=True)
class MeasurementInputs:
    """Every method is an input or params function of a rule."""

    inputs: RuleInputs

    def attack_clear(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `attack_clear`."""
        return self._measure("attack_clear", wildcards, {"pairs": self._pairs(wildcards)})

    def attack(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `attack`: those of a measurement, the protocols and the pairs."""
        return self._measure("attack", wildcards, {"pairs": self._pairs(wildcards)})

    def adapt(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `adapt`."""
        return self._measure("adapt", wildcards)

    def soft(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `soft`."""
        return self._measure("soft", wildcards)

    def suite(self, wildcards: Any) -> Params:
        """Return the parameters of `suite`: those of a measurement, and what each store shows."""
        plan = self.inputs.dataset(wildcards)
        item = plan.sets.of(wildcards.backend, wildcards.setting)
        seen = [
            {
                "view": view.name,
                "recognizer": split_digest(recognizer)[0] if view.by_recognizer else None,
                "jpeg": view.jpeg,
            }
            for view, recognizer in plan.seen(item)
        ]
        return self._measure("suite", wildcards, {"seen": seen, **lending(plan)})

    def expression(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `expression`."""
        return self._measure("expression", wildcards)

    def agreement(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `agreement`, with the teachers in the order of their posteriors."""
        return self._measure("agreement", wildcards)

    def all_clear_posteriors(self, wildcards: Wildcards) -> list[Path]:
        """Return the posteriors of the originals by the teachers that `agreement` compares."""
        teachers = self.inputs.dataset(wildcards).teachers
        return [teachers.originals(name) for name in teachers.with_weights]

    def significance(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `significance`, with the sets in the order of their posteriors."""
        return self._measure("significance", wildcards)

    def compared_posteriors(self, wildcards: Any) -> list[Path]:
        """Return the posteriors of the sets that `significance` compares."""
        plan = self.inputs.dataset(wildcards)
        name, _ = split_digest(wildcards.teacher)
        compared = self.inputs.plan.measurements[plan.name].compared
        return [plan.teachers.anonymized(name, item) for item in compared]

    def training(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `training`, with the datasets in the order of their posteriors."""
        return self._measure("training", wildcards)

    def realism(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `realism`: those of a measurement and the metrics."""
        return self._measure("realism", wildcards)

    def estimate(self, wildcards: Any) -> Params:
        """Return the parameters of `estimate_originals` and `estimate_anonymized`."""
        plan = self.inputs.dataset(wildcards)
        key = key_in(plan, plan.estimators.keys, wildcards.estimator)
        return stage_params(self.inputs.crop_config(), key)

    def located(self, wildcards: Any) -> list[Path]:
        """Return the landmarks of the originals that an estimator works on, if they are computed anyway."""
        plan = self.inputs.dataset(wildcards)
        name, _ = split_digest(wildcards.estimator)
        return [plan.faces.landmarks(name)] if plan.estimators.located(name) else []

    def clear_estimates(self, wildcards: Any) -> Path:
        """Return the estimates in the originals."""
        faces = self.inputs.dataset(wildcards).faces
        return faces.path(layout.CLEAR_ESTIMATES, estimator=wildcards.estimator)

    def anonymized_estimates(self, wildcards: Any) -> Path:
        """Return the estimates in an anonymized set."""
        faces = self.inputs.dataset(wildcards).faces
        place = {"backend": wildcards.backend, "setting": wildcards.setting}
        return faces.path(layout.ANONYMIZED_ESTIMATES, estimator=wildcards.estimator, **place)

    def truth(self, wildcards: Wildcards) -> list[Path]:
        """Return the ground truth of rendered faces; nothing is known of photographs."""
        plan = self.inputs.dataset(wildcards)
        return [plan.source.truth] if isinstance(plan.dataset, SynthfacesDataset) else []

    def preservation(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `preservation`."""
        return self._measure("preservation", wildcards)

    def coverage(self, wildcards: Wildcards) -> Params:
        """Return the parameters of `coverage`: those of a measurement and the crop contract."""
        return self._measure("coverage", wildcards, {"crop": self.inputs.plan.config.crop.model_dump()})

    def audit(self, wildcards: Any) -> Params:
        """Return the parameters of `audit`: those of a measurement and of `anonymize`."""
        return self._measure("audit", wildcards, self.inputs.anonymize(wildcards)["config"])

    def pair_files(self, wildcards: Wildcards) -> list[Path]:
        """Return the files that name pairs to verify, for a dataset that has some."""
        return list(self.inputs.dataset(wildcards).pair_files)

    def _pairs(self, wildcards: Wildcards) -> Params | None:
        plan = self.inputs.dataset(wildcards)
        if not plan.pair_files:
            return None
        sha256 = self.inputs.plan.measurements[wildcards.dataset].config("attack_clear")["pairs"]
        paths = [str(path) for path in plan.pair_files]
        return {"paths": paths, "form": plan.dataset.pair_format, "sha256": sha256}

    def _measure(self, kind: str, wildcards: Any, values: Params | None = None) -> Params:
        """Return the content of a measurement's key with further parameters, and what is measured."""
        plan = self.inputs.dataset(wildcards)
        key = self.inputs.plan.measurements[plan.name].keys[kind]
        self.inputs.check_digest(wildcards, "digest", key.digest)
        place = {"dataset": plan.name, **_set_of(plan, wildcards), **_model_of(wildcards)}
        return {**stage_params({**key.config, **(values or {})}, key), "place": place}


def _set_of(plan: DatasetPlan, wildcards: Any) -> dict[str, str]:
    """Backend and setting of the measured set."""
    if not hasattr(wildcards, "setting"):
        return {"backend": "original", "setting": "clear"}
    return {"backend": wildcards.backend, "setting": plan.sets.of(wildcards.backend, wildcards.setting).name}


def _model_of(wildcards: Any) -> dict[str, str]:
    """The recognizer, teacher, estimator or recipe of the measurement, if it has one."""
    named = (getattr(wildcards, kind, None) for kind in ("recognizer", "teacher", "estimator", "recipe"))
    name = next(filter(None, named), None)
    return {} if name is None else {"model": split_digest(name)[0]}
