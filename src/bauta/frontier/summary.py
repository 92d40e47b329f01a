"""The results of a run for people who read a terminal: `summary.txt`."""

from collections.abc import Sequence
from pathlib import Path

from bauta.frontier.bounds import bound_sentences
from bauta.frontier.result import DatasetFrontier, Frontier, SettingResult, banner, interval

NAME_WIDTH = 24


def summarize(frontier: Frontier, files: Sequence[Path] = ()) -> str:
    """Summarize the advice and the best settings on each dataset, the controls, and the paths of `files`."""
    blocks = [warning] if (warning := banner(frontier.failed_controls())) else []
    for found in frontier.datasets:
        controls = [f"{c.name} {c.verdict}" for c in frontier.controls if c.dataset == found.dataset]
        head = [f"{found.dataset}: {_basis(found)}", f"  advice      {found.advice.sentence}"]
        head.append(f"  controls    {', '.join(controls)}")
        if found.ceiling is not None:
            head.append(f"  teachers    agree on the clear faces at κ {interval(found.ceiling)}")
        invalid = ", ".join(row.label for row in found.measured if not row.valid)
        tail = [f"  not valid   {invalid}"] if invalid else []
        tail += [f"  infeasible  {sentence}" for sentence in found.infeasible]
        bounds = [f"    {sentence}" for sentence in bound_sentences(found.measured)]
        tail += ["  bounds      no attack but reverse can name more:", *bounds] if bounds else []
        blocks.append("\n".join([*head, *_choice(found), *tail]))
    if files:
        blocks.append("Files\n" + "\n".join(f"  {path}" for path in files))
    return "\n\n".join(blocks) + "\n"


def _choice(found: DatasetFrontier) -> list[str]:
    """The knee and the Pareto set; if an axis is missing, the reason and the best settings on the other."""
    if found.limits.identities:
        best = _best(found, "utility", "settings that keep most of the expression")
        return [f"  no privacy and so no frontier: {found.limits.identities}", *best]
    if not found.has_utility:
        reason = next((row.values["utility"].reason for row in found.measured), "nothing was measured")
        best = _best(found, "privacy", "the most private settings")
        return [f"  no utility on this dataset, so no frontier: {reason}", *best]
    if found.knee is None:
        return ["  no valid setting: see the notes in frontier.csv"]
    width, draws = (
        max(NAME_WIDTH, *(len(row.label) for row in found.pareto)),
        found.knee.values["knee_share"].n,
    )
    settings = "1 setting" if len(found.pareto) == 1 else f"{len(found.pareto)} settings"
    return [
        f"  knee        {_line(found.knee, 'knee_share')} of {draws:,} resamples",
        f"  Pareto set  ({settings}, hypervolume {found.hypervolume.value:.3f})",
        *(f"    {_line(row, 'pareto_share', width)}" for row in found.pareto),
    ]


def _best(found: DatasetFrontier, axis: str, title: str) -> list[str]:
    """The three best candidates on an axis."""
    known = [row for row in found.rows if row.is_candidate and row.known(axis)]
    known.sort(key=lambda row: -(row.values[axis].value or 0.0))
    lines = [f"    {row.label:<{NAME_WIDTH}} {axis} {interval(row.values[axis])}" for row in known[:3]]
    return [f"  {title}:", *lines] if lines or found.has_utility else []


def _line(row: SettingResult, share: str, width: int = NAME_WIDTH) -> str:
    """A setting on both axes, and the share of the resamples in which it has its place."""
    privacy, utility = interval(row.values["privacy"]), interval(row.values["utility"])
    stands = row.values[share].value or 0.0
    return f"{row.label:<{width}} privacy {privacy:<20} utility {utility:<20} in {stands:.0%}"


def _basis(found: DatasetFrontier) -> str:
    values = found.rows[0].values if found.rows else {}
    counts = [
        f"{values[name].value:.0f} {noun}"
        for name, noun in (("n_images", "images"), ("n_subjects", "subjects"))
        if name in values and values[name].value is not None
    ]
    if found.pair and counts:
        counts[-1] += f" of {found.pair.identity} for the privacy, {found.pair.expression} for the expression"
    names = " and ".join([*found.recognizers, *found.teachers])
    return ", ".join([*counts, f"judged by {names or 'nobody'}"])
