"""Write the page `report.html`: one file that loads nothing, complete without its script."""

import base64
import hashlib
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from PIL import Image

from bauta.drawing.contact import rows_of_sheet
from bauta.frontier.bounds import bound_sentences
from bauta.frontier.measured import MeasuredSet, Place, measured_sets
from bauta.frontier.page.payload import packed, payload
from bauta.frontier.page.validity import bound_in_words, checklist, not_tested, tested
from bauta.frontier.result import DatasetFrontier, Frontier, banner, interval
from bauta.frontier.rows import BOUNDS
from bauta.io import layout
from bauta.io.atomic import write_text
from bauta.measurement import Measurement
from bauta.metrics.axes import PRIVACY_AXES

COLUMNS = {
    **{"privacy": "privacy", "utility": "utility", "worst_top1": "worst top-1", "top1": "naive"},
    **{"reverse_top1": "reverse", "parrot_top1": "parrot", "adaptive_top1": "adaptive"},
    **{"bound_top1": "bound", "bound_top1_pooled": "bound, pooled"},
    **{"worst_auc": "worst AUC", "worst_eer": "worst EER", "worst_tar_at_far_1e-2": "worst TAR @ FAR 1 %"},
    **{"macro_f1": "macro-F1", "kappa": "κ"},
    **{"coverage": "coverage", "redetected": "redetected", "ssim": "SSIM", "psnr": "PSNR"},
}
"""Columns of the page's table with their headings; a setting, opened, shows all others."""

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

SHEETS = ("contact_sheet", "restored")
"""The pictures of faces."""

COLORS = 128
"""Colours of a plot on the page: enough for lines, areas and smoothed letters, for a third of the bytes."""

STATIC = files("bauta.frontier.page").joinpath("static")
SCRIPTS = ("tools.js", "advice.js", "explorer.js", "setting.js", "start.js")


def write_report(
    frontier: Frontier,
    plots: Sequence[Path | str],
    path: Path | str,
    measurements: Sequence[Measurement] = (),
) -> None:
    """Write the page with the embedded plots `{dataset}-{kind}.png`; the same results give the same bytes.

    Other files in the folder of the plots are ignored, such as a contact sheet from a time when the
    configuration allowed one.

    Args:
        frontier: The result of a run.
        plots: Its pictures.
        path: The page.
        measurements: The measurements of the run, whose attacks and curves a setting shows when it is opened.
    """
    jinja = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    jinja.filters["interval"] = interval
    template = files("bauta.frontier.page").joinpath("report.html.j2").read_text(encoding="utf-8")
    known = {Path(plot).name: Path(plot) for plot in plots}
    chance = PRIVACY_AXES[frontier.privacy_axis].best
    sets = measured_sets(measurements)
    scripts = [_static("vega.js"), "".join(_static(name) for name in SCRIPTS)]
    page = jinja.from_string(template).render(
        frontier=frontier,
        warning=banner(frontier.failed_controls()),
        datasets=[_section(found, frontier, known, sets) for found in frontier.datasets],
        columns=COLUMNS,
        bound_columns=BOUNDS,
        teachers_table=layout.TEACHERS_TABLE,
        privacy_range="the best constant answer" if chance is None else f"{chance:g}",
        provenance=json.dumps(frontier.provenance, indent=1, sort_keys=True, ensure_ascii=False),
        style=_static("report.css"),
        scripts=scripts,
        policy=policy(scripts),
        charts=_static("charts.json"),
        data=packed(payload(frontier, sets)),
    )
    write_text(path, page)


def policy(scripts: Sequence[str]) -> str:
    """The content security policy of a page that loads nothing and runs these scripts and no other."""
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode('utf-8')).digest()).decode('ascii')}'"
        for script in scripts
    ]
    return "; ".join(
        [
            "default-src 'none'",
            "img-src data:",
            "style-src 'unsafe-inline'",
            f"script-src {' '.join(hashes)}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def picture_source(path: Path, *, has_faces: bool) -> str:
    """A picture as a data address: faces as they are, a plot with fewer colours as lossless WebP."""
    content, kind = path.read_bytes(), "png"
    if not has_faces:
        file = io.BytesIO()
        with Image.open(path) as plot:
            few = plot.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
            few.convert("RGB").save(file, "WEBP", lossless=True, method=3, quality=50)
        content, kind = file.getvalue(), "webp"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _static(name: str) -> str:
    return STATIC.joinpath(name).read_text(encoding="utf-8")


def _section(
    found: DatasetFrontier,
    frontier: Frontier,
    plots: Mapping[str, Path],
    sets: Mapping[Place, MeasuredSet],
) -> dict[str, Any]:
    counts = Counter(note for row in found.measured for note in row.notes)
    shared = [note for note, count in counts.items() if count == len(found.measured) > 1]
    own = {kind: file for kind in PICTURES if (file := plots.get(f"{found.dataset}-{kind}.png")) is not None}
    return {
        "found": found,
        "pictures": [
            {
                "kind": kind,
                "title": PICTURES[kind],
                "source": picture_source(file, has_faces=kind in SHEETS),
                "rows": json.dumps(rows_of_sheet(file)) if kind in SHEETS else None,
            }
            for kind, file in own.items()
        ],
        "shared": shared,
        "bounds": bound_sentences(found.measured),
        "rows": [(row, [note for note in row.notes if note not in shared]) for row in found.rows],
        "checks": checklist(found, frontier.controls),
        "bound": bound_in_words(found),
        "tested": tested(found, sets),
        "not_tested": not_tested(found, frontier, sets),
    }
