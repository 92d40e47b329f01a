"""`report.html`: one self-contained page for people."""

import base64
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from bauta.files import write_text
from bauta.frontier.axes import PRIVACY_AXES
from bauta.frontier.result import DatasetFrontier, Frontier, SettingResult, banner
from bauta.frontier.summary import GOOD_UTILITY, interval, most_private

COLUMNS = {
    "privacy": "privacy",
    "utility": "utility",
    "worst_top1": "worst top-1",
    "top1": "naive",
    "reverse_top1": "reverse",
    "parrot_top1": "parrot",
    "adaptive_top1": "adaptive",
    "auc": "AUC",
    "eer": "EER",
    "tar_at_far_1e-2": "TAR @ FAR 1 %",
    "macro_f1": "macro-F1",
    "kappa": "κ",
    "coverage": "coverage",
    "redetected": "redetected",
    "ssim": "SSIM",
    "psnr": "PSNR",
}
"""Columns of the page's table and how they are headed; all others are in `frontier.csv`."""

PICTURES = {
    "frontier": "Privacy and utility",
    "attackers": "Who is still identified",
    "similarity": "What the recognizer sees",
    "confusion": "Which expressions can still be read",
    "readers": "What a reader that adapts can still read",
    "contact_sheet": "Contact sheet",
}


def write_report(frontier: Frontier, plots: Sequence[Path | str], path: Path | str) -> None:
    """Write the page; the same result and plots give the same bytes.

    Args:
        frontier: The result, as in `metrics.json`.
        plots: The PNGs `{dataset}-{kind}.png` to embed. What else lies in their folder is left out: it may
            be a contact sheet of a time when the configuration allowed one.
        path: The page.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["interval"] = interval
    template = environment.from_string(
        files("bauta.frontier").joinpath("report.html.j2").read_text(encoding="utf-8")
    )
    page = template.render(
        frontier=frontier,
        warning=banner(frontier.failed_controls()),
        datasets=[
            _section(found, {Path(plot).name: Path(plot) for plot in plots}) for found in frontier.datasets
        ],
        columns=COLUMNS,
        good_utility=GOOD_UTILITY,
        privacy_range=_range(frontier),
        provenance=json.dumps(frontier.provenance, indent=1, sort_keys=True, ensure_ascii=False),
    )
    write_text(path, page)


def _section(found: DatasetFrontier, plots: Mapping[str, Path]) -> dict[str, Any]:
    shared = _shared_notes(found.rows)
    pictures = [
        {"title": title, "data": base64.b64encode(file.read_bytes()).decode("ascii")}
        for kind, title in PICTURES.items()
        if (file := plots.get(f"{found.dataset}-{kind}.png"))
    ]
    return {
        "found": found,
        "private": most_private(found),
        "pictures": pictures,
        "shared": shared,
        "rows": [(row, [note for note in row.notes if note not in shared]) for row in found.rows],
    }


def _shared_notes(rows: Sequence[SettingResult]) -> list[str]:
    """Notes that all rows have: told once."""
    counts = Counter(note for row in rows for note in row.notes)
    return [note for note, count in counts.items() if count == len(rows) and count > 1]


def _range(frontier: Frontier) -> str:
    axis = PRIVACY_AXES[frontier.privacy_axis]
    return "chance, 1/N" if axis.best is None else f"{axis.best:g}"
