"""A small picture for each trap, and the sheets that they are put on.

A panel is a function that computes its numbers, most of them on made-up scores with a fixed seed, and draws
them: what misleads in vermilion, what holds in teal.
"""

import textwrap
from collections.abc import Callable, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from svg import GREY, INK, PLAIN, RIGHT, STYLE, WRONG, write

__all__ = ["GREY", "INK", "PLAIN", "RIGHT", "WRONG", "bars", "generator", "panel", "sheet", "top1"]

Panel = Callable[[Axes], None]

PANELS: dict[int, tuple[str, Panel]] = {}
"""Number of a trap → title and picture."""

COLUMNS = 3


def panel(number: int, title: str) -> Callable[[Panel], Panel]:
    """Register the picture of a trap."""

    def add(draw: Panel) -> Panel:
        if number in PANELS:
            raise ValueError(f"trap {number} has two pictures")
        PANELS[number] = (title, draw)
        return draw

    return add


def sheet(name: str, numbers: Sequence[int]) -> None:
    """Draw the pictures of some traps on one sheet."""
    rows = -(-len(numbers) // COLUMNS)
    with mpl.rc_context(
        STYLE | {"font.size": 7.5, "axes.titlesize": 8.5, "xtick.labelsize": 7.5, "ytick.labelsize": 7.5}
    ):
        figure = Figure(figsize=(8.4, 1.75 * rows), layout="constrained")
        grid = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
        for axes, number in zip(grid, numbers, strict=False):
            title, draw = PANELS[number]
            axes.set_title("\n".join(textwrap.wrap(f"{number}  {title}", 30)), loc="left", color=INK)
            draw(axes)
        for axes in grid[len(numbers) :]:
            axes.set_axis_off()
        write(figure, f"traps-{name}", "; ".join(f"{number}: {PANELS[number][0]}" for number in numbers))


def bars(
    axes: Axes, values: dict[str, float], colors: Sequence[str], *, top: float = 1.0, digits: int = 2
) -> None:
    """Draw named values as lying bars with their numbers; NaN is drawn as a missing value."""
    names = list(values)
    for row, (name, color) in enumerate(zip(names, colors, strict=True)):
        value = values[name]
        if np.isnan(value):
            axes.text(0.02 * top, row, "no value, with the reason", va="center", color=RIGHT, fontsize=7.5)
            continue
        axes.barh(row, min(value, top), color=color, height=0.62)
        text = "∞" if np.isinf(value) else f"{value:.{digits}f}".replace("-", "−")
        axes.text(min(max(value, 0), top) + 0.02 * top, row, text, va="center", color=INK, fontsize=7.5)
    axes.set_yticks(range(len(names)), labels=names)
    axes.invert_yaxis()
    axes.set(xlim=(min(0.0, *(v for v in values.values() if np.isfinite(v))), 1.22 * top), xticks=[])
    axes.tick_params(left=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def generator(number: int) -> np.random.Generator:
    """Return the random numbers of a trap's picture."""
    return np.random.default_rng(1000 + number)


def top1(gallery: np.ndarray, probes: np.ndarray, truth: np.ndarray) -> float:
    """Return the share of probes whose most similar gallery entry, by cosine, is the right one."""
    a = gallery / np.linalg.norm(gallery, axis=1, keepdims=True)
    b = probes / np.linalg.norm(probes, axis=1, keepdims=True)
    return float(np.mean((b @ a.T).argmax(axis=1) == truth))
