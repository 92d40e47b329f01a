"""Inputs and parameters of the rules of an attacker's people and his views."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.workflow.rule_inputs import Params, RuleInputs, key_in, stage_params


@dataclass(frozen=True)
class ViewInputs:
    """Every method is an input or params function of a rule."""

    inputs: RuleInputs

    def own_people(self, wildcards: Any) -> list[Path]:
        """Return the anonymized faces of the attacker's people, if the split has any."""
        plan = self.inputs.dataset(wildcards)
        item = plan.sets.of(wildcards.backend, wildcards.setting)
        return [plan.views.people(item)] if plan.views.has_people else []

    def own_embeddings(self, wildcards: Any) -> list[Path]:
        """Return the embeddings of the originals of the attacker's people, if the split has any."""
        plan = self.inputs.dataset(wildcards)
        return [plan.views.originals(wildcards.recognizer)] if plan.views.has_people else []

    def view_stores(self, wildcards: Any) -> list[Path]:
        """Return the stores of all views of a set, in the order of `suite`'s parameter `seen`."""
        plan = self.inputs.dataset(wildcards)
        item = plan.sets.of(wildcards.backend, wildcards.setting)
        return [plan.views.view(view, recognizer, item) for view, recognizer in plan.seen(item)]

    def people(self, wildcards: Any) -> Params:
        """Return the parameters of `embed_people`: how the attacker's people are drawn."""
        plan = self.inputs.dataset(wildcards)
        self.inputs.check_digest(wildcards, "people", plan.views.people_key.digest)
        key = key_in(plan, plan.recognizers.keys, wildcards.recognizer)
        return stage_params({**self.inputs.crop_config(), **self._drawn()}, key)

    def anonymize_people(self, wildcards: Any) -> Params:
        """Return the parameters of `anonymize_people`."""
        self.inputs.check_digest(wildcards, "people", self.inputs.dataset(wildcards).views.people_key.digest)
        params = self.inputs.anonymize(wildcards)
        return {**params, "config": {**params["config"], **self._drawn()}}

    def view(self, wildcards: Any) -> Params:
        """Return the parameters of `view`."""
        plan = self.inputs.dataset(wildcards)
        self.inputs.check_digest(wildcards, "people", plan.views.people_key.digest)
        found = plan.views.of(wildcards.view)
        config = {
            **self.inputs.anonymize(wildcards)["config"],
            "view": found.name,
            "jpeg": found.jpeg,
            **self._drawn(),
        }
        return stage_params(config, found.key)

    def _drawn(self) -> Params:
        """How the attacker's own people are drawn."""
        return {
            "background": self.inputs.plan.config.attacks.background,
            "seed": self.inputs.plan.config.seed,
        }
