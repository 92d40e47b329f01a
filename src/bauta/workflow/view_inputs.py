"""Inputs and parameters of the rules of an attacker's people and his views."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.io.keyed_names import split_digest
from bauta.plan.faces import FacesPlan
from bauta.plan.sets import AnonymizedSet
from bauta.plan.views import ReleaseView
from bauta.workflow.rule_inputs import Params, RuleInputs, key_in, lending, stage_params


def _seen_label(item: AnonymizedSet, view: ReleaseView) -> str:
    return f"{item.label}, {view.name}"


@dataclass(frozen=True)
class ViewInputs:
    """Every method is an input or params function of a rule."""

    inputs: RuleInputs

    def own_people(self, wildcards: Any) -> list[Path]:
        """Return the anonymized faces of the attacker's people, if there are any."""
        plan = self.inputs.dataset(wildcards)
        views, item = plan.views, plan.sets.of(wildcards.backend, wildcards.setting)
        return [views.people.anonymized(views.own(item))] if views.people.exist else []

    def own_embeddings(self, wildcards: Any) -> list[Path]:
        """Return the embeddings of the originals of the attacker's people, if there are any."""
        people = self.inputs.dataset(wildcards).views.people
        name, _ = split_digest(wildcards.recognizer)
        return [people.originals(name)] if people.exist else []

    def read_embeddings(self, wildcards: Any) -> list[Path]:
        """Return the embeddings of the dataset's own people, on whom `soft` learns, if there are any."""
        people = self.inputs.dataset(wildcards).people
        name, _ = split_digest(wildcards.recognizer)
        return [people.originals(name)] if people.exist else []

    def own_crops(self, wildcards: Any) -> Path:
        """Return the crops of the dataset of the attacker's people."""
        return self._own_faces(wildcards).crops

    def own_landmarks(self, wildcards: Any) -> Path:
        """Return its landmarks."""
        return self._own_faces(wildcards).hull

    def own_alignment(self, wildcards: Any) -> Path:
        """Return its alignment."""
        return self._own_faces(wildcards).alignment

    def own_split(self, wildcards: Any) -> Path:
        """Return its split."""
        return self._own_faces(wildcards).source.split

    def _own_faces(self, wildcards: Any) -> FacesPlan:
        return self.inputs.dataset(wildcards).views.people.faces

    def view_stores(self, wildcards: Any) -> list[Path]:
        """Return the stores of all views of a set, in the order of `suite`'s parameter `seen`."""
        plan = self.inputs.dataset(wildcards)
        item = plan.sets.of(wildcards.backend, wildcards.setting)
        return [plan.views.view(view, recognizer, item) for view, recognizer in plan.seen(item)]

    def restored_sets(self, wildcards: Any) -> list[Path]:
        """Return the stores of the rows of `plot_restored`: of each set, the released and the seen faces."""
        plan, rows = self.inputs.dataset(wildcards), dict[str, Path]()
        for item, view, recognizer in plan.restored:
            rows[item.label] = plan.sets.anonymized(item)
            rows[_seen_label(item, view)] = plan.views.view(view, recognizer, item)
        return list(rows.values())

    def restored_sheet(self, wildcards: Any) -> Params:
        """Return the parameters of `plot_restored`: the names of the rows.

        Raises:
            ConfigError: the configuration does not allow the picture, which shows faces.
        """
        plan = self.inputs.dataset(wildcards)
        self.inputs.contact_sheet(wildcards)
        names = {
            name: None for item, view, _ in plan.restored for name in (item.label, _seen_label(item, view))
        }
        return stage_params({"names": list(names), "title": "What an attacker makes of anonymized faces of"})

    def people(self, wildcards: Any) -> Params:
        """Return the parameters of `embed_people`: how the attacker's people are drawn."""
        plan = self.inputs.dataset(wildcards)
        self.inputs.check_digest(wildcards, "people", plan.people.key.digest)
        key = key_in(plan, plan.recognizers.keys, wildcards.recognizer)
        return stage_params({**self.inputs.crop_config(), **self._drawn()}, key)

    def anonymize_people(self, wildcards: Any) -> Params:
        """Return the parameters of `anonymize_people`."""
        self.inputs.check_digest(wildcards, "people", self.inputs.dataset(wildcards).people.key.digest)
        params = self.inputs.anonymize(wildcards)
        return {**params, "config": {**params["config"], **self._drawn()}}

    def view(self, wildcards: Any) -> Params:
        """Return the parameters of `view`."""
        plan = self.inputs.dataset(wildcards)
        self.inputs.check_digest(wildcards, "people", plan.views.people.key.digest)
        found = plan.views.of(wildcards.view)
        config = {
            **self.inputs.anonymize(wildcards)["config"],
            "view": found.name,
            "jpeg": found.jpeg,
            **self._drawn(),
            **lending(plan),
        }
        return stage_params(config, found.key)

    def _drawn(self) -> Params:
        """How the attacker's own people are drawn."""
        return {
            "background": self.inputs.plan.config.attacks.background,
            "seed": self.inputs.plan.config.seed,
        }
