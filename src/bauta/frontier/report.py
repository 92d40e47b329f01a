"""The results of a run for people: `summary.txt`, as shown in the terminal, and the page `report.html`."""

import base64
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from bauta.frontier.bounds import bound_sentences
from bauta.frontier.result import DatasetFrontier, Frontier, SettingResult, banner, interval
from bauta.frontier.rows import BOUNDS
from bauta.io import layout
from bauta.io.atomic import write_text
from bauta.metrics.axes import PRIVACY_AXES

NAME_WIDTH = 24

COLUMNS = {
    **{"privacy": "privacy", "utility": "utility", "worst_top1": "worst top-1", "top1": "naive"},
    **{"reverse_top1": "reverse", "parrot_top1": "parrot", "adaptive_top1": "adaptive"},
    **{"bound_top1": "bound", "bound_top1_pooled": "bound, pooled"},
    **{"worst_auc": "worst AUC", "worst_eer": "worst EER", "worst_tar_at_far_1e-2": "worst TAR @ FAR 1 %"},
    **{"macro_f1": "macro-F1", "kappa": "κ"},
    **{"coverage": "coverage", "redetected": "redetected", "ssim": "SSIM", "psnr": "PSNR"},
}
"""Columns of the page's table with their headings; all others are in `frontier.csv`."""

PICTURES = {
    "frontier": "Privacy and utility",
    "attackers": "Who is still identified",
    "similarity": "What the recognizer sees",
    "strength": "What more pictures give the attacker",
    "confusion": "Which expressions can still be read",
    "readers": "What a reader that adapts can still read",
    "contact_sheet": "Contact sheet",
    "restored": "What an attacker makes of the faces",
}


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
    return [
        f"  knee        {_line(found.knee, 'knee_share')} of {draws:,} resamples",
        f"  Pareto set  ({len(found.pareto)} settings, hypervolume {found.hypervolume.value:.3f})",
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


def write_report(frontier: Frontier, plots: Sequence[Path | str], path: Path | str) -> None:
    """Write the page with the embedded plots `{dataset}-{kind}.png`; the same results give the same bytes.

    Other files in the folder of the plots are ignored, such as a contact sheet from a time when the
    configuration allowed one.
    """
    jinja = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    jinja.filters["interval"] = interval
    template = files("bauta.frontier").joinpath("report.html.j2").read_text(encoding="utf-8")
    known = {Path(plot).name: Path(plot) for plot in plots}
    chance = PRIVACY_AXES[frontier.privacy_axis].best
    page = jinja.from_string(template).render(
        frontier=frontier,
        warning=banner(frontier.failed_controls()),
        datasets=[_section(found, known) for found in frontier.datasets],
        columns=COLUMNS,
        bound_columns=BOUNDS,
        teachers_table=layout.TEACHERS_TABLE,
        privacy_range="the best constant answer" if chance is None else f"{chance:g}",
        provenance=json.dumps(frontier.provenance, indent=1, sort_keys=True, ensure_ascii=False),
    )
    write_text(path, page)


def _section(found: DatasetFrontier, plots: Mapping[str, Path]) -> dict[str, Any]:
    counts = Counter(note for row in found.measured for note in row.notes)
    shared = [note for note, count in counts.items() if count == len(found.measured) > 1]
    return {
        "found": found,
        "pictures": [
            {"title": title, "data": base64.b64encode(file.read_bytes()).decode("ascii")}
            for kind, title in PICTURES.items()
            if (file := plots.get(f"{found.dataset}-{kind}.png"))
        ],
        "shared": shared,
        "bounds": bound_sentences(found.measured),
        "rows": [(row, [note for note in row.notes if note not in shared]) for row in found.rows],
    }
