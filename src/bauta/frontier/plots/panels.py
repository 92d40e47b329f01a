"""Pictures with a panel for each setting: similarities of pairs, and confusion matrices."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from bauta.drawing.canvas import FAINT, INK, MUTED, picture
from bauta.drawing.page import Page
from bauta.errors import DataError
from bauta.frontier.measured import ORIGINAL
from bauta.frontier.plots.data import WHICH
from bauta.frontier.plots.style import Paths, Shown
from bauta.io.infeasible import require
from bauta.measurement import Measurement

PAIRS = {
    "impostor": ("two persons (impostor pairs)", "#0173b2"),
    "genuine": ("one person (genuine pairs)", "#de8f05"),
}
PROTOCOLS = {
    "naive": "naive: clear gallery, anonymized probe",
    "parrot": "parrot: gallery and probe anonymized",
}
"""The protocols whose similarities are drawn, and the headings of their columns."""

APART = "The further apart the two, the more identity is left."
SIMILARITY = f"Cosine similarity of pairs of one person and of two persons. {APART}"
MATRIX = "Rows: labelled expression. Columns: predicted expression. Darker: larger share of the row."
NUMBERS = "Numbers: faces. F1: macro-F1."
SCALED = "Each distribution is scaled to its own maximum."
AUC = "AUC 0.5 is chance, 1 is perfect."
HEAD_CHARACTERS = 18  # of a line above a column, where it is wrapped


def plot_similarity(shown: Shown, paths: Paths) -> pd.DataFrame:
    """Draw the similarities of genuine and impostor pairs, a row per setting and a column per protocol."""
    require(shown.found.limits.identities)
    dataset, recognizer = shown.found.dataset, _first(shown, "recognizer")
    settings, original = shown.settings("attack", recognizer), shown.sets.get((dataset, *ORIGINAL))
    clear = original.get("attack", recognizer) if original else None
    protocols = [name for name in PROTOCOLS if any(name in one.curves for one in settings.values())]
    if clear is None or not protocols:
        raise DataError(
            f"similarity of {dataset}: expected attacks by {recognizer} on clear faces and with a protocol "
            f"of {tuple(PROTOCOLS)}, got none; run the attack stage first"
        )
    rows = {"clear faces": [_similarities(clear, "clear")] * len(protocols)}
    for name, one in settings.items():
        rows[name] = [_similarities(one, p) if p in one.curves else pd.DataFrame() for p in protocols]
    bins = pd.concat([frame for row in rows.values() for frame in row]).query("share > 0")
    limits = (bins["low"].min() - 0.02, bins["high"].max() + 0.02) if len(bins) else (-1.0, 1.0)
    page, title = shown.page, f"What {recognizer} sees on {dataset}"
    lines = max(name.count("\n") for name in rows) + 1
    size = (page.width, 0.75 + page.row(0.45, lines) * len(rows))
    note = f"{SCALED} {'Numbers: ' * page.below}{AUC}"
    about: dict[str, Any] = {"footnote": note, "legend_columns": 2, "dense": True}
    with picture(paths, title, SIMILARITY, size, shown.warning, page=page, **about) as figure:
        own: dict[str, Any] = {"xlim": limits, "ylim": (0, 1.12), "yticks": []}
        panels = figure.subplots(len(rows), len(protocols), sharex=True, squeeze=False, subplot_kw=own)
        for line, (name, row) in zip(panels, rows.items(), strict=True):
            for axes, frame in zip(line, row, strict=True):
                _similarity_panel(axes, frame, page)
            beside: dict[str, Any] = {"rotation": 0, "ha": "right", "va": "center", "labelpad": 8}
            line[0].set_ylabel(name, **beside, size=page.points(9), color=INK, visible=True)
        for protocol, top, bottom in zip(protocols, panels[0], panels[-1], strict=True):
            head = page.wrapped(PROTOCOLS[protocol], HEAD_CHARACTERS)
            top.set_title(head, loc="left", color=INK, weight="bold", pad=6)
            bottom.set_xlabel("cosine similarity")
            bottom.tick_params(axis="x", length=3)
            bottom.spines["bottom"].set_color(MUTED)
    data = bins[[*WHICH, "protocol", "pairs", "low", "high", "share", "auc"]]
    return data[~data.duplicated()]


def plot_confusion(shown: Shown, paths: Paths) -> pd.DataFrame:
    """Draw the confusion of a teacher on clear faces and on each setting, rows scaled to 1, with counts.

    It is the first teacher that judges every setting, if there is one: one that chose the faces of a setting
    reads what it chose.
    """
    dataset, teacher = shown.found.dataset, _judge_of_all(shown)
    settings = shown.settings("expression", teacher)
    if not settings:
        raise DataError(
            f"confusion of {dataset}: expected labelled expressions read by {teacher}, got none; "
            "run the expression stage first"
        )
    require(next((one.infeasible for one in settings.values()), None))
    first = next(iter(settings.values()))
    require(first.values["clear_macro_f1"].reason)
    panels = {"clear faces": (first, "before", "clear_macro_f1")}
    panels |= {name: (one, "after", "macro_f1") for name, one in settings.items()}
    page, drawn = shown.page, []
    count, lines = -(-len(panels) // page.panels), max(name.count("\n") for name in panels)
    title, about = f"Which expressions {teacher} still reads on {dataset}", f"{MATRIX} {NUMBERS}"
    size = (page.width, ((2.32 + 0.2 * (lines + page.below)) * count + 0.6) * page.rows)
    with picture(paths, title, about, size, shown.warning, page=page) as figure:
        grid = figure.subplots(count, page.panels, squeeze=False).ravel()
        for axes in grid[len(panels) :]:
            axes.set_axis_off()
        for place, (axes, (name, (one, when, score))) in enumerate(zip(grid, panels.items(), strict=False)):
            counts = _confusion(one, when)
            _confusion_panel(axes, counts, page)
            drawn.append(_confusion_cells(counts, one, when, one.values[score].value))
            axes.set_anchor("N")  # labels below some panels of a row would move the others
            if place % page.panels:
                axes.set_yticklabels([])
            if place + page.panels < len(panels):
                axes.set_xticklabels([])
            (backend, *rest), f1 = name.split("\n"), one.values[score].value
            told = "" if f1 is None else f"F1 {f1:.2f}"
            if page.below:
                axes.set_title(f"{name}\n{told}", loc="left", size=page.points(7), color=INK, pad=4)
                continue
            below = "\n" * len(rest)
            small: dict[str, Any] = {"color": MUTED, "pad": 4}
            axes.set_title(backend + below, loc="left", size=page.points(8.5), weight="bold", pad=4)
            # Left as the first line, and not bold as a second line of the title would be.
            axes.annotate(
                "\n".join(rest),
                (0, 1),
                (0, 4),
                xycoords="axes fraction",
                textcoords="offset points",
                size=page.points(7),
                color=INK,
                va="bottom",
            )
            axes.set_title(told + below, loc="right", size=page.points(8), **small)
    return pd.concat(drawn)


def _similarities(one: Measurement, protocol: str) -> pd.DataFrame:
    """One row per bin and kind of pair: its ends and middle, its ratio to the fullest bin, and the AUC."""
    curve, auc = _curve(one, protocol), one.values.get(f"{protocol}_auc")
    low, high = np.asarray(curve["bin_edges"][:-1]), np.asarray(curve["bin_edges"][1:])
    bins: dict[str, Any] = {
        "dataset": one.dataset,
        "backend": one.backend,
        "setting": one.setting,
        "protocol": protocol,
    }
    bins |= {"low": low, "high": high, "middle": (low + high) / 2, "auc": None if auc is None else auc.value}
    shares = {name: np.asarray(curve[name]) / max(1, *curve[name]) for name in PAIRS}
    return pd.concat([pd.DataFrame({**bins, "pairs": name, "share": shares[name]}) for name in PAIRS])


def _similarity_panel(axes: Axes, frame: pd.DataFrame, page: Page) -> None:
    axes.tick_params(axis="x", length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    if frame.empty:
        axes.text(
            0.5, 0.4, "not measured", transform=axes.transAxes, ha="center", color=MUTED, size=page.points(8)
        )
        return
    for name, (label, color) in PAIRS.items():
        own = frame[frame["pairs"] == name]
        if own["share"].any():
            sns.histplot(
                own, x="middle", weights="share", bins=[*own["low"], own["high"].iloc[-1]], element="step",
                color=color, alpha=0.35, linewidth=1.0, label=label, ax=axes,
            )  # fmt: skip
    axes.set(xlabel="", ylabel="")
    auc = frame["auc"].iloc[0]
    note = "AUC " * (not page.below) + ("–" if pd.isna(auc) else f"{auc:.3f}")
    beside: dict[str, Any] = {"transform": axes.transAxes, "ha": "left", "va": "center", "color": MUTED}
    axes.text(1.0, 0.4, note, size=page.points(8), **beside)


def _confusion(one: Measurement, when: str) -> pd.DataFrame:
    """Counts of faces by label and prediction; a last column counts those without a prediction, if any."""
    classes, counts = list(_curve(one, "classes")), _curve(one, f"confusion_{when}")
    frame = pd.DataFrame(counts, index=classes[: len(counts)], columns=classes[: len(counts[0])])
    unanswered = _curve(one, f"unanswered_{when}")
    return frame.assign(none=unanswered) if any(unanswered) else frame


def _confusion_cells(counts: pd.DataFrame, one: Measurement, when: str, f1: float | None) -> pd.DataFrame:
    """One row per cell of a matrix."""
    cells = (
        counts.rename_axis("expression")
        .reset_index()
        .melt("expression", var_name="read_as", value_name="faces")
    )
    cells["share"] = cells["faces"] / cells.groupby("expression")["faces"].transform("sum").clip(lower=1)
    place = (one.dataset, *(ORIGINAL if when == "before" else (one.backend, one.setting)))
    for index, (name, told) in enumerate(zip(WHICH, place, strict=True)):
        cells.insert(index, name, told)
    return cells.assign(macro_f1=f1)


def _confusion_panel(axes: Axes, counts: pd.DataFrame, page: Page) -> None:
    """Draw like `seaborn.heatmap`, which redraws the whole figure for each panel: 42 s for 15 of them."""
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0).to_numpy()
    axes.pcolormesh(shares, vmin=0, vmax=1, cmap="Blues", edgecolors="white", linewidth=0.6)
    axes.set(aspect="equal", ylim=(len(counts), 0))
    axes.spines[:].set_visible(False)
    size = page.number(7, len(str(counts.to_numpy().max())), counts.shape[1])
    for (row, column), count in np.ndenumerate(counts.to_numpy()):
        look: dict[str, Any] = {
            "size": size,
            "color": "white" if shares[row, column] > 0.55 else INK,
        }
        number = axes.text(column + 0.5, row + 0.54, count or "", ha="center", va="center", **look)
        number.set_in_layout(False)  # measuring every number would take seconds
    axes.set_yticks(np.arange(len(counts)) + 0.5, list(counts.index))
    turned: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(np.arange(counts.shape[1]) + 0.5, list(counts.columns), **turned)
    axes.tick_params(length=0, labelsize=page.points(7.5), labelcolor=INK)


def _first(shown: Shown, what: str) -> str:
    """The first recognizer or teacher."""
    names: tuple[str, ...] = getattr(shown.found, f"{what}s")
    if not names:
        raise DataError(f"{shown.found.dataset}: expected a {what} to draw, got none in the measurements")
    return names[0]


def _judge_of_all(shown: Shown) -> str:
    rows = [row for row in shown.found.rows if row.by_teacher]
    judges = [name for name in shown.found.teachers if all(name in row.judges for row in rows)]
    return judges[0] if rows and judges else _first(shown, "teacher")


def _curve(one: Measurement, name: str) -> Any:
    if name not in one.curves:
        raise DataError(
            f"{one.kind} of {one.dataset} {one.backend} {one.setting}: expected the curve '{name}', got "
            f"{sorted(one.curves)}; remove the measurement and run again"
        )
    return one.curves[name]
