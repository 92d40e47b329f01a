"""Axes of privacy and utility, axes with a row for each setting, and points with their intervals."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bauta.drawing.canvas import FAINT, INK
from bauta.drawing.legend import Look
from bauta.drawing.page import Page
from bauta.frontier.plots.style import CONTROL

ROW_HEIGHT = 0.31
AXIS_CHARACTERS = 40  # of a line of an axis label, where it is wrapped


def draw_points(
    axes: Axes, frame: pd.DataFrame, x: str, y: str, styles: Mapping[str, Look], *areas: float, page: Page
) -> None:
    """Draw the points of each `series` with their intervals, hollow where they are not valid.

    The areas are those of a control and of another point on a screen, in square typographic points.
    """
    frame = frame.dropna(subset=[x, y])
    if frame.empty:
        return
    named = {
        "xlabel": axes.get_xlabel(),
        "ylabel": axes.get_ylabel(),
    }  # seaborn names these after the columns
    palette = {name: look.color for name, look in styles.items()}
    colors = list(frame["series"].map(palette))
    for bars, at, along in ((axes.hlines, y, x), (axes.vlines, x, y)):
        if f"{along}_lo" in frame:
            bars(
                frame[at],
                frame[f"{along}_lo"],
                frame[f"{along}_hi"],
                colors=colors,
                lw=1.2 * page.marks,
                alpha=0.45,
            )
    areas = tuple(area * page.marks**2 for area in areas)
    sns.scatterplot(
        frame, x=x, y=y, hue="series", style="series", palette=palette, legend=False, ax=axes, zorder=5,
        markers={name: look.marker for name, look in styles.items()}, s=np.where(frame["is_control"], *areas),
    )  # fmt: skip
    axes.set(**named)
    faces = [color if valid else "white" for color, valid in zip(colors, frame["valid"], strict=True)]
    axes.collections[-1].set(edgecolors=colors, facecolors=faces, linewidths=1.2 * page.marks)


def square_axes(figure: Figure, privacy: str, utility: str, page: Page) -> Axes:
    """Create axes of privacy and utility with these labels."""
    axes = figure.add_subplot(xlim=(-0.04, 1.05), ylim=(-0.04, 1.05))
    axes.grid(visible=True)
    for label, told in ((axes.set_xlabel, privacy), (axes.set_ylabel, utility)):
        label(page.wrapped(f"{told}      better\u00a0→", AXIS_CHARACTERS))
    return axes


def row_axes(figure: Figure, frame: pd.DataFrame, label: str, page: Page) -> Axes:
    """Create axes with a row for each setting, and lines between the backends."""
    axes = figure.add_subplot(xlim=(-0.02, 1.02), ylim=(len(frame) - 0.4, -0.6))
    axes.set_xlabel(page.wrapped(label, AXIS_CHARACTERS))
    axes.set_yticks(range(len(frame)), list(frame["name"]), linespacing=1.0)
    for tick, is_control in zip(axes.get_yticklabels(), frame["is_control"], strict=True):
        tick.set_color(CONTROL if is_control else INK)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=True, axis="x")
    for line in np.flatnonzero(frame["backend"] != frame["backend"].shift())[1:]:
        axes.axhline(line - 0.5, color=FAINT, lw=0.9, zorder=0)
    return axes


def size_of_rows(frame: pd.DataFrame, page: Page, row: float = ROW_HEIGHT) -> tuple[float, float]:
    """Width and height of such axes; `row` is the height of a row on a screen, all in inches."""
    lines = int(frame["name"].str.count("\n").max()) + 1
    return (page.width, max(2.0 * page.rows, 0.6 * page.rows + page.row(row, lines) * len(frame)))
