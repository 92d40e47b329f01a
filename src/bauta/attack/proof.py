"""Whether the attacks of a run work at all: on a blur so light that each of them must succeed.

An attack that learns nothing even there has a fault, or too few people to learn from, and that it fails
elsewhere is no evidence of privacy.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from bauta.attack.protocols import ONE
from bauta.measurement import Measurement, Value


class Proof(BaseModel):
    """How a view, a matcher and a recognizer together do on the light blur.

    Attributes:
        view: Name of the view.
        matcher: Name of the matcher.
        recognizer: Name of the recognizer; None for a view without one.
        top1: Top-1 in the best protocol of the best release, with its interval.
        works: Whether the whole interval is above the best constant answer; None if nothing is known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    view: str
    matcher: str
    recognizer: str | None
    top1: Value
    works: bool | None

    @property
    def label(self) -> str:
        """The attack in words."""
        by = "" if self.recognizer is None else f" by {self.recognizer}"
        return f"{self.view} with {self.matcher}{by}"

    @property
    def adapts(self) -> bool:
        """Whether the attack knows that the picture is anonymized."""
        return (self.view, self.matcher) != ("as_is", "nearest_template")


def proofs_of(light: Measurement) -> tuple[Proof, ...]:
    """Judge every attack but the fused ones by the measurement `suite` of the light blur."""
    chance = light.values.get("chance_top1")
    floor = None if chance is None else chance.value
    listed = [attack for attack in light.curves.get("attacks", ()) if _alone(attack)]
    best: dict[tuple[str, str, str | None], Value] = {}
    for attack in listed:
        which = attack["view"], attack["matcher"], attack["recognizer"]
        value = Value.model_validate({name: attack[name] for name in Value.model_fields})
        if which not in best or (value.value or 0.0) > (best[which].value or 0.0):
            best[which] = value
    return tuple(
        Proof(view=view, matcher=matcher, recognizer=recognizer, top1=value, works=_above(value, floor))
        for (view, matcher, recognizer), value in best.items()
    )


def doubts(proofs: Sequence[Proof]) -> Iterator[str]:
    """Name the attacks that do not work on the light blur, one sentence for all."""
    failed = [proof.label for proof in proofs if proof.works is False]
    if failed:
        yield f"no evidence, for they fail on a light blur too: {', '.join(failed)}"


def nothing_adapts(proofs: Sequence[Proof]) -> bool:
    """Whether attacks that adapt were tried on the light blur, and none of them works there."""
    tried = [proof.works for proof in proofs if proof.adapts and proof.works is not None]
    return bool(tried) and not any(tried)


def _alone(attack: Mapping[str, Any]) -> bool:
    return attack["pooling"] == ONE and not attack["parts"]


def _above(value: Value, floor: float | None) -> bool | None:
    if value.value is None or value.low is None or floor is None:
        return None
    return value.low > floor
