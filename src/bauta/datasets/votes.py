"""Deriving a label or a distribution from the votes of FER+.

Source: Barsoum et al., Training deep networks for facial expression recognition with crowd-sourced label
distribution, ICMI 2016, section 3, with the thresholds of the authors' code.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Mode = Literal["majority", "probability", "crossentropy", "multi_target"]

NAMED = 8
"""The first classes are emotions; unknown and no face follow."""

SPREAD = "the votes are spread too widely for the mode '{}'"

Shares = NDArray[np.float64]


def decide(votes: NDArray[np.integer], mode: Mode) -> Shares | str:
    """Derive the emotion of an image from its votes.

    A class with a single vote counts as having none. Then:

    - `majority` takes the class with more than half of the votes;
    - `probability` and `crossentropy` take the classes with the most votes until they hold three quarters of
      them or are three, and none after unknown or no face; they must have more than half of the votes. Both
      names refer to uses of the distribution in a training loop; the distribution is the same;
    - `multi_target` takes the classes with at least 30 % of the votes, if together they have more than half.

    Args:
        votes: (10,) votes for the eight emotions, unknown and no face.
        mode: How the votes are interpreted.

    Returns:
        float64 (8,), shares of the emotions, summing to 1; or the reason why there is no label.
    """
    counted = np.where(np.asarray(votes) > 1, votes, 0).astype(np.float64)
    total = counted.sum()
    if mode == "majority":
        chosen = np.where(counted > 0.5 * total, counted, 0.0)
    elif mode == "multi_target":
        chosen = np.where(counted >= 0.3 * total, counted, 0.0)
    else:
        chosen = _most_voted(counted)
    if total == 0 or chosen.sum() <= 0.5 * total or np.count_nonzero(chosen) > 3:
        return SPREAD.format(mode)
    winner = int(np.argmax(chosen))
    if winner >= NAMED:
        return "most annotators saw no face" if winner == NAMED + 1 else "most annotators could not name it"
    emotions: Shares = chosen[:NAMED] / chosen[:NAMED].sum()
    return emotions


def _most_voted(counted: Shares) -> Shares:
    """Select the classes with the most votes; classes with equally many are taken together."""
    left = counted.copy()
    chosen = np.zeros_like(counted)
    while chosen.sum() < 0.75 * counted.sum() and np.count_nonzero(chosen) < 3:
        tied = np.flatnonzero((left == left.max()) & (left > 0))
        unnamed = tied[tied >= NAMED]
        taken = tied if len(unnamed) == 0 else tied[tied <= unnamed[0]]
        if len(unnamed) and (chosen.any() or len(taken) > 1):
            taken = taken[taken < NAMED]
        chosen[taken] = left[taken]
        left[tied] = 0
        if len(unnamed):
            break
    return chosen
