"""The frontier: privacy against utility, one point a setting."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from bauta.frontier.plots.labels import Label, place_labels
from bauta.frontier.plots.names import Strengths, readable, strengths
from bauta.frontier.plots.style import INK, MUTED, Heading, Look, basis, draw, looks, resampled
from bauta.frontier.result import DatasetFrontier, SettingResult
from bauta.measurement import Value

LIMITS = (-0.04, 1.05)
LEGEND_CHARACTERS = 34


def plot_frontier(
    frontier: DatasetFrontier, path: Path | str, *, axes: tuple[str, str], warning: str | None
) -> None:
    """Draw privacy against utility with both intervals, the Pareto set and its knee.

    Args:
        frontier: Of one dataset; rows without a privacy or a utility are left out.
        path: The PNG.
        axes: Names of the privacy and the utility axis in the config.
        warning: Banner of failed controls, or None.
    """
    rows = [row for row in frontier.rows if None not in _point(row)]
    hollow = any(not row.valid for row in rows)
    heading = Heading(
        title=_title(frontier),
        subtitle=f"{basis(frontier)} · bars: 95 % intervals, {resampled(frontier)}",
        warning=warning,
        footnote="Hollow points are not valid: an attacker or the teacher is too weak on the clear faces. "
        "They are no part of the Pareto set."
        if hollow
        else None,
    )
    draw(path, heading, (9.4, 5.6), lambda figure: _paint(figure, frontier, rows, axes))


def _title(frontier: DatasetFrontier) -> str:
    if frontier.pair is None:
        return f"Privacy and utility of each anonymizer on {frontier.dataset}"
    return f"Privacy on {frontier.pair.identity} and utility on {frontier.pair.expression} of each anonymizer"


def _paint(
    figure: Figure, frontier: DatasetFrontier, rows: Sequence[SettingResult], names: tuple[str, str]
) -> None:
    axes = figure.add_subplot()
    axes.set(xlim=LIMITS, ylim=LIMITS, xlabel=_privacy_label(names[0]), ylabel=_utility_label(names[1]))
    axes.grid(visible=True, color="#eef1f4", linewidth=0.8)
    axes.set_axisbelow(True)
    obstacles = []
    style, short = looks(rows), strengths(rows)
    for backend, look in style.items():
        own = [row for row in rows if row.backend == backend]
        obstacles += _backend(axes, own, look, _legend_label(backend, short[backend]), short[backend].ordered)
    called = readable([row.label for row in rows])
    obstacles += [_pareto_line(axes, frontier), _knee(axes, frontier.knee, called)]
    _legend(axes)
    figure.draw_without_rendering()
    texts = [
        Label(*_point(row), text, style[row.backend].color)
        for row in sorted(rows, key=lambda row: not row.is_control)
        if (text := row.backend if row.is_control else short[row.backend].marks[row.setting])
    ]
    place_labels(axes, texts, np.concatenate(obstacles))


def _legend(axes: Axes) -> None:
    """Backends first, then what explains the picture; the knee's ring is smaller there."""
    handles, labels = axes.get_legend_handles_labels()
    legend = axes.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=8.5,
        labelspacing=0.85, handlelength=2.2, borderaxespad=0.0,
    )  # fmt: skip
    for handle, label in zip(legend.legend_handles, labels, strict=True):
        if label.startswith("knee") and isinstance(handle, Line2D):
            handle.set_markersize(11)


def _knee(axes: Axes, knee: SettingResult | None, names: dict[str, str]) -> NDArray[np.floating]:
    if knee is None:
        return np.empty((0, 2))
    point = np.array(_point(knee))
    axes.plot(
        *point, marker="o", ms=17, mfc="none", mec=INK, mew=1.4, zorder=6, linestyle="none",
        label=f"knee:\n{names[knee.label]}",
    )  # fmt: skip
    angles = np.linspace(0, 2 * np.pi, 24)
    return point + 0.022 * np.stack([np.cos(angles), 1.2 * np.sin(angles)], axis=1)


def _legend_label(backend: str, own: Strengths) -> str:
    lines = [backend]
    if own.option and any(own.marks.values()):
        lines += textwrap.wrap(f"{own.option} = {', '.join(own.marks.values())}", LEGEND_CHARACTERS)
    for mark, meaning in own.meanings.items():
        lines += textwrap.wrap(f"{mark}: {meaning}", LEGEND_CHARACTERS, subsequent_indent="     ")
    return "\n".join(lines)


def _backend(
    axes: Axes, rows: Sequence[SettingResult], look: Look, label: str, ordered: bool
) -> list[NDArray[np.floating]]:
    """Draw a backend's settings, strengths joined in order; return what labels must keep clear of."""
    points = np.array([_point(row) for row in rows])
    control = rows[0].is_control
    covered = [np.repeat(points, 12, axis=0)]
    if ordered:
        axes.plot(*points.T, color=look.color, linewidth=1.2, alpha=0.55, zorder=3)
        covered.append(_samples(points))
    for row, (x, y) in zip(rows, points, strict=True):
        privacy, utility = row.values["privacy"], row.values["utility"]
        axes.errorbar(
            x, y, xerr=_bars(privacy), yerr=_bars(utility), color=look.color, elinewidth=1.0, alpha=0.45,
            capsize=0, zorder=2, fmt="none",
        )  # fmt: skip
        covered += [_span(privacy, y, along_x=True), _span(utility, x, along_x=False)]
        axes.plot(
            x, y, marker=look.marker, ms=9 if control else 7.5, mec=look.color, mew=1.3, zorder=5,
            mfc=look.color if row.valid else "white", linestyle="none",
        )  # fmt: skip
    if not control or "control" not in axes.get_legend_handles_labels()[1]:
        axes.plot(
            [], [], color=look.color, marker=look.marker, ms=7.5,
            linewidth=0 if control or not ordered else 1.2,
            label="control" if control else label,
        )  # fmt: skip
    return covered


def _pareto_line(axes: Axes, frontier: DatasetFrontier) -> NDArray[np.floating]:
    """Outline of what the Pareto set dominates; its area is the hypervolume."""
    front = np.array([_point(row) for row in frontier.pareto], dtype=float)
    if len(front) == 0:
        return np.empty((0, 2))
    front = front[np.lexsort((-front[:, 1], front[:, 0]))]
    x = np.concatenate([[0.0], front[:, 0], front[-1:, 0]])
    y = np.concatenate([front[:1, 1], front[:, 1], [0.0]])
    axes.fill_between(x, y, step="pre", color=MUTED, alpha=0.06, linewidth=0, zorder=0)
    axes.step(
        x, y, where="pre", color=INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1,
        label=f"Pareto set\nhypervolume {frontier.hypervolume.value:.3f}",
    )  # fmt: skip
    corners = np.repeat(np.stack([x, y], axis=1), 2, axis=0)
    return _samples(np.stack([corners[:-1, 0], corners[1:, 1]], axis=1))


def _samples(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """Points along a line through the given points."""
    if len(points) < 2:
        return points
    steps = np.linspace(0, 1, 40)[:, None, None]
    return (points[:-1] + steps * (points[1:] - points[:-1])).reshape(-1, 2)


def _span(value: Value, other: float, *, along_x: bool) -> NDArray[np.floating]:
    if value.low is None or value.high is None:
        return np.empty((0, 2))
    ends = np.linspace(value.low, value.high, 15)
    same = np.full_like(ends, other)
    return np.stack([ends, same] if along_x else [same, ends], axis=1)


def _bars(value: Value) -> NDArray[np.floating] | None:
    """Lengths of the error bars; an interval need not hold the point itself."""
    if value.value is None or value.low is None or value.high is None:
        return None
    return np.array([[max(0.0, value.value - value.low)], [max(0.0, value.high - value.value)]])


def _point(row: SettingResult) -> tuple[float, float]:
    return row.values["privacy"].value, row.values["utility"].value  # type: ignore[return-value]


def _privacy_label(name: str) -> str:
    what = "strongest attacker's top-1 identification" if name == "worst_top1" else name
    return f"privacy: 1 − {what}, corrected for chance      better →"


def _utility_label(name: str) -> str:
    what = {
        "macro_f1": "macro-F1 of the expressions relative to clear faces",
        "kappa": "Cohen's κ to clear faces",
    }
    return f"utility: {what.get(name, name)}      better →"
