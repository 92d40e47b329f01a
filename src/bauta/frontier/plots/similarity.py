"""Similarity of genuine and impostor pairs, on clear faces and after each anonymizer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bauta.frontier.plots.style import INK, MUTED, Heading, draw, tighten

GENUINE, IMPOSTOR = "#de8f05", "#0173b2"


@dataclass(frozen=True)
class Histogram:
    """Similarities of one protocol.

    Attributes:
        edges: float (B + 1,), cosine similarity.
        genuine: Pairs of one subject in each bin, (B,).
        impostor: Pairs of two subjects in each bin, (B,).
        auc: Area under the ROC curve, or None.
    """

    edges: NDArray[np.floating]
    genuine: NDArray[np.floating]
    impostor: NDArray[np.floating]
    auc: float | None


def plot_similarity(
    clear: Histogram,
    settings: Mapping[str, Mapping[str, Histogram]],
    path: Path | str,
    *,
    dataset: str,
    recognizer: str,
    warning: str | None,
) -> None:
    """Draw one row a setting and one column a protocol, with the clear faces on top of each column.

    Args:
        clear: Originals against originals.
        settings: Label of each setting → protocol → histogram.
        path: The PNG.
        dataset: Name of the dataset, for the title.
        recognizer: Whose similarities these are.
        warning: Banner of failed controls, or None.
    """
    protocols = list(dict.fromkeys(name for found in settings.values() for name in found))
    heading = Heading(
        title=f"What {recognizer} sees on {dataset}",
        subtitle="Cosine similarity of pairs of one person and of two persons. The further apart the two, "
        "the more identity is left.",
        warning=warning,
        footnote="Each distribution is scaled to its own maximum. AUC 0.5 is chance, 1 is perfect.",
    )
    draw(
        path,
        heading,
        (9.4, 0.75 + 0.45 * (len(settings) + 1)),
        lambda figure: _paint(figure, clear, settings, protocols),
        legend_columns=2,
    )


def _paint(
    figure: Figure,
    clear: Histogram,
    settings: Mapping[str, Mapping[str, Histogram]],
    protocols: Sequence[str],
) -> None:
    panels = figure.subplots(
        len(settings) + 1, len(protocols), sharex=True, squeeze=False, gridspec_kw={"hspace": 0}
    )
    tighten(figure)
    limits = _limits([clear, *(found for row in settings.values() for found in row.values())])
    titles = {
        "naive": "naive: clear gallery, anonymized probe",
        "reverse": "reverse: anonymized gallery, clear probe",
        "parrot": "parrot: gallery and probe anonymized",
    }
    for column, protocol in enumerate(protocols):
        panels[0, column].set_title(
            titles.get(protocol, protocol), loc="left", color=INK, weight="bold", pad=6
        )
        _panel(panels[0, column], clear, limits)
        for row, found in enumerate(settings.values(), start=1):
            _panel(panels[row, column], found.get(protocol), limits)
        panels[-1, column].set_xlabel("cosine similarity")
        panels[-1, column].tick_params(axis="x", length=3)
        panels[-1, column].spines["bottom"].set_color(MUTED)
    for axes, label in zip(panels[:, 0], ["clear faces", *settings], strict=True):
        axes.set_ylabel(label, rotation=0, ha="right", va="center", labelpad=8, size=9, color=INK)


def _panel(axes: Axes, histogram: Histogram | None, limits: tuple[float, float]) -> None:
    axes.set(xlim=limits, ylim=(0, 1.12), yticks=[])
    axes.tick_params(axis="x", length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color("#d1d9e0")
    if histogram is None:
        axes.text(0.5, 0.4, "not measured", transform=axes.transAxes, ha="center", color=MUTED, size=8)
        return
    for counts, color, name in (
        (histogram.impostor, IMPOSTOR, "two persons (impostor pairs)"),
        (histogram.genuine, GENUINE, "one person (genuine pairs)"),
    ):
        if counts.sum() == 0:
            continue
        x, y = np.repeat(histogram.edges, 2)[1:-1], np.repeat(counts / counts.max(), 2)
        axes.fill_between(x, y, color=color, alpha=0.35, linewidth=0, label=name)
        axes.plot(x, y, color=color, linewidth=1.0)
    note = "AUC –" if histogram.auc is None else f"AUC {histogram.auc:.3f}"
    axes.text(1.0, 0.4, note, transform=axes.transAxes, ha="left", va="center", size=8, color=MUTED)


def _limits(histograms: Sequence[Histogram]) -> tuple[float, float]:
    """The range of similarities that any histogram fills, with a little room."""
    low, high = 1.0, -1.0
    for histogram in histograms:
        filled = np.flatnonzero(histogram.genuine + histogram.impostor)
        if len(filled):
            low = min(low, float(histogram.edges[filled[0]]))
            high = max(high, float(histogram.edges[filled[-1] + 1]))
    return (low - 0.02, high + 0.02) if low < high else (-1.0, 1.0)
