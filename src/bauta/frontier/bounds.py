"""What no attack can exceed, in words for a reader and on the axis of privacy."""

from collections.abc import Iterable

from bauta.frontier.result import SettingResult
from bauta.frontier.rows import BOUNDS
from bauta.metrics.axes import PRIVACY_AXES
from bauta.metrics.bounds import is_empty

IDENTIFICATION = "worst_top1"
"""The privacy axis that a bound of top-1 is a bound of."""


def privacy_floor(row: SettingResult, axis: str) -> float | None:
    """Return the privacy that no attack on one output goes below: the bound on the axis of privacy.

    Args:
        row: The setting.
        axis: Name of the privacy axis of the run.

    Returns:
        None where the bound is 1, or where the axis is not that of identification.
    """
    bound = row.values.get("bound_top1")
    if axis != IDENTIFICATION or bound is None or is_empty(bound):
        return None
    return PRIVACY_AXES[axis].scale(bound, row.values["chance_top1"]).value


def bound_sentences(rows: Iterable[SettingResult]) -> list[str]:
    """Return what no attack exceeds on each setting with a bound below 1, without a full stop."""
    return [sentence for row in rows if (sentence := _sentence(row)) is not None]


def _sentence(row: SettingResult) -> str | None:
    # Where each output is of one person, so is each collection: without the first bound there is no second.
    one, pooled, outputs = (row.values.get(name) for name in (*BOUNDS, "n_outputs"))
    if one is None or pooled is None or outputs is None or is_empty(one):
        return None
    count = f"{outputs.value:,.0f} output{'s' * (outputs.value != 1)}" if outputs.value else "no output"
    people = (
        "of all pictures of a person the bound is empty"
        if is_empty(pooled)
        else f"{pooled.value:.3f} of the people by all their pictures"
    )
    return f"{row.label} ({count}): {one.value:.3f} of the probes, {people}"
