"""Pictures with a point for each setting: the frontier, one axis alone, the attackers, readers that adapt."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bauta.config.short_names import Strengths, strengths
from bauta.drawing.canvas import FAINT, INK, MUTED, WIDTH, picture
from bauta.drawing.labels import place_labels
from bauta.drawing.legend import Look, handle_of, legend_beside
from bauta.frontier.bounds import privacy_floor
from bauta.frontier.plots.bounds import draw_floors, draw_walls, wall_handle
from bauta.frontier.plots.style import CONTROL, IN_WORDS, Shown, looks
from bauta.frontier.result import SettingResult
from bauta.frontier.rows import RANGE, READERS
from bauta.io.infeasible import require
from bauta.metrics.axes import KAPPA

HOLLOW = "Hollow points are not valid"
SQUARE = (WIDTH, 5.6)
LEGEND_CHARACTERS, ROW_HEIGHT = 34, 0.31

ATTACKS = {  # value of each recognizer → name, marker and offset within the row of a setting
    "naive_top1": ("naive: clear gallery, anonymized probe", "o", -0.17),
    "reverse_top1": ("reverse: anonymized gallery, clear probe", "s", 0.0),
    "parrot_top1": ("parrot: both anonymized", "D", 0.17),
    "adaptive_top1": ("adaptive: trained on anonymized faces", "^", 0.34),
}
STRONGEST = {  # column over all recognizers → name and look, above the attacks
    "worst_top1": ("worst_top1: the attack that counts", Look(INK, "X")),
    "max_top1": ("max_top1: strongest on the scored people", Look(INK, "|")),
}
ATTACKS_HEIGHT, STRONGEST_OFFSET, RECOGNIZERS_APART = 0.6, -0.34, 0.1
TRAINED_ON = {  # column of a utility → training data of its teacher, and its look
    "relative_macro_f1": ("originals", Look("#4c566a", "o")),
    "utility_reader_anonymized": ("anonymized faces", Look("#c2571a", "s")),
    "utility_reader_both": ("both", Look("#2a7f62", "^")),
}


def plot_frontier(shown: Shown, path: Path | str) -> None:
    """Draw privacy against utility with both intervals, the Pareto set and its knee.

    Rows without a privacy or a utility are left out; if all lack one of them, the other is drawn alone.
    """
    found = shown.found
    if found.limits.identities or not found.has_utility:
        _plot_axis(shown, path, "utility" if found.limits.identities else "privacy")
        return
    frame = shown.frame.dropna(subset=["privacy", "utility"])
    rows = [row for row in found.rows if row.label in set(frame["label"])]
    styles, short = looks(rows), strengths(rows)
    title = f"Privacy and utility of each anonymizer on {found.dataset}"
    if found.pair:
        title = f"Privacy on {found.pair.identity} and utility on {found.pair.expression} of each anonymizer"
    frame["valid"] = frame["is_candidate"] | (frame["is_control"] & frame["valid"])
    note = f"{HOLLOW}: an attacker or the teacher is too weak on the clear faces, or the anonymizer saw the "
    note = "" if frame["valid"].all() else f"{note}labels. They are no part of the Pareto set."
    with picture(path, title, shown.basis, SQUARE, shown.warning, footnote=note) as figure:
        axes = _square(figure, shown.privacy, shown.utility)
        handles = {}
        for backend, look in styles.items():
            own, of = frame[frame["backend"] == backend], short[backend]
            line = 1.2 if not of.meanings and look.color != CONTROL else 0.0
            axes.plot(own["privacy"], own["utility"], color=look.color, lw=line, alpha=0.55, zorder=3)
            label = "control" if look.color == CONTROL else _legend_label(backend, of)
            handles[label] = handle_of(label, look, line)
        _points(axes, frame.assign(series=frame["backend"]), "privacy", "utility", styles, 81, 56)
        explained = [*_teachers(axes, rows, styles), *_ceiling(axes, shown)]
        floors = [privacy_floor(row, shown.axes[0]) for row in rows]
        explained += draw_floors(axes, floors, frame, styles, y="utility")
        explained += _pareto_line(axes, frame[frame["pareto"]], found.hypervolume.value)
        for _, knee in frame[frame["knee"]].iterrows():
            ring: dict[str, Any] = {"marker": "o", "ls": "none", "mfc": "none", "mec": INK, "mew": 1.4}
            axes.plot(knee["privacy"], knee["utility"], ms=17, zorder=6, **ring)
            explained.append(Line2D([], [], ms=11, label=f"knee:\n{knee['name']}", **ring))
        legend_beside(axes, [*handles.values(), *explained])
        frame["text"] = [r.backend if r.is_control else short[r.backend].marks[r.setting] for r in rows]
        frame["color"] = [styles[backend].color for backend in frame["backend"]]
        frame = frame[frame["text"] != ""].sort_values("is_control", ascending=False, kind="stable")
        place_labels(axes, frame.rename(columns={"privacy": "x", "utility": "y"}))


def plot_readers(shown: Shown, path: Path | str) -> None:
    """Draw the utility for each teacher against the privacy from the strongest attacker, adaptive or not.

    Settings to which no teacher has adapted are left out.
    """
    frame = shown.frame.dropna(subset=["privacy"]).dropna(subset=list(READERS), how="all")
    title = f"Readers that adapt to each anonymizer on {shown.found.dataset}"
    note = "Points above one another are one set; identity is attacked by the strongest attacker."
    with picture(path, title, shown.basis, SQUARE, shown.warning, footnote=note) as figure:
        axes = _square(figure, shown.privacy, f"utility: {IN_WORDS['relative_macro_f1']}")
        for column, (_, look) in TRAINED_ON.items():
            own = frame.assign(series=column, valid=True, privacy_lo=np.nan)
            _points(axes, own, "privacy", column, {column: look}, 49, 49)
        for at, name in zip(frame["privacy"], frame["name"], strict=True):
            axes.text(at, 1.04, name, rotation=90, size=6.5, ha="center", va="top")
        readers = TRAINED_ON.values()
        legend_beside(axes, [handle_of(f"reader trained on {faces}", look, 0.0) for faces, look in readers])


def plot_attackers(shown: Shown, path: Path | str) -> None:
    """Draw top-1 identification of each setting by each attack of each recognizer, and the strongest of all.

    A colour is a recognizer and a marker an attack; what no setting has is left out of the legend.
    """
    require(shown.found.limits.identities)
    frame, title = shown.frame, f"Who is still identified on {shown.found.dataset}"
    lines, recognizers = np.arange(len(frame)), shown.found.recognizers
    colors = dict(zip(recognizers, sns.color_palette("colorblind", len(recognizers)), strict=True))
    clear = {name: frame[f"{name}/clear_top1"].iloc[0] for name in recognizers}
    note = f"Vertical lines: clear faces. Faces without an output count as identified. {HOLLOW}."
    columns = [
        [
            handle_of(label, Look(MUTED, marker), 0.0)
            for attack, (label, marker, _) in ATTACKS.items()
            if frame[[f"{name}/{attack}" for name in recognizers]].notna().to_numpy().any()
        ],
        [
            handle_of(
                name + f", clear faces {top1:.3f}" * bool(np.isfinite(top1)), Look(colors[name], "o"), 1.1
            )
            for name, top1 in clear.items()
        ],
        [
            handle_of(label, look, 0.0)
            for column, (label, look) in STRONGEST.items()
            if frame[column].notna().any()
        ],
    ]
    chance = frame["chance_top1"].iloc[0]
    if np.isfinite(chance):
        dots: dict[str, Any] = {"color": MUTED, "lw": 1.1, "ls": (0, (1, 2))}
        columns[-1].append(Line2D([], [], label=f"chance {chance:.3f}", **dots))
    columns[-1] += wall_handle(list(frame["bound_top1"]))
    longest = max(len(column) for column in columns)
    about: dict[str, Any] = {"footnote": note, "legend_columns": len(columns), "legend_lines": longest}
    size = _size(frame, ATTACKS_HEIGHT)
    with picture(path, title, shown.basis, size, shown.warning, **about) as figure:
        axes = _lines(figure, frame, "identified: top-1 of a closed set      ← better")
        if np.isfinite(chance):
            axes.axvline(chance, zorder=1, **dots)
        for place, name in enumerate(recognizers):
            apart = RECOGNIZERS_APART * (place / len(recognizers) - 0.5 + 0.5 / len(recognizers))
            for attack, (_, marker, offset) in ATTACKS.items():
                own = frame.assign(series=name, line=lines + offset + apart)
                _points(axes, own, f"{name}/{attack}", "line", {name: Look(colors[name], marker)}, 26, 26)
            axes.axvline(clear[name], color=colors[name], lw=1.1, zorder=1)
        for column, (_, look) in STRONGEST.items():
            own = frame.assign(series=column, line=lines + STRONGEST_OFFSET, max_top1_lo=np.nan)
            _points(axes, own, column, "line", {column: look}, 46, 46)
        draw_walls(axes, list(frame["bound_top1"]), lines.tolist())
        for handles in columns:
            blank = [Line2D([], [], ls="none", label=" ") for _ in range(longest - len(handles))]
            for handle in (*handles, *blank):
                axes.add_line(handle)


def _plot_axis(shown: Shown, path: Path | str, axis: str) -> None:
    """Draw one axis for each setting, as the frontier of a dataset that does not support the other."""
    frame, found = shown.frame, shown.found
    missing = "utility" if axis == "privacy" else "privacy"
    reason = next((why for row in found.rows if (why := row.values[missing].reason)), "not measured")
    floors = [privacy_floor(row, shown.axes[0]) if axis == "privacy" else None for row in found.rows]
    below = " Brackets: no attack but reverse can go below." * any(floor is not None for floor in floors)
    note = f"This dataset supports no {missing}, so there is no frontier: {reason}. {HOLLOW}.{below}"
    title = f"{axis.capitalize()} of each anonymizer on {found.dataset}"
    with picture(path, title, shown.basis, _size(frame), shown.warning, footnote=note) as figure:
        axes = _lines(figure, frame, f"{getattr(shown, axis)}      better →")
        own, styles = frame.assign(series=frame["backend"], line=np.arange(len(frame))), looks(found.rows)
        _points(axes, own, axis, "line", styles, 81, 49)
        draw_floors(axes, floors, own, styles, y="line")


def _points(
    axes: Axes, frame: pd.DataFrame, x: str, y: str, styles: Mapping[str, Look], *areas: float
) -> None:
    """Draw the points of each `series` with their intervals, hollow where they are not valid.

    The areas are those of a control and of another point, in square typographic points.
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
            bars(frame[at], frame[f"{along}_lo"], frame[f"{along}_hi"], colors=colors, lw=1.2, alpha=0.45)
    sns.scatterplot(
        frame, x=x, y=y, hue="series", style="series", palette=palette, legend=False, ax=axes, zorder=5,
        markers={name: look.marker for name, look in styles.items()}, s=np.where(frame["is_control"], *areas),
    )  # fmt: skip
    axes.set(**named)
    faces = [color if valid else "white" for color, valid in zip(colors, frame["valid"], strict=True)]
    axes.collections[-1].set(edgecolors=colors, facecolors=faces, linewidths=1.2)


def _square(figure: Figure, privacy: str, utility: str) -> Axes:
    """Create axes of privacy and utility with these labels."""
    axes = figure.add_subplot(xlim=(-0.04, 1.05), ylim=(-0.04, 1.05))
    axes.grid(visible=True)
    axes.set_xlabel(f"{privacy}      better →")
    axes.set_ylabel(f"{utility}      better →")
    return axes


def _lines(figure: Figure, frame: pd.DataFrame, label: str) -> Axes:
    """Create axes with a row for each setting, and lines between the backends."""
    axes = figure.add_subplot(xlim=(-0.02, 1.02), ylim=(len(frame) - 0.4, -0.6), xlabel=label)
    axes.set_yticks(range(len(frame)), list(frame["name"]), linespacing=1.0)
    for tick, is_control in zip(axes.get_yticklabels(), frame["is_control"], strict=True):
        tick.set_color(CONTROL if is_control else INK)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=True, axis="x")
    for line in np.flatnonzero(frame["backend"] != frame["backend"].shift())[1:]:
        axes.axhline(line - 0.5, color=FAINT, lw=0.9, zorder=0)
    return axes


def _size(frame: pd.DataFrame, row: float = ROW_HEIGHT) -> tuple[float, float]:
    return (WIDTH, max(2.0, 0.6 + row * len(frame)))


def _teachers(axes: Axes, rows: Sequence[SettingResult], styles: Mapping[str, Look]) -> list[Line2D]:
    """Draw the range of the utility over the judges, and the opinions of those who had a part in a set."""
    ranges, apart = [], []
    for row in rows:
        color, privacy = styles[row.backend].color, row.values["privacy"].value or 0.0
        least, greatest = (row.values[column].value for column in RANGE)
        if len(row.judges) > 1 and least is not None and greatest is not None:
            ranges.append(axes.vlines(privacy, least, greatest, color=color, lw=5, alpha=0.18, zorder=2))
        for name in row.partial:
            own = row.by_teacher[name]["utility"].value
            if own is not None:
                apart += axes.plot(privacy, own, marker="x", ms=5, mew=1.1, ls="none", color=color, zorder=4)
    told = []
    if ranges:
        told.append(Line2D([], [], color=MUTED, lw=5, alpha=0.3, label="range over teachers"))
    if apart:
        about: dict[str, Any] = {"marker": "x", "ms": 5, "mew": 1.1, "ls": "none", "color": MUTED}
        told.append(Line2D([], [], label="teacher with a part in it,\nwhich does not judge", **about))
    return told


def _ceiling(axes: Axes, shown: Shown) -> list[Line2D]:
    """Draw how far teachers agree on the clear faces, where the utility is an agreement, too."""
    ceiling = shown.found.ceiling
    if ceiling is None or ceiling.value is None or shown.scale != (KAPPA,):
        return []
    line: dict[str, Any] = {"color": MUTED, "lw": 1.1, "ls": (0, (1, 2))}
    axes.axhline(ceiling.value, zorder=1, **line)
    return [Line2D([], [], label=f"teachers on clear faces:\nκ {ceiling.value:.2f}", **line)]


def _pareto_line(axes: Axes, members: pd.DataFrame, hypervolume: float | None) -> list[Line2D]:
    """Draw the outline of the region that the Pareto set dominates; its area is the hypervolume."""
    if members.empty:
        return []
    front = members.sort_values(["privacy", "utility"], ascending=[True, False])
    x = [0.0, *front["privacy"], front["privacy"].iloc[-1]]
    y = [front["utility"].iloc[0], *front["utility"], 0.0]
    axes.fill_between(x, y, step="pre", color=MUTED, alpha=0.06, lw=0, zorder=0)
    label = f"Pareto set\nhypervolume {hypervolume:.3f}"
    return axes.step(x, y, where="pre", color=INK, lw=1.1, ls=(0, (4, 2)), zorder=1, label=label)


def _legend_label(backend: str, own: Strengths) -> str:
    lines = [backend]
    if own.option and any(own.marks.values()):
        lines += textwrap.wrap(f"{own.option} = {', '.join(own.marks.values())}", LEGEND_CHARACTERS)
    for mark, meaning in own.meanings.items():
        lines += textwrap.wrap(f"{mark}: {meaning}", LEGEND_CHARACTERS, subsequent_indent="     ")
    return "\n".join(lines)
