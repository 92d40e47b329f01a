"""What the attacks of one release reach, and which of them counts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bauta.attack.faces import AttackLabels
from bauta.attack.identification import why_undefined
from bauta.attack.seen import Seen
from bauta.attack.suite import Arena, Attack, Reached, fusions, strength, strongest

FEWEST_TO_CHOOSE = 10
"""Fewest probed people on whom an attack is chosen; of fewer, most attacks name all."""


@dataclass(frozen=True)
class Outcome:
    """What the attacks of one release reach on the scored people.

    Attributes:
        found: Every attack on the scored people.
        chosen: What each reaches on the people on whom attacks are chosen; None without any.
        parts: The parts of the fused attacks.
    """

    found: Mapping[Attack, Reached]
    chosen: Mapping[Attack, Reached] | None
    parts: Mapping[Attack, Sequence[Attack]]

    def counted(self, pooling: str, *, among: Collection[Attack] | None = None) -> Attack:
        """The attack that counts, of all or of at least one of them."""
        which = self.found if self.chosen is None else self.chosen
        return strongest({a: r for a, r in which.items() if among is None or a in among}, pooling)

    def choosing_strength(self, attack: Attack, pooling: str) -> float | None:
        """What an attack reaches on the people on whom attacks are chosen."""
        return None if self.chosen is None else strength(self.chosen[attack], pooling)[0]


def attack_release(
    seen: Seen,
    choosing: AttackLabels,
    scored: AttackLabels,
    *,
    protocols: Sequence[str],
    matchers: Sequence[str],
    seed: int,
) -> Outcome:
    """Choose on some people, and attack the scored ones in every way."""
    settings: dict[str, Any] = {"protocols": tuple(protocols), "matchers": tuple(matchers), "seed": seed}
    arena = Arena(scored, seen.scored, **settings)
    probed = np.unique(choosing.subjects[choosing.probe])
    if why_undefined(choosing) is not None or len(probed) < FEWEST_TO_CHOOSE:
        return Outcome(arena.credits({}), None, {})
    ground = Arena(choosing, seen.choosing, **settings)
    parts = fusions(ground.credits({}), protocols)
    return Outcome(arena.credits(parts), ground.credits(parts), parts)
