"""From measured pairs of privacy and utility to the Pareto set, its knee and how firmly both stand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bauta.measurement import Value
from bauta.metrics.pareto import hypervolume, knee, pareto_set, standing


@dataclass(frozen=True)
class Choice:
    """The place of one setting.

    Attributes:
        pareto: Whether it is in the Pareto set.
        knee: Whether it is the knee of that set.
        pareto_share: Share of the resamples in which it is in the set, null for a setting that takes no part.
        knee_share: Share of those in which it is the knee, likewise.
    """

    pareto: bool
    knee: bool
    pareto_share: Value
    knee_share: Value


def choose(
    pairs: Sequence[tuple[Value, Value] | None], *, draws: int, seed: int
) -> tuple[list[Choice], Value]:
    """Place settings among each other; see `pareto.standing` for the resamples.

    Args:
        pairs: Privacy and utility of each setting, None for one that takes no part.
        draws: Number of resamples.
        seed: Their seed.

    Returns:
        The place of each setting, and the hypervolume of the set, null if it is empty.
    """
    measured = [
        (row, pair) for row, pair in enumerate(pairs) if pair and None not in (pair[0].value, pair[1].value)
    ]
    points, low, high = (np.full((len(pairs), 2), np.nan) for _ in range(3))
    for row, pair in measured:
        for array, end in ((points, "value"), (low, "low"), (high, "high")):
            array[row] = [getattr(value, end) for value in pair]
    members, at_knee = pareto_set(points), knee(points)
    shares = standing(points, low, high, draws=draws, seed=seed)
    taking_part = {row for row, _ in measured}

    def share(row: int, of: int) -> Value:
        if row not in taking_part:
            return Value.missing("it takes no part in the Pareto set")
        return Value(value=float(shares[of][row]), n=draws)

    found = [
        Choice(bool(members[row]), row == at_knee, share(row, 0), share(row, 1)) for row in range(len(pairs))
    ]
    if not measured:
        return found, Value.missing("no valid setting has both a privacy and a utility")
    return found, Value(value=hypervolume(points), n=len(measured))
