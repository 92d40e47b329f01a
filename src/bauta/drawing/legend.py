"""The looks of series, and the legend beside the axes that explains them."""

from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from bauta.drawing.page import SCREEN, Page


class Look(NamedTuple):
    """How the points of a series are drawn."""

    color: str | tuple[float, float, float]
    marker: str


def handle_of(label: str, look: Look, line: float, page: Page = SCREEN) -> Line2D:
    """The entry of a series in a legend; `line` is the width of the line through its points, 0 for none."""
    size = (7.5 if line else 6.5) * page.marks
    return Line2D([], [], color=look.color, marker=look.marker, ms=size, lw=line, label=label)


def legend_beside(axes: Axes, handles: list[Line2D], page: Page = SCREEN) -> None:
    """Draw a legend on the right of the axes, or in two columns below them, where all legends are below."""
    if page.below:
        about: dict[str, Any] = {"loc": "lower center", "ncols": 2, "handlelength": 1.8, "columnspacing": 1.0}
        axes.figure.legend(handles=handles, **about)
        return
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "borderaxespad": 0.0}
    axes.legend(handles=handles, labelspacing=0.85, handlelength=2.2, **place)
