"""Confusion matrices of the expression teacher, on clear faces and after each anonymizer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bauta.frontier.plots.style import INK, MUTED, Heading, draw

COLUMNS = 4


@dataclass(frozen=True)
class Confusion:
    """Labels against predictions.

    Attributes:
        counts: (C, P) faces by label and prediction; P = C, or more where faces have no prediction.
        macro_f1: Of this matrix, or None.
    """

    counts: NDArray[np.integer]
    macro_f1: float | None


def plot_confusion(
    clear: Confusion,
    settings: Mapping[str, Confusion],
    classes: Sequence[str],
    path: Path | str,
    *,
    dataset: str,
    teacher: str,
    warning: str | None,
) -> None:
    """Draw a matrix for the clear faces and one for each setting, rows scaled to 1, with counts.

    Args:
        clear: Before anonymization.
        settings: After it, by the setting's label.
        classes: Names of the predictions; the first are the labels.
        path: The PNG.
        dataset: Name of the dataset, for the title.
        teacher: Who predicts.
        warning: Banner of failed controls, or None.
    """
    heading = Heading(
        title=f"Which expressions {teacher} still reads on {dataset}",
        subtitle="Rows: labelled expression. Columns: predicted expression. Darker: larger share of the row. "
        "Numbers: faces. F1: macro-F1.",
        warning=warning,
    )
    panels = {"clear faces": clear, **settings}
    height = 2.32 * -(-len(panels) // COLUMNS)
    draw(path, heading, (9.4, height + 0.45), lambda figure: _paint(figure, panels, classes))


def _paint(figure: Figure, panels: Mapping[str, Confusion], classes: Sequence[str]) -> None:
    rows = -(-len(panels) // COLUMNS)
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    for index, axes in enumerate(grid.flat):
        if index >= len(panels):
            axes.set_axis_off()
            continue
        name, confusion = list(panels.items())[index]
        _panel(axes, name, confusion, classes, left=index % COLUMNS == 0, bottom=index // COLUMNS == rows - 1)


def _panel(
    axes: Axes, name: str, confusion: Confusion, classes: Sequence[str], *, left: bool, bottom: bool
) -> None:
    counts = confusion.counts
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    axes.pcolormesh(shares, vmin=0, vmax=1, cmap="Blues", edgecolors="white", linewidth=0.6)
    axes.set(aspect="equal", ylim=(counts.shape[0], 0))
    axes.spines[:].set_visible(False)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = "white" if shares[row, column] > 0.55 else INK
            number = axes.text(column + 0.5, row + 0.54, count, ha="center", va="center", size=7, color=color)
            number.set_in_layout(False)  # measuring every number would take seconds
    axes.set_xticks(
        np.arange(counts.shape[1]) + 0.5, classes[: counts.shape[1]] if bottom else [""] * counts.shape[1]
    )
    axes.set_yticks(
        np.arange(counts.shape[0]) + 0.5, classes[: counts.shape[0]] if left else [""] * counts.shape[0]
    )
    axes.tick_params(length=0, labelsize=7.5, labelcolor=INK)
    for label in axes.get_xticklabels():
        label.set(rotation=45, ha="right", rotation_mode="anchor")
    first, *rest = name.split("\n")
    below = "\n" * len(rest)
    axes.set_title(first + below, loc="left", size=8.5, weight="bold", pad=4)
    axes.set_title("\n".join(rest), loc="center", size=7, color=INK, pad=4)
    if confusion.macro_f1 is not None:
        axes.set_title(f"F1 {confusion.macro_f1:.2f}{below}", loc="right", size=8, color=MUTED, pad=4)
