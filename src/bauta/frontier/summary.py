"""The result of a run as text for the terminal."""

from collections.abc import Sequence
from pathlib import Path

from bauta.frontier.result import DatasetFrontier, Frontier, SettingResult, banner
from bauta.measurement import Value

GOOD_UTILITY = 0.5
"""The utility that the most private setting of the summary must keep: half of what the originals have."""

NAME_WIDTH = 24
"""Columns of a setting's name, unless one is longer."""


def summarize(frontier: Frontier, files: Sequence[Path] = ()) -> str:
    """The best settings of each dataset, the controls, and where the pictures are.

    Args:
        frontier: The result.
        files: Files to point at.
    """
    blocks = []
    warning = banner(frontier.failed_controls())
    if warning:
        blocks.append(warning)
    blocks += [_dataset(found, frontier) for found in frontier.datasets]
    if files:
        blocks.append("Files\n" + "\n".join(f"  {path}" for path in files))
    return "\n\n".join(blocks) + "\n"


def most_private(found: DatasetFrontier, utility: float = GOOD_UTILITY) -> SettingResult | None:
    """The member of the Pareto set with the highest privacy among those with at least this utility."""
    enough = [row for row in found.pareto if (row.values["utility"].value or 0.0) >= utility]
    return enough[-1] if enough else None


def interval(value: Value, digits: int = 2) -> str:
    """`0.84 [0.78, 0.90]`, or a dash for a missing value."""
    if value.value is None:
        return "–"
    if value.low is None or value.high is None:
        return f"{value.value:.{digits}f}"
    return f"{value.value:.{digits}f} [{value.low:.{digits}f}, {value.high:.{digits}f}]"


def _dataset(found: DatasetFrontier, frontier: Frontier) -> str:
    lines = [f"{found.dataset}: {_basis(found)}"]
    controls = [control for control in frontier.controls if control.dataset == found.dataset]
    lines.append("  controls    " + ", ".join(f"{c.name} {c.verdict}" for c in controls))
    if found.limits.identities:
        lines += _without_privacy(found)
    elif not found.has_utility:
        lines += _without_utility(found)
    elif found.knee is None:
        lines.append("  no valid setting: see the notes in frontier.csv")
    else:
        lines.append(f"  knee        {_line(found.knee)}")
        private = most_private(found)
        goal = f"most private setting with a utility of at least {GOOD_UTILITY:g}"
        lines.append(f"  {goal}: " + (private.label if private else "none"))
        lines.append(
            f"  Pareto set  ({len(found.pareto)} settings, hypervolume {found.hypervolume.value:.3f})"
        )
        width = max([NAME_WIDTH, *(len(row.label) for row in found.pareto)])
        lines += [f"    {_line(row, width)}" for row in found.pareto]
    invalid = [row.label for row in found.rows if not row.valid]
    if invalid:
        lines.append(f"  not valid   {', '.join(invalid)}")
    lines += [f"  left out    {sentence}" for sentence in found.left_out]
    return "\n".join(lines)


def _without_utility(found: DatasetFrontier) -> list[str]:
    return [
        "  no utility on this dataset, so no frontier; the most private settings:",
        *_best(found, "privacy"),
    ]


def _without_privacy(found: DatasetFrontier) -> list[str]:
    lines = [f"  no privacy and so no frontier: {found.limits.identities}"]
    if found.has_utility:
        lines += ["  settings that keep most of the expression:", *_best(found, "utility")]
    return lines


def _best(found: DatasetFrontier, axis: str) -> list[str]:
    rows = [
        row for row in found.rows if row.valid and not row.is_control and row.values[axis].value is not None
    ]
    rows.sort(key=lambda row: -(row.values[axis].value or 0.0))
    return [f"    {row.label:<{NAME_WIDTH}} {axis} {interval(row.values[axis])}" for row in rows[:3]]


def _line(row: SettingResult, width: int = NAME_WIDTH) -> str:
    privacy, utility = interval(row.values["privacy"]), interval(row.values["utility"])
    return f"{row.label:<{width}} privacy {privacy:<20} utility {utility}"


def _basis(found: DatasetFrontier) -> str:
    values = found.rows[0].values if found.rows else {}
    counts = [
        f"{values[name].value:.0f} {noun}"
        for name, noun in (("n_images", "images"), ("n_subjects", "subjects"))
        if name in values and values[name].value is not None
    ]
    if found.pair and counts:
        counts[-1] += f" of {found.pair.identity} for the privacy, {found.pair.expression} for the expression"
    names = [*found.recognizers, *found.teachers]
    return ", ".join([*counts, "judged by " + (" and ".join(names) or "nobody")])
