"""How every drawing of the documentation looks; equal content gives equal bytes."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

FIGURES = Path(__file__).parents[1] / "docs/figures"

INK, GREY, FAINT = "#222222", "#777777", "#d9d9d9"
WRONG, RIGHT, PLAIN = "#d1495b", "#00798c", "#b8b8b8"
"""Vermilion for what misleads, teal for what holds: they differ for colour-blind readers, too."""

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "svg.hashsalt": "bauta",
    "svg.fonttype": "path",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def write(figure: Figure, name: str, about: str) -> Path:
    """Write a figure on white, with a description for whoever cannot see it."""
    path = FIGURES / f"{name}.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        figure.savefig(
            path, bbox_inches="tight", pad_inches=0.08, facecolor="white",
            metadata={"Date": None, "Creator": None, "Description": about},
        )  # fmt: skip
    text = "\n".join(line.rstrip() for line in path.read_text(encoding="utf-8").splitlines())
    path.write_text(f"{text}\n", encoding="utf-8")
    return path
