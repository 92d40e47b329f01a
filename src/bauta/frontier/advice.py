"""Advice on the setting to use, in one sentence, or on what would have to change."""

from collections.abc import Sequence

from bauta.config.frontier import Floors
from bauta.frontier.result import Advice, SettingResult, interval

AXES = ("privacy", "utility")
NONE = "no setting here is both private and useful"
UNFIT = "no setting can be advised: "
"""Start of the sentence where a dataset supports no advice at all; the reason follows."""


def advise(rows: Sequence[SettingResult], floors: Floors, unfit: str | None = None) -> Advice:
    """Advise the most private setting that reaches both floors, by its measured values.

    Controls, invalid and infeasible rows and backends that saw the labels are never advised, nor is a setting
    whose privacy may be that of the clear faces: one whose interval reaches 0, or that has no interval.

    Args:
        rows: All rows of a dataset.
        floors: The smallest privacy and utility.
        unfit: Why the dataset supports no advice at all.

    Returns:
        The setting, or none and the nearest one: that which lacks least on both axes together.
    """
    if unfit is not None:
        return Advice(setting=None, sentence=UNFIT + unfit)
    candidates = [row for row in rows if row.is_candidate and row.known(*AXES)]
    if not candidates:
        return Advice(setting=None, sentence=f"{NONE}: none is valid and measured on both axes")
    suitable = [row for row in candidates if not _lacks(row, floors)]
    if not suitable:
        row = min(candidates, key=lambda row: (_shortfall(row, floors), -_value(row, "privacy")))
        lacks = " and ".join(_lacks(row, floors))
        return Advice(setting=None, sentence=f"{NONE}: the nearest, {_told(row)}, {lacks}")
    best = max(suitable, key=lambda row: (_value(row, "privacy"), _value(row, "utility")))
    limits = ", ".join(f"{axis} {floor:g}" for axis, floor in _floors(floors)) or "none"
    others = f"the most private of {len(suitable)} settings" if len(suitable) > 1 else "the only setting"
    doubts = [f"; its {axis} may be below {floor:g}" for axis, floor in _unsure(best, floors)]
    why = f"{others} at or above the floors ({limits}){''.join(doubts)}"
    return Advice(setting=best.label, sentence=f"use {_told(best)}: {why}")


def _lacks(row: SettingResult, floors: Floors) -> list[str]:
    """What a setting lacks, as predicates."""
    lacks = [
        f"lacks {floor - _value(row, axis):.2g} of frontier.floors.{axis}, {floor:g}"
        for axis, floor in _floors(floors)
        if _value(row, axis) < floor
    ]
    low = row.values["privacy"].low
    if low is None:
        lacks.append("has no interval of its privacy: measure it on more people")
    elif low <= 0.0:
        lacks.append("may hide nobody, as the interval of its privacy reaches 0: measure it on more people")
    return lacks


def _shortfall(row: SettingResult, floors: Floors) -> float:
    """What a setting lacks on both axes together."""
    return sum(max(0.0, floor - _value(row, axis)) for axis, floor in _floors(floors))


def _unsure(row: SettingResult, floors: Floors) -> list[tuple[str, float]]:
    """The floors that the interval of a setting does not clear."""
    lows = {axis: row.values[axis].low for axis in AXES}
    return [
        (axis, floor) for axis, floor in _floors(floors) if (low := lows[axis]) is not None and low < floor
    ]


def _floors(floors: Floors) -> list[tuple[str, float]]:
    named = zip(AXES, (floors.privacy, floors.utility), strict=True)
    return [(axis, floor) for axis, floor in named if floor is not None]


def _value(row: SettingResult, axis: str) -> float:
    return row.values[axis].value or 0.0


def _told(row: SettingResult) -> str:
    return (
        f"{row.label} (privacy {interval(row.values['privacy'])}, utility {interval(row.values['utility'])})"
    )
