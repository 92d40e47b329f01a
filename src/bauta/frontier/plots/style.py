"""What all plots share: canvas, colours, headings and the banner of failed controls."""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import seaborn as sns
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle

from bauta.files import write_atomically
from bauta.frontier.result import DatasetFrontier, SettingResult

DPI = 150
INK, MUTED, FAINT, ALARM = "#1f2328", "#59636e", "#d1d9e0", "#b3261e"
CONTROL = "#8c959f"
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "p", "<", ">")
LINE = 0.19
"""Height of a line of small text in inches."""

RC = {
    **sns.axes_style("ticks"),
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.labelsize": 9.5,
    "axes.edgecolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@dataclass(frozen=True)
class Look:
    """How the points of a backend are drawn."""

    color: str | tuple[float, float, float]
    marker: str


@dataclass(frozen=True)
class Heading:
    """The text around a plot.

    Attributes:
        title: One line.
        subtitle: What the numbers rest on.
        warning: The banner of failed controls, or None.
        footnote: Below the plot, or None.
    """

    title: str
    subtitle: str
    warning: str | None = None
    footnote: str | None = None


def looks(rows: Sequence[SettingResult]) -> dict[str, Look]:
    """One colour and marker a backend, distinguishable by the colour-blind; controls are grey."""
    backends = list(dict.fromkeys(row.backend for row in rows if not row.is_control))
    colors = sns.color_palette("colorblind", n_colors=max(len(backends), 1))
    found = {name: Look(colors[index], MARKERS[index % len(MARKERS)]) for index, name in enumerate(backends)}
    controls = {row.backend: Look(CONTROL, "*") for row in rows if row.is_control}
    return found | controls


def basis(frontier: DatasetFrontier) -> str:
    """One line on what the numbers of a dataset rest on."""
    values = frontier.rows[0].values if frontier.rows else {}
    parts = []
    images, subjects, chance = (
        values[name].value if name in values else None for name in ("n_images", "n_subjects", "chance_top1")
    )
    if images is not None:
        counts = f"{images:,.0f} images" + ("" if subjects is None else f" of {subjects:,.0f} subjects")
        parts.append(counts if frontier.pair is None else f"privacy: {counts} of {frontier.pair.identity}")
    if frontier.pair is not None:
        faces = values["utility"].n if "utility" in values else None
        count = "" if faces is None else f"{faces:,} faces of "
        parts.append(f"utility: {count}{frontier.pair.expression}")
    if frontier.recognizers:
        parts.append("recognizers: " + ", ".join(frontier.recognizers))
    if frontier.teachers:
        parts.append("teachers: " + ", ".join(frontier.teachers))
    if chance is not None:
        parts.append(f"chance of identification {chance:.3f}")
    return " · ".join(parts)


def resampled(frontier: DatasetFrontier) -> str:
    """What the intervals of a dataset are bootstrapped over; where nobody is known, over faces."""
    if frontier.pair is not None:
        return "bootstrap over subjects, over faces where nobody is known"
    return f"bootstrap over {'faces' if frontier.limits.identities else 'subjects'}"


def draw(
    path: Path | str,
    heading: Heading,
    size: tuple[float, float],
    paint: Callable[[Figure], None],
    *,
    legend_columns: int = 0,
) -> None:
    """Let `paint` fill a figure below a heading and write it as PNG, atomically.

    Args:
        path: The PNG.
        heading: Text around the plot.
        size: Width and height of the plot's own area in inches; heading, legend and footnote come on top.
        paint: Draws into the figure; its layout already keeps clear of the text around it.
        legend_columns: Columns of a legend of what the first axes has labelled, in at most two lines between
            plot and footnote; 0 for none.
    """
    width, body = size
    warning = textwrap.wrap(heading.warning or "", int(width * 14.0))
    subtitle = textwrap.wrap(heading.subtitle, int(width * 15.5))
    footnote = textwrap.wrap(heading.footnote or "", int(width * 15.5))
    strip = LINE * len(warning) + 0.14 if warning else 0.0
    top = 0.44 + LINE * len(subtitle) + (strip + 0.1 if warning else 0.0)
    note = LINE * len(footnote) + (0.14 if footnote else 0.0)
    bottom = note + (0.45 if legend_columns else 0.0)
    height = body + top + bottom
    small: dict[str, Any] = {"va": "top", "linespacing": 1.35, "color": MUTED}
    with rc_context(RC):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        _layout(figure).set(rect=(0, bottom / height, 1, 1 - (top + bottom) / height), w_pad=0.1, h_pad=0.06)
        left, cursor = 0.14 / width, height - 0.12
        if warning:
            _strip(figure, warning, (cursor - strip) / height, strip / height)
            cursor -= strip + 0.1
        figure.text(left, cursor / height, heading.title, size=13, weight="bold", va="top")
        figure.text(left, (cursor - 0.27) / height, "\n".join(subtitle), size=8.5, **small)
        figure.text(left, note / height, "\n".join(footnote), size=8, **small)
        paint(figure)
        if legend_columns:
            figure.legend(
                *figure.axes[0].get_legend_handles_labels(), loc="lower center", ncols=legend_columns,
                bbox_to_anchor=(0.5, note / height), frameon=False, fontsize=8.5, columnspacing=2.0,
            )  # fmt: skip
        write_atomically(path, lambda partial: figure.savefig(partial, dpi=DPI, metadata={"Software": None}))


def tighten(figure: Figure) -> None:
    """Take the space from between the rows of panels."""
    _layout(figure).set(h_pad=0.01, hspace=0.0)


def _layout(figure: Figure) -> ConstrainedLayoutEngine:
    engine = figure.get_layout_engine()
    if not isinstance(engine, ConstrainedLayoutEngine):
        raise TypeError(f"expected a figure with constrained layout, got {type(engine).__name__}")
    return engine


def _strip(figure: Figure, lines: Sequence[str], bottom: float, height: float) -> None:
    """White words on the colour of alarm, across the figure; positions in parts of the figure."""
    box = Rectangle(
        (0.0, bottom), 1.0, height, transform=figure.transFigure, facecolor=ALARM, edgecolor="none"
    )
    figure.add_artist(box)
    figure.text(
        0.02, bottom + height / 2, "\n".join(lines),
        color="white", weight="bold", size=8.5, va="center", linespacing=1.35,
    )  # fmt: skip
