"""The looks of series, and the legend beside the axes that explains them."""

from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from bauta.drawing.page import SCREEN, Page

BELOW_AXES = 0.7
"""Inches that the ticks and the label below axes take, and their padding."""


class Look(NamedTuple):
    """How the points of a series are drawn."""

    color: str | tuple[float, float, float]
    marker: str


def handle_of(label: str, look: Look, line: float, page: Page = SCREEN) -> Line2D:
    """The entry of a series in a legend; `line` is the width of the line through its points, 0 for none."""
    size = (7.5 if line else 6.5) * page.marks
    return Line2D([], [], color=look.color, marker=look.marker, ms=size, lw=line, label=label)


def legend_beside(axes: Axes, handles: list[Line2D], page: Page = SCREEN) -> None:
    """Draw a legend on the right of the axes, or in two columns below them, where all legends are below.

    The figure becomes as high as a long legend needs: the layout would squeeze the axes to nothing instead.
    """
    if page.below:
        about: dict[str, Any] = {"loc": "lower center", "ncols": 2, "handlelength": 1.8, "columnspacing": 1.0}
        axes.figure.legend(handles=handles, **about)
        return
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "borderaxespad": 0.0}
    legend = axes.legend(handles=handles, labelspacing=0.85, handlelength=2.2, **place)
    figure = axes.get_figure(root=True)
    if figure is not None:
        _grow(figure, legend.get_window_extent().height / figure.dpi + BELOW_AXES)


def _grow(figure: Figure, height: float) -> None:
    """Make the area of a figure that its layout fills at least so many inches high."""
    layout = figure.get_layout_engine()
    if not isinstance(layout, ConstrainedLayoutEngine):
        return
    left, bottom, width, share = layout.get()["rect"]
    whole = figure.get_figheight()
    more = height - share * whole
    if more > 0:
        figure.set_size_inches(figure.get_figwidth(), whole + more)
        layout.set(rect=(left, bottom * whole / (whole + more), width, height / (whole + more)))
