"""Inputs and parameters of the rule that learns the avatar's book."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.errors import ConfigError
from bauta.plan.pooled import AVATAR_PARSER, AVATAR_RECOGNIZERS, PooledPlan
from bauta.workflow.model_inputs import fetched
from bauta.workflow.rule_inputs import Params, RuleInputs, Wildcards, stage_params


@dataclass(frozen=True)
class AvatarInputs:
    """Every method is an input or params function of a rule."""

    inputs: RuleInputs

    def crops(self, _: Wildcards) -> list[Path]:
        """Return the crops of the datasets that the book is learnt on, in their order."""
        return [plan.faces.crops for plan in self._pooled.datasets]

    def alignments(self, _: Wildcards) -> list[Path]:
        """Their alignments."""
        return [plan.faces.alignment for plan in self._pooled.datasets]

    def landmarks(self, _: Wildcards) -> list[Path]:
        """Their landmarks."""
        return [plan.faces.hull for plan in self._pooled.datasets]

    def splits(self, _: Wildcards) -> list[Path]:
        """Their splits."""
        return [plan.source.split for plan in self._pooled.datasets]

    def models(self, _: Wildcards) -> list[Path]:
        """Return the files of the teacher, the recognizers and the parser."""
        return fetched(self._pooled.model_names)

    def stage(self, wildcards: Any) -> Params:
        """Return the parameters of `learn_avatar`."""
        config, pooled = self.inputs.plan.config, self._pooled
        if pooled.path.name != wildcards.book:
            raise ConfigError(f"the configuration's book is {pooled.path.name}, not {wildcards.book}")
        return stage_params(
            {
                **config.crop.model_dump(include={"size", "margin"}),
                "datasets": [plan.name for plan in pooled.datasets],
                "photographs": pooled.section.photographs,
                "recognizers": AVATAR_RECOGNIZERS,
                "parser": AVATAR_PARSER,
                "seed": config.seed,
            },
            pooled.key,
        )

    def book(self, _: Wildcards) -> Path:
        """Return the folder of the book."""
        return self._pooled.path

    @property
    def _pooled(self) -> PooledPlan:
        return self.inputs.plan.pooled_avatar
