"""The common parts of all pictures: data, canvas, colours, heading, legend and banner."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import seaborn as sns
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle

from bauta.config.short_names import readable
from bauta.frontier.measured import MeasuredSet, Place
from bauta.frontier.result import DatasetFrontier, SettingResult
from bauta.frontier.table import settings_frame
from bauta.io.atomic import write_atomically
from bauta.measurement import Measurement

WIDTH = 9.4  # width of a picture in inches, which fits a laptop
LINE = 0.19  # height of a line of small text in inches
INK, MUTED, FAINT, ALARM, CONTROL = "#1f2328", "#59636e", "#d1d9e0", "#b3261e", "#8c959f"
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "p", "<", ">")
RC = {
    **sns.axes_style("ticks", {"axes.edgecolor": MUTED, "axes.labelcolor": INK, "text.color": INK}),
    **{"font.family": "DejaVu Sans", "font.size": 9.0, "axes.titlesize": 9.0, "axes.labelsize": 9.5},
    **{"axes.spines.top": False, "axes.spines.right": False, "xtick.color": MUTED, "ytick.color": MUTED},
    **{"grid.color": "#eef1f4", "grid.linewidth": 0.8, "axes.axisbelow": True, "legend.frameon": False},
    **{"legend.fontsize": 8.5, "savefig.facecolor": "white"},
}


class Look(NamedTuple):
    """How the points of a series are drawn."""

    color: str | tuple[float, float, float]
    marker: str


@dataclass(frozen=True)
class Shown:
    """The data that the pictures of a dataset show.

    Attributes:
        found: Its frontier, without infeasible rows.
        axes: Names of the privacy and the utility axis.
        warning: The banner of failed controls, or None.
        sets: The measured sets, for the curves.
    """

    found: DatasetFrontier
    axes: tuple[str, str]
    warning: str | None
    sets: Mapping[Place, MeasuredSet]

    @property
    def frame(self) -> pd.DataFrame:
        """One row per setting: `settings_frame`, and `name`, which is short and has at most two lines."""
        frame = settings_frame(self.found.rows)
        return frame.assign(name=frame["label"].map(readable(list(frame["label"]))))

    def settings(self, kind: str, model: str | None) -> dict[str, Measurement]:
        """Return the measurements by a model, or by the first one, by the `name` of the setting."""
        places = [(row.dataset, row.backend, row.setting) for row in self.found.rows]
        measured = [place in self.sets and self.sets[place].get(kind, model) for place in places]
        return {name: one for name, one in zip(self.frame["name"], measured, strict=True) if one}

    @property
    def basis(self) -> str:
        """Return the basis of the numbers, and the units over which their intervals are bootstrapped."""
        values, pair = self.found.rows[0].values if self.found.rows else {}, self.found.pair
        known = {name: value.value for name, value in values.items()}
        images, subjects, chance = (known.get(name) for name in ("n_images", "n_subjects", "chance_top1"))
        parts = []
        if images is not None:
            counts = f"{images:,.0f} images" + ("" if subjects is None else f" of {subjects:,.0f} subjects")
            parts.append(counts if pair is None else f"privacy: {counts} of {pair.identity}")
        over = "faces" if self.found.limits.identities else "subjects"
        if pair is not None:
            faces = values["utility"].n if "utility" in values else None
            parts.append(f"utility: {'' if faces is None else f'{faces:,} faces of '}{pair.expression}")
            over = "subjects, over faces where nobody is known"
        for role in ("recognizers", "teachers"):
            if names := getattr(self.found, role):
                parts.append(f"{role}: {', '.join(names)}")
        if chance is not None:
            parts.append(f"chance of identification {chance:.3f}")
        return " · ".join([*parts, f"bars: 95 % intervals, bootstrap over {over}"])


def looks(rows: Sequence[SettingResult]) -> dict[str, Look]:
    """Return a colour and a marker per backend, distinguishable by the colour-blind; controls are grey."""
    backends = list(dict.fromkeys(row.backend for row in rows if not row.is_control))
    colors = sns.color_palette("colorblind", n_colors=max(len(backends), 1))
    found = {name: Look(colors[index], MARKERS[index % len(MARKERS)]) for index, name in enumerate(backends)}
    return found | {row.backend: Look(CONTROL, "*") for row in rows if row.is_control}


@contextmanager
def picture(
    path: Path | str,
    title: str,
    subtitle: str,
    size: tuple[float, float],
    warning: str | None = None,
    *,
    footnote: str = "",
    legend_columns: int = 0,
    dense: bool = False,
) -> Iterator[Figure]:
    """Provide a figure with a heading, written atomically as a PNG after the block has drawn into it.

    The size is that of the block's own area in inches, without the text around it. The warning is the banner
    of failed controls. With `legend_columns`, the labels of the first axes become a legend of at most two
    lines below. The rows of a dense figure touch each other.
    """
    width, height = size
    warned = textwrap.wrap(warning or "", int(width * 14.0))
    told, noted = (textwrap.wrap(text, int(width * 15.5)) for text in (subtitle, footnote))
    strip = LINE * len(warned) + 0.14 if warned else 0.0
    top = 0.44 + LINE * len(told) + (strip + 0.1 if warned else 0.0)
    note = LINE * len(noted) + (0.14 if noted else 0.0)
    bottom = note + (0.45 if legend_columns else 0.0)
    whole = height + top + bottom
    small: dict[str, Any] = {"va": "top", "linespacing": 1.35, "color": MUTED}
    with rc_context(RC):
        rect, (h_pad, hspace) = (0, bottom / whole, 1, height / whole), (0.01, 0.0) if dense else (0.06, 0.02)
        layout = ConstrainedLayoutEngine(rect=rect, w_pad=0.1, h_pad=h_pad, hspace=hspace)
        figure = Figure(figsize=(width, whole), layout=layout)
        FigureCanvasAgg(figure)
        left, cursor = 0.14 / width, whole - 0.12
        if warned:
            place, cursor = (cursor - strip) / whole, cursor - strip - 0.1
            box = Rectangle((0, place), 1, strip / whole, transform=figure.transFigure, color=ALARM, lw=0)
            figure.add_artist(box)
            bold: dict[str, Any] = {**small, "va": "center", "color": "white", "weight": "bold"}
            figure.text(0.02, place + strip / whole / 2, "\n".join(warned), size=8.5, **bold)
        figure.text(left, cursor / whole, title, size=13, weight="bold", va="top")
        figure.text(left, (cursor - 0.27) / whole, "\n".join(told), size=8.5, **small)
        figure.text(left, note / whole, "\n".join(noted), size=8, **small)
        yield figure
        if legend_columns:
            place_of: dict[str, Any] = {"loc": "lower center", "bbox_to_anchor": (0.5, note / whole)}
            handles = figure.axes[0].get_legend_handles_labels()
            figure.legend(*handles, ncols=legend_columns, columnspacing=2.0, **place_of)
        write_atomically(path, lambda partial: figure.savefig(partial, dpi=150, metadata={"Software": None}))
