"""Draws what a number of states keeps and bounds, from the tables of `docs/avatar.md`.

python docs_tools/avatar_states.py
"""

import re

import matplotlib as mpl
from matplotlib.figure import Figure
from svg import FIGURES, RIGHT, STYLE, WRONG, write

PAGE = FIGURES.parent / "avatar.md"


def tables() -> list[list[list[float]]]:
    """Return the rows of numbers of the page's two tables of states, each beginning with the states."""
    found = []
    for table in PAGE.read_text(encoding="utf-8").split("| states |")[1:]:
        rows = re.findall(r"^\| (\d+) \| (.*) \|$", table.partition("\n\n")[0], flags=re.MULTILINE)
        found.append(
            [
                [float(states), *(float(cell.rpartition(", ")[2]) for cell in cells.split(" | "))]
                for states, cells in rows
            ]
        )
    return found


def main() -> None:
    """Draw the figure."""
    kept, held = tables()
    states = [row[0] for row in kept]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.6, 3.0), layout="constrained")
        left, right = figure.subplots(1, 2)
        left.plot(
            states, [row[1] for row in kept], marker="o", color=WRONG, label="one picture of each person"
        )
        left.plot(
            states,
            [row[3] for row in kept],
            marker="s",
            color=WRONG,
            linestyle="--",
            label="all pictures of a person",
        )
        left.set(
            xscale="log",
            ylim=(0, 1),
            xlabel="states",
            ylabel="share that any attacker names at most",
            xticks=states,
        )
        right.plot(
            states, [row[4] for row in kept], marker="o", color=RIGHT, label="expressions (κ, mean of three)"
        )
        right.plot(
            states,
            [row[1] for row in held],
            marker="s",
            color=RIGHT,
            linestyle="--",
            label="yaw (correlation)",
        )
        right.plot(
            states,
            [row[4] for row in held],
            marker="^",
            color=RIGHT,
            linestyle=":",
            label="mouth opening (correlation)",
        )
        right.set(xscale="log", ylim=(0, 1), xlabel="states", ylabel="kept", xticks=states)
        for axes in (left, right):
            axes.set_xticks(states, labels=[f"{state:g}" for state in states])
            axes.minorticks_off()
            axes.legend(frameon=False, fontsize=8)
        write(figure, "avatar-states", "Bound and utility of the avatar by its number of states.")


if __name__ == "__main__":
    main()
