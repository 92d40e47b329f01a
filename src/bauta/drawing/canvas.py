"""The canvas of a picture: its colours, heading, banner, legend and footnote."""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import seaborn as sns
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle

from bauta.io.atomic import write_atomically
from bauta.io.infeasible import reason_instead

WIDTH = 9.4  # width of a picture in inches, which fits a laptop
LINE = 0.19  # height of a line of small text in inches
INK, MUTED, FAINT, ALARM = "#1f2328", "#59636e", "#d1d9e0", "#b3261e"
RC = {
    **sns.axes_style("ticks", {"axes.edgecolor": MUTED, "axes.labelcolor": INK, "text.color": INK}),
    **{"font.family": "DejaVu Sans", "font.size": 9.0, "axes.titlesize": 9.0, "axes.labelsize": 9.5},
    **{"axes.spines.top": False, "axes.spines.right": False, "xtick.color": MUTED, "ytick.color": MUTED},
    **{"grid.color": "#eef1f4", "grid.linewidth": 0.8, "axes.axisbelow": True, "legend.frameon": False},
    **{"legend.fontsize": 8.5, "savefig.facecolor": "white"},
}


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
    legend_lines: int = 2,
    dense: bool = False,
) -> Iterator[Figure]:
    """Provide a figure with a heading, written atomically as a PNG after the block has drawn into it.

    The size is that of the block's own area in inches, without the text around it. The warning is the banner
    of failed controls. With `legend_columns`, the labels of the first axes become a legend below, column by
    column, of at most `legend_lines` lines. The rows of a dense figure touch each other.
    """
    width, height = size
    warned = textwrap.wrap(warning or "", int(width * 14.0))
    told, noted = (textwrap.wrap(text, int(width * 15.5)) for text in (subtitle, footnote))
    strip = LINE * len(warned) + 0.14 if warned else 0.0
    top = 0.44 + LINE * len(told) + (strip + 0.1 if warned else 0.0)
    note = LINE * len(noted) + (0.14 if noted else 0.0)
    bottom = note + (0.07 + LINE * legend_lines if legend_columns else 0.0)
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


@contextmanager
def picture_or_reason(path: Path | str, title: str) -> Iterator[None]:
    """Let the block draw a picture; if that is infeasible, draw one with the reason below the same title."""

    def write(reason: str) -> None:
        with picture(path, title, "There is nothing to draw.", (WIDTH, 1.4)) as figure:
            axes = figure.add_subplot()
            axes.set_axis_off()
            text = "\n".join(textwrap.wrap(reason, 110))
            axes.text(0.0, 1.0, text, transform=axes.transAxes, va="top", color=MUTED)

    with reason_instead(path, write):
        yield
