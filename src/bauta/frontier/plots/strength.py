"""The picture of how the attack grows with what the attacker has, a panel for each setting."""

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from bauta.attack.protocols import IMAGES, PAIRS
from bauta.drawing.canvas import INK, MUTED, picture
from bauta.drawing.page import Page
from bauta.errors import DataError
from bauta.frontier.plots.data import WHICH
from bauta.frontier.plots.style import CONTROL, Paths, Shown
from bauta.io.infeasible import require
from bauta.measurement import Measurement

LINES = {IMAGES: "#0173b2", PAIRS: "#de8f05"}
HEIGHT = 1.75
ABOUT = (
    "Top-1 of the attack that counts, with fewer enrolled images of each person, and of the strongest one "
    "through a map to clear faces, with fewer pairs to learn from. Dashed: the best constant answer. Black: "
    "no attack but reverse is above."
)


def plot_strength(shown: Shown, paths: Paths) -> pd.DataFrame:
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
    frame, page = shown.frame, shown.page
    bounds = dict(zip(frame["name"], frame["bound_top1"], strict=True))
    count = -(-len(settings) // page.panels)
    title = f"What more pictures give the attacker on {shown.found.dataset}"
    lines = max(name.count("\n") for name in settings) if page.below else 0
    size, drawn = (page.width, 0.3 + (HEIGHT * page.rows + page.line * lines) * count), []
    with picture(paths, title, ABOUT, size, shown.warning, page=page, legend_columns=2) as figure:
        grid = figure.subplots(count, page.panels, squeeze=False, sharey=True).ravel()
        for axes in grid[len(settings) :]:
            axes.set_axis_off()
        for axes, (name, one) in zip(grid, settings.items(), strict=False):
            chance = one.values["chance_top1"].value
            curve = pd.DataFrame(one.curves["strength"])
            _panel(axes, curve, chance, bounds[name], page)
            axes.set_title(name, loc="left", size=page.points(7.5), color=INK, pad=4)
            which = {"dataset": one.dataset, "backend": one.backend, "setting": one.setting}
            drawn.append(curve.assign(**which, chance_top1=chance, bound_top1=bounds[name]))
        for axes in grid[:: page.panels]:
            axes.set_ylabel("top-1")
    data = pd.concat(drawn)
    return data[[*WHICH, *(name for name in data if name not in WHICH)]]


def _why_nothing(one: Measurement) -> str | None:
    worst = one.values.get("worst_top1")
    return one.infeasible or (None if worst is None else worst.reason)


def _panel(axes: Axes, frame: pd.DataFrame, chance: float | None, bound: float, page: Page) -> None:
    for what, color in LINES.items():
        own = frame[frame["what"] == what]
        if own["value"].notna().any():
            marks: dict[str, Any] = {
                "marker": "o",
                "markersize": 4 * page.marks**0.5,
                "mew": 0.75 * page.marks,
            }
            line: dict[str, Any] = {"color": color, **marks, "legend": False}
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
    axes.set_xticklabels([f"{end:,}" for end in ends], size=page.points(7.5), color=MUTED)
