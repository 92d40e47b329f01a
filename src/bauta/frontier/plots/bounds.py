"""What no attack can exceed, as drawn: a floor of the privacy of a point, a wall in the row of a setting.

Only the protocol `reverse` can, whose probe is clear.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from bauta.drawing.canvas import INK, MUTED
from bauta.drawing.legend import Look
from bauta.drawing.page import SCREEN, Page

FLOOR: Mapping[str, Any] = {"marker": "$[$", "mew": 0.4}
"""The sign at the least privacy, open towards more."""
FLOOR_SIZE, WALL_SIZE = 12.0, 11.0
WALL: Mapping[str, Any] = {"color": INK, "lw": 1.6}


def draw_floors(
    axes: Axes,
    floors: Sequence[float | None],
    points: pd.DataFrame,
    styles: Mapping[str, Look],
    *,
    y: str,
    page: Page = SCREEN,
) -> list[Line2D]:
    """Draw below which privacy no attack on one picture takes each point, and return the entry of the legend.

    Args:
        axes: Axes with the privacy as x.
        floors: Of each point; None where the bound is empty.
        points: A row for each, with `backend`, `privacy` and y.
        styles: Look of each backend.
        y: The column with the other coordinate.
        page: What the picture is drawn for.
    """
    drawn, sign = False, {**FLOOR, "ms": FLOOR_SIZE * page.marks}
    for floor, (_, point) in zip(floors, points.iterrows(), strict=True):
        if floor is None or not np.isfinite(point["privacy"]):
            continue
        color = styles[point["backend"]].color
        dots: dict[str, Any] = {"color": color, "lw": 0.9, "ls": (0, (1, 2)), "zorder": 2}
        axes.plot([floor, point["privacy"]], [point[y], point[y]], **dots)
        axes.plot(floor, point[y], color=color, ls="none", zorder=4, **sign)
        drawn = True
    told = "no attack but reverse\ncan go below"
    return [Line2D([], [], color=MUTED, lw=0.9, ls=(0, (1, 2)), label=told, **sign)] if drawn else []


def draw_walls(axes: Axes, bounds: Sequence[float], lines: Sequence[float]) -> None:
    """Draw above which top-1 no attack on one picture takes the row of each setting; 1 or NaN is left out."""
    for bound, line in zip(bounds, lines, strict=True):
        if bound < 1.0:
            row = line - 0.46, line + 0.46
            axes.fill_betweenx(row, bound, 1.02, color=MUTED, alpha=0.08, lw=0, zorder=0)
            axes.vlines(bound, *row, zorder=2, **WALL)


def wall_handle(bounds: Sequence[float], page: Page = SCREEN) -> list[Line2D]:
    """Return the entry of these walls in a legend; none if there is no wall."""
    size = WALL_SIZE * page.marks
    about: dict[str, Any] = {"ls": "none", "marker": "|", "ms": size, "mew": WALL["lw"], "color": INK}
    drawn = any(bound < 1.0 for bound in bounds)
    return [Line2D([], [], label="bound: no attack but reverse is above", **about)] if drawn else []
