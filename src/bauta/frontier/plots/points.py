"""Pictures with a point for each setting: the frontier, one axis alone, the attackers, readers that adapt."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from bauta.config.short_names import Strengths, strengths
from bauta.drawing.canvas import INK, MUTED, picture
from bauta.drawing.labels import place_labels
from bauta.drawing.legend import Look, handle_of, legend_beside
from bauta.drawing.page import SCREEN, Page
from bauta.frontier.bounds import privacy_floor
from bauta.frontier.plots.axes import draw_points, row_axes, size_of_rows, square_axes
from bauta.frontier.plots.bounds import draw_floors, draw_walls, wall_handle
from bauta.frontier.plots.data import columns_of
from bauta.frontier.plots.style import CONTROL, IN_WORDS, Paths, Shown, looks
from bauta.frontier.result import SettingResult
from bauta.frontier.rows import RANGE, READERS
from bauta.io.infeasible import require
from bauta.metrics.axes import KAPPA

HOLLOW = "Hollow points are not valid"
LEGEND_CHARACTERS, LEGEND_CHARACTERS_BELOW = 34, 22

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


def plot_frontier(shown: Shown, paths: Paths) -> pd.DataFrame:
    """Draw privacy against utility with both intervals, the Pareto set and its knee.

    Rows without a privacy or a utility are left out; if all lack one of them, the other is drawn alone.
    """
    found = shown.found
    if found.limits.identities or not found.has_utility:
        return _plot_axis(shown, paths, "utility" if found.limits.identities else "privacy")
    frame, page = shown.frame.dropna(subset=["privacy", "utility"]), shown.page
    rows = [row for row in found.rows if row.label in set(frame["label"])]
    styles, short = looks(rows), strengths(rows)
    title = f"Privacy and utility of each anonymizer on {found.dataset}"
    if found.pair:
        title = f"Privacy on {found.pair.identity} and utility on {found.pair.expression} of each anonymizer"
    frame["valid"] = frame["is_candidate"] | (frame["is_control"] & frame["valid"])
    note = f"{HOLLOW}: an attacker or the teacher is too weak on the clear faces, or the anonymizer saw the "
    note = "" if frame["valid"].all() else f"{note}labels. They are no part of the Pareto set."
    floors = [privacy_floor(row, shown.axes[0]) for row in rows]
    size = (page.width, page.square)
    with picture(paths, title, shown.basis, size, shown.warning, page=page, footnote=note) as figure:
        axes = square_axes(figure, shown.privacy, shown.utility, page)
        handles = {}
        for backend, look in styles.items():
            own, of = frame[frame["backend"] == backend], short[backend]
            line = 1.2 if not of.meanings and look.color != CONTROL else 0.0
            axes.plot(own["privacy"], own["utility"], color=look.color, lw=line, alpha=0.55, zorder=3)
            label = "control" if look.color == CONTROL else _legend_label(backend, of, page)
            handles[label] = handle_of(label, look, line, page)
        draw_points(
            axes, frame.assign(series=frame["backend"]), "privacy", "utility", styles, 81, 56, page=page
        )
        explained = [*_teachers(axes, rows, styles), *_ceiling(axes, shown)]
        explained += draw_floors(axes, floors, frame, styles, y="utility", page=page)
        explained += _pareto_line(axes, frame[frame["pareto"]], found.hypervolume.value)
        for _, knee in frame[frame["knee"]].iterrows():
            ring: dict[str, Any] = {"marker": "o", "ls": "none", "mfc": "none", "mec": INK, "mew": 1.4}
            axes.plot(knee["privacy"], knee["utility"], ms=17 * page.marks, zorder=6, **ring)
            explained.append(Line2D([], [], ms=11 * page.marks, label=f"knee:\n{knee['name']}", **ring))
        legend_beside(axes, [*handles.values(), *explained], page)
        frame["text"] = [r.backend if r.is_control else short[r.backend].marks[r.setting] for r in rows]
        frame["color"] = [styles[backend].color for backend in frame["backend"]]
        named = frame[frame["text"] != ""].sort_values("is_control", ascending=False, kind="stable")
        place_labels(axes, named.rename(columns={"privacy": "x", "utility": "y"}), page)
    ceiling, partial = found.ceiling, dict.fromkeys(name for row in rows for name in row.partial)
    told: dict[str, Any] = {"floor": pd.Series(floors, frame.index, dtype=float)}
    for name in partial:
        apart = [row.by_teacher[name]["utility"].value if name in row.partial else None for row in rows]
        told[f"{name}/utility"] = pd.Series(apart, frame.index, dtype=float)
    told["hypervolume"] = found.hypervolume.value
    told |= {"teachers_on_clear": ceiling.value} if ceiling and shown.scale == (KAPPA,) else {}
    names = ("privacy", "utility", *RANGE, "pareto", "knee", "valid", *told)
    return columns_of(frame.assign(**told), *names)


def plot_readers(shown: Shown, paths: Paths) -> pd.DataFrame:
    """Draw the utility for each teacher against the privacy from the strongest attacker, adaptive or not.

    Settings to which no teacher has adapted are left out.
    """
    frame = shown.frame.dropna(subset=["privacy"]).dropna(subset=list(READERS), how="all")
    title = f"Readers that adapt to each anonymizer on {shown.found.dataset}"
    note = "Points above one another are one set; identity is attacked by the strongest attacker."
    page = shown.page
    size = (page.width, page.square)
    with picture(paths, title, shown.basis, size, shown.warning, page=page, footnote=note) as figure:
        axes = square_axes(figure, shown.privacy, f"utility: {IN_WORDS['relative_macro_f1']}", page)
        for column, (_, look) in TRAINED_ON.items():
            own = frame.assign(series=column, valid=True, privacy_lo=np.nan)
            draw_points(axes, own, "privacy", column, {column: look}, 49, 49, page=page)
        for at, name in zip(frame["privacy"], frame["name"], strict=True):
            axes.text(at, 1.04, name, rotation=90, size=page.points(6.5), ha="center", va="top")
        readers = TRAINED_ON.values()
        handles = [handle_of(f"reader trained on {faces}", look, 0.0, page) for faces, look in readers]
        for handle in handles:
            handle.set_label(page.wrapped(str(handle.get_label()), LEGEND_CHARACTERS_BELOW))
        legend_beside(axes, handles, page)
    return columns_of(frame, "privacy", *TRAINED_ON)


def plot_attackers(shown: Shown, paths: Paths) -> pd.DataFrame:
    """Draw top-1 identification of each setting by each attack of each recognizer, and the strongest of all.

    A colour is a recognizer and a marker an attack; what no setting has is left out of the legend.
    """
    require(shown.found.limits.identities)
    frame, title, page = shown.frame, f"Who is still identified on {shown.found.dataset}", shown.page
    lines, recognizers = np.arange(len(frame)), shown.found.recognizers
    colors = dict(zip(recognizers, sns.color_palette("colorblind", len(recognizers)), strict=True))
    clear = {name: frame[f"{name}/clear_top1"].iloc[0] for name in recognizers}
    note = f"Vertical lines: clear faces. Faces without an output count as identified. {HOLLOW}."
    columns = [
        [
            handle_of(label, Look(MUTED, marker), 0.0, page)
            for attack, (label, marker, _) in ATTACKS.items()
            if frame[[f"{name}/{attack}" for name in recognizers]].notna().to_numpy().any()
        ],
        [
            handle_of(
                name + f", clear faces {top1:.3f}" * bool(np.isfinite(top1)),
                Look(colors[name], "o"),
                1.1,
                page,
            )
            for name, top1 in clear.items()
        ],
        [
            handle_of(label, look, 0.0, page)
            for column, (label, look) in STRONGEST.items()
            if frame[column].notna().any()
        ],
    ]
    chance = frame["chance_top1"].iloc[0]
    if np.isfinite(chance):
        dots: dict[str, Any] = {"color": MUTED, "lw": 1.1, "ls": (0, (1, 2))}
        columns[-1].append(Line2D([], [], label=f"chance {chance:.3f}", **dots))
    columns[-1] += wall_handle(list(frame["bound_top1"]), page)
    longest = max(len(column) for column in columns)
    about: dict[str, Any] = {"footnote": note, "legend_columns": len(columns), "legend_lines": longest}
    size = size_of_rows(frame, page, ATTACKS_HEIGHT)
    with picture(paths, title, shown.basis, size, shown.warning, page=page, **about) as figure:
        axes = row_axes(figure, frame, "identified: top-1 of a closed set      ←\u00a0better", page)
        if np.isfinite(chance):
            axes.axvline(chance, zorder=1, **dots)
        for place, name in enumerate(recognizers):
            apart = RECOGNIZERS_APART * (place / len(recognizers) - 0.5 + 0.5 / len(recognizers))
            for attack, (_, marker, offset) in ATTACKS.items():
                own = frame.assign(series=name, line=lines + offset + apart)
                look = {name: Look(colors[name], marker)}
                draw_points(axes, own, f"{name}/{attack}", "line", look, 26, 26, page=page)
            axes.axvline(clear[name], color=colors[name], lw=1.1, zorder=1)
        for column, (_, strongest) in STRONGEST.items():
            own = frame.assign(series=column, line=lines + STRONGEST_OFFSET, max_top1_lo=np.nan)
            draw_points(axes, own, column, "line", {column: strongest}, 46, 46, page=page)
        draw_walls(axes, list(frame["bound_top1"]), lines.tolist())
        for handles in columns:
            blank = [Line2D([], [], ls="none", label=" ") for _ in range(longest - len(handles))]
            for handle in (*handles, *blank):
                axes.add_line(handle)
    measured = (f"{name}/{attack}" for name in recognizers for attack in ("clear_top1", *ATTACKS))
    return columns_of(frame, "worst_top1", "max_top1", "bound_top1", "chance_top1", *measured, "valid")


def _plot_axis(shown: Shown, paths: Paths, axis: str) -> pd.DataFrame:
    """Draw one axis for each setting, as the frontier of a dataset that does not support the other."""
    frame, found, page = shown.frame, shown.found, shown.page
    missing = "utility" if axis == "privacy" else "privacy"
    reason = next((why for row in found.rows if (why := row.values[missing].reason)), "not measured")
    floors = [privacy_floor(row, shown.axes[0]) if axis == "privacy" else None for row in found.rows]
    below = " Brackets: no attack but reverse can go below." * any(floor is not None for floor in floors)
    note = f"This dataset supports no {missing}, so there is no frontier: {reason}. {HOLLOW}.{below}"
    title = f"{axis.capitalize()} of each anonymizer on {found.dataset}"
    size = size_of_rows(frame, page)
    with picture(paths, title, shown.basis, size, shown.warning, page=page, footnote=note) as figure:
        axes = row_axes(figure, frame, f"{getattr(shown, axis)}      better\u00a0→", page)
        own, styles = frame.assign(series=frame["backend"], line=np.arange(len(frame))), looks(found.rows)
        draw_points(axes, own, axis, "line", styles, 81, 49, page=page)
        draw_floors(axes, floors, own, styles, y="line", page=page)
    told = {"floor": pd.Series(floors, frame.index, dtype=float)} if axis == "privacy" else {}
    return columns_of(frame.assign(**told), axis, "valid", *told)


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


def _legend_label(backend: str, own: Strengths, page: Page = SCREEN) -> str:
    lines, most = [backend], LEGEND_CHARACTERS_BELOW if page.below else LEGEND_CHARACTERS
    if own.option and any(own.marks.values()):
        lines += textwrap.wrap(f"{own.option} = {', '.join(own.marks.values())}", most)
    for mark, meaning in own.meanings.items():
        lines += textwrap.wrap(f"{mark}: {meaning}", most, subsequent_indent="     ")
    return "\n".join(lines)
