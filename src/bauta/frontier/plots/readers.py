"""Whether expression recovers when its reader adapts, beside how much identity the attacker recovers."""

from pathlib import Path

from matplotlib.figure import Figure

from bauta.frontier.join import READERS
from bauta.frontier.plots.names import readable
from bauta.frontier.plots.style import Heading, basis, draw, resampled
from bauta.frontier.result import DatasetFrontier, SettingResult

SERIES = {
    "utility": ("trained on originals", "#4c566a", "o"),
    "utility_reader_anonymized": ("trained on anonymized faces", "#c2571a", "s"),
    "utility_reader_both": ("trained on both", "#2a7f62", "^"),
}
"""Column of the utility → what the reader was trained on, colour and marker."""


def plot_readers(frontier: DatasetFrontier, path: Path | str, *, warning: str | None) -> None:
    """Draw the utility for each reader against the privacy from the strongest attacker, adaptive or not.

    Args:
        frontier: Of one dataset; settings that no reader has adapted to are left out.
        path: The PNG.
        warning: Banner of failed controls, or None.
    """
    rows = [row for row in frontier.rows if any(row.values[name].value is not None for name in READERS)]
    heading = Heading(
        title=f"Readers that adapt to each anonymizer on {frontier.dataset}",
        subtitle=f"{basis(frontier)} · bars: 95 % intervals, {resampled(frontier)}",
        warning=warning,
        footnote="Points above one another are one set; identity is attacked by the strongest attacker.",
    )
    draw(path, heading, (9.4, 5.6), lambda figure: _paint(figure, rows))


def _paint(figure: Figure, rows: list[SettingResult]) -> None:
    axes = figure.add_subplot()
    axes.set(
        xlim=(-0.04, 1.05),
        ylim=(-0.04, 1.05),
        xlabel="privacy: 1 − strongest attacker's top-1 identification, corrected for chance      better →",
        ylabel="macro-F1 of the expressions relative to clear faces      better →",
    )
    axes.grid(visible=True, color="#eef1f4", linewidth=0.8)
    axes.set_axisbelow(True)
    for column, (label, colour, marker) in SERIES.items():
        shown = [
            (row.values["privacy"].value, value.value, value.low, value.high)
            for row in rows
            if (value := row.values[column]).value is not None and row.values["privacy"].value is not None
        ]
        axes.plot([], [], color=colour, marker=marker, linestyle="none", label=f"reader {label}")
        for x, y, low, high in shown:
            axes.plot(x, y, color=colour, marker=marker, ms=7, linestyle="none")
            if low is not None and high is not None:
                axes.plot([x, x], [low, high], color=colour, linewidth=1.0, alpha=0.5)
    names = readable([row.label for row in rows])
    for row in rows:
        if row.values["privacy"].value is not None:
            axes.annotate(
                names[row.label],
                (row.values["privacy"].value, 1.04),
                rotation=90,
                fontsize=6.5,
                ha="center",
                va="top",
            )
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=8.5)
