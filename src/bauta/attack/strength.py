"""How the attack grows with what the attacker has: pictures of each person, and pairs to learn from.

The attack is the one that counts with all that he has; it is not chosen again for less.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import AttackLabels
from bauta.attack.identification import recognised
from bauta.attack.outcome import Outcome
from bauta.attack.protocols import IMAGES, ONE, PAIRS
from bauta.attack.seen import CLEAR_MAP, Seen, map_to_clear, pairs_of
from bauta.attack.suite import Arena, Attack, ViewedFaces
from bauta.metrics.intervals import Resampling

FEWEST_PAIRS = 25


@dataclass(frozen=True)
class Sweep:
    """The attack that counts on one release, to be repeated with less.

    Attributes:
        seen: What the attacker sees of the release.
        outcome: What all attacks reach on it.
        labels: Subjects and roles of the scored faces.
        resampling: Replicates of the intervals.
        seed: Seed of everything random.
    """

    seen: Seen
    outcome: Outcome
    labels: AttackLabels
    resampling: Resampling
    seed: int

    def points(self) -> list[dict[str, Any]]:
        """`what` he has less of, its `amount`, the `attack`, and its top-1 with the interval.

        Pairs are varied for the strongest attack through a map to clear features, which learns from them.
        """
        return [*self._images(), *self._pairs()]

    def _images(self) -> Iterator[dict[str, Any]]:
        attack, labels = self.outcome.counted(ONE), self.labels
        counts = np.unique(labels.subjects[labels.enrol], return_counts=True)[1]
        for amount in _doubled(1, int(counts.max())):
            left_out = _left_out(labels, amount, seed=self.seed)
            views = [view.without(left_out) for view in self.seen.scored]
            yield {"what": IMAGES, "amount": amount, **self._reached(attack, views)}

    def _pairs(self) -> Iterator[dict[str, Any]]:
        mapping = [one for one in self.outcome.found if one.view.endswith(CLEAR_MAP)]
        if not mapping:
            return
        attack = self.outcome.counted(ONE, among=mapping)
        which = attack.view.removesuffix(CLEAR_MAP), attack.recognizer
        own, scored = (
            next(view for view in views if (view.name, view.recognizer) == which)
            for views in (self.seen.own, self.seen.scored)
        )
        pairs = np.random.default_rng([self.seed, 7]).permutation(pairs_of(own))
        for amount in _doubled(FEWEST_PAIRS, len(pairs)):
            views = map_to_clear(own, [scored], pairs[:amount]) or []
            yield {"what": PAIRS, "amount": amount, **self._reached(attack, views)}

    def _reached(self, attack: Attack, views: Sequence[ViewedFaces]) -> dict[str, Any]:
        """The attack and its top-1, as plain values."""
        parts = self.outcome.parts.get(attack)
        alone: Sequence[Attack] = (attack,) if parts is None else parts
        arena = Arena(self.labels, tuple(views), protocols=(), matchers=(), seed=self.seed)
        reached = arena.credits({} if parts is None else {attack: parts}, alone)[attack]
        subjects = self.labels.subjects[self.labels.probe]
        value, _ = recognised(reached.one, subjects, self.resampling, unscored=1.0)
        return {"attack": str(attack), **value.model_dump()}


def _left_out(labels: AttackLabels, amount: int, *, seed: int) -> NDArray[np.bool_]:
    """Which enrolled faces are one too many, bool (N,), with at most some of each person left."""
    order = np.random.default_rng([seed, 8]).permutation(np.flatnonzero(labels.enrol))
    order = order[np.argsort(labels.subjects[order], kind="stable")]
    first = np.unique(labels.subjects[order], return_index=True)[1]
    turn = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    left_out = np.zeros(len(labels), dtype=np.bool_)
    left_out[order[turn >= amount]] = True
    return left_out


def _doubled(first: int, most: int) -> list[int]:
    """The first amount, doubled as long as it is less than the largest, and the largest."""
    amounts = []
    while first < most:
        amounts.append(first)
        first *= 2
    return [*amounts, most] if most > 0 else []
