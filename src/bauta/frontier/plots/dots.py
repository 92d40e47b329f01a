"""Dot plots, one line a setting: identification by attacker, and one axis where the other is missing."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bauta.frontier.plots.names import readable
from bauta.frontier.plots.style import CONTROL, FAINT, INK, MUTED, Heading, basis, draw, looks, resampled
from bauta.frontier.result import DatasetFrontier, SettingResult
from bauta.measurement import Value

ATTACKS = {
    "top1": ("naive: clear gallery, anonymized probe", "o"),
    "reverse_top1": ("reverse: anonymized gallery, clear probe", "s"),
    "parrot_top1": ("parrot: both anonymized", "D"),
    "adaptive_top1": ("adaptive: trained on anonymized faces", "^"),
}
ATTACK_COLORS = ("#0173b2", "#de8f05", "#029e73", "#cc78bc")
ROW_HEIGHT = 0.31
OFFSETS = (-0.24, -0.08, 0.08, 0.24)


def plot_attackers(frontier: DatasetFrontier, path: Path | str, *, warning: str | None) -> None:
    """Draw top-1 identification of each setting by each attacker of the first recognizer.

    Args:
        frontier: Of one dataset.
        path: The PNG.
        warning: Banner of failed controls, or None.
    """
    heading = Heading(
        title=f"Who is still identified on {frontier.dataset}",
        subtitle=f"{basis(frontier)} · bars: 95 % intervals, bootstrap over subjects",
        warning=warning,
        footnote="The attackers use the first recognizer. Faces without an output count as identified. "
        "Hollow points are not valid.",
    )
    size = (9.4, _height(frontier))
    draw(path, heading, size, lambda figure: _paint_attackers(figure, frontier), legend_columns=3)


def plot_axis(frontier: DatasetFrontier, path: Path | str, *, axis: str, warning: str | None) -> None:
    """Draw one axis of each setting; the frontier of a dataset that does not support the other.

    Args:
        frontier: Of one dataset.
        path: The PNG.
        axis: `privacy` or `utility`.
        warning: Banner of failed controls, or None.
    """
    missing = "utility" if axis == "privacy" else "privacy"
    heading = Heading(
        title=f"{axis.capitalize()} of each anonymizer on {frontier.dataset}",
        subtitle=f"{basis(frontier)} · bars: 95 % intervals, {resampled(frontier)}",
        warning=warning,
        footnote=f"This dataset supports no {missing}, so there is no frontier: "
        f"{_reason(frontier, missing)}. Hollow points are not valid.",
    )
    draw(path, heading, (9.4, _height(frontier)), lambda figure: _paint_axis(figure, frontier, axis))


def _height(frontier: DatasetFrontier) -> float:
    return max(2.0, 0.6 + ROW_HEIGHT * len(frontier.rows))


def _reason(frontier: DatasetFrontier, axis: str) -> str:
    reasons = [row.values[axis].reason for row in frontier.rows]
    return next((reason for reason in reasons if reason), "not measured")


def _paint_attackers(figure: Figure, frontier: DatasetFrontier) -> None:
    axes = _axes(figure, frontier.rows, "identified: top-1 of a closed set      ← better")
    for (column, (name, marker)), color, offset in zip(ATTACKS.items(), ATTACK_COLORS, OFFSETS, strict=True):
        for index, row in enumerate(frontier.rows):
            _dot(
                axes,
                row.values[column],
                index + offset,
                color=color,
                marker=marker,
                size=5.5,
                filled=row.valid,
            )
        axes.plot([], [], marker=marker, color=color, linestyle="none", ms=5.5, label=name)
    first = frontier.rows[0].values
    for column, text, dashes in (("chance_top1", "chance", (0, (1, 2))), ("clear_top1", "clear faces", "-")):
        at = first[column].value
        if at is not None:
            axes.axvline(
                at, color=MUTED, linewidth=1.1, linestyle=dashes, zorder=1,
                label=f"{text} {at:.3f}",
            )  # fmt: skip


def _paint_axis(figure: Figure, frontier: DatasetFrontier, axis: str) -> None:
    axes = _axes(figure, frontier.rows, f"{axis}, 0 to 1      better →")
    style = looks(frontier.rows)
    for index, row in enumerate(frontier.rows):
        look = style[row.backend]
        _dot(
            axes, row.values[axis], index, color=look.color, marker=look.marker,
            size=9 if row.is_control else 7, filled=row.valid,
        )  # fmt: skip


def _axes(figure: Figure, rows: Sequence[SettingResult], label: str) -> Axes:
    axes = figure.add_subplot()
    axes.set(xlim=(-0.02, 1.02), ylim=(len(rows) - 0.4, -0.6), xlabel=label)
    names = readable([row.label for row in rows])
    axes.set_yticks(range(len(rows)), [names[row.label] for row in rows], color=INK, linespacing=1.0)
    for tick, row in zip(axes.get_yticklabels(), rows, strict=True):
        tick.set_color(CONTROL if row.is_control else INK)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=True, axis="x", color="#eef1f4", linewidth=0.8)
    axes.set_axisbelow(True)
    for index in range(1, len(rows)):
        new_backend = rows[index].backend != rows[index - 1].backend
        axes.axhline(index - 0.5, color=FAINT, linewidth=0.9 if new_backend else 0.0, zorder=0)
    return axes


def _dot(
    axes: Axes, value: Value, y: float, *, color: object, marker: str, size: float, filled: bool
) -> None:
    """A value with its interval; a missing one leaves its place empty."""
    if value.value is None:
        return
    if value.low is not None and value.high is not None:
        axes.hlines(y, value.low, value.high, color=color, linewidth=1.4, alpha=0.5, zorder=3)
    axes.plot(
        value.value, y, marker=marker, ms=size, mec=color, mew=1.2, linestyle="none", zorder=4,
        mfc=color if filled else "white",
    )  # fmt: skip
