"""The picture of how the attack grows with what the attacker has, a panel for each setting."""

from pathlib import Path
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from bauta.attack.protocols import IMAGES, PAIRS
from bauta.drawing.canvas import INK, MUTED, WIDTH, picture
from bauta.errors import DataError
from bauta.frontier.plots.style import CONTROL, Shown
from bauta.io.infeasible import require
from bauta.measurement import Measurement

LINES = {IMAGES: "#0173b2", PAIRS: "#de8f05"}
COLUMNS, HEIGHT = 4, 1.75
ABOUT = (
    "Top-1 of the attack that counts, with fewer enrolled images of each person, and of the strongest one "
    "through a map to clear faces, with fewer pairs to learn from. Dashed: the best constant answer. Black: "
    "no attack but reverse is above."
)


def plot_strength(shown: Shown, path: Path | str) -> None:
    """Draw the top-1 by the number of enrolled images of a person and of pairs to learn from."""
    require(shown.found.limits.identities)
    measured = shown.settings("suite", None)
    settings = {name: one for name, one in measured.items() if one.curves.get("strength")}
    if not settings:
        require(next(filter(None, map(_why_nothing, measured.values())), None))
        raise DataError(
            f"strength of {shown.found.dataset}: expected a sweep by the attack suite, got none; "
            "run the suite stage first"
        )
    frame = shown.frame
    bounds = dict(zip(frame["name"], frame["bound_top1"], strict=True))
    count = -(-len(settings) // COLUMNS)
    title = f"What more pictures give the attacker on {shown.found.dataset}"
    size = (WIDTH, 0.3 + HEIGHT * count)
    with picture(path, title, ABOUT, size, shown.warning, legend_columns=2) as figure:
        grid = figure.subplots(count, COLUMNS, squeeze=False, sharey=True).ravel()
        for axes in grid[len(settings) :]:
            axes.set_axis_off()
        for axes, (name, one) in zip(grid, settings.items(), strict=False):
            chance = one.values["chance_top1"].value
            _panel(axes, pd.DataFrame(one.curves["strength"]), chance, bounds[name])
            axes.set_title(name, loc="left", size=7.5, color=INK, pad=4)
        for axes in grid[::COLUMNS]:
            axes.set_ylabel("top-1")


def _why_nothing(one: Measurement) -> str | None:
    worst = one.values.get("worst_top1")
    return one.infeasible or (None if worst is None else worst.reason)


def _panel(axes: Axes, frame: pd.DataFrame, chance: float | None, bound: float) -> None:
    for what, color in LINES.items():
        own = frame[frame["what"] == what]
        if own["value"].notna().any():
            line: dict[str, Any] = {"color": color, "marker": "o", "markersize": 4, "legend": False}
            sns.lineplot(own, x="amount", y="value", label=what, ax=axes, **line)
            low, high = (own[end].astype(float) for end in ("low", "high"))
            axes.fill_between(own["amount"], low, high, color=color, alpha=0.15, linewidth=0)
    if chance is not None:
        axes.axhline(chance, color=CONTROL, linestyle="--", linewidth=0.9)
    if bound < 1.0:
        axes.axhline(bound, color=INK, linewidth=0.9, zorder=1)
    axes.set(xscale="log", ylim=(-0.03, 1.03), xlabel="", ylabel="")
    ends = sorted({*frame.groupby("what")["amount"].min(), *frame.groupby("what")["amount"].max()})
    axes.xaxis.set_major_locator(FixedLocator(ends))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"{end:,}" for end in ends], size=7.5, color=MUTED)
