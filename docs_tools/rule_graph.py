"""Draws the graph of the rules of the default run, as Snakemake plans it, and the flow of data.

python docs_tools/rule_graph.py
"""

import itertools
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import networkx as nx
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from svg import FAINT, FIGURES, GREY, INK, STYLE, write

GAP = 0.22
"""Inches between two boxes of a layer."""

RECORD = FIGURES / "rules.txt"
"""The edges that are drawn, in words: a test compares them with what Snakemake plans."""

GROUPS = {
    "the dataset": ("render", "index", "split", "judge", "attributes"),
    "the faces": ("detect", "align", "crop", "landmarks", "parse"),
    "the anonymized faces": ("anonymize", "anonymize_people", "audit"),
    "what networks read": (
        *("embed_originals", "embed_anonymized", "embed_people", "view"),
        *("express_originals", "express_anonymized", "express_training"),
    ),
    "measurements": (
        *(
            "attack_clear",
            "attack",
            "adapt",
            "suite",
            "soft",
            "expression",
            "agreement",
            "coverage",
            "realism",
        ),
    ),
    "results": ("frontier", "plot", "plot_contact_sheet", "plot_restored", "report_page"),
}
COLORS = ("#cfe8f3", "#d7efd3", "#fde3c8", "#e6dcf2", "#fbd5d5", "#f1f1c9")

Edges = set[tuple[str, str]]


def planned() -> Edges:
    """Return which rule of the default run hands something on to which, without what follows of itself."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        subprocess.run([sys.executable, "-m", "bauta", "init", str(project)], check=True, capture_output=True)
        command = [sys.executable, "-m", "snakemake", "--cores", "1", "--rulegraph", "dot"]
        done = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True)
    return reduced(done.stdout)


def reduced(dot: str) -> Edges:
    """Return the edges of a graph in DOT, without the target and those that a longer way stands for."""
    names = dict(re.findall(r"^\s*(\d+)\[label = \"(\w+)\"", dot, flags=re.MULTILINE))
    edges = [(names[one], names[other]) for one, other in re.findall(r"(\d+) -> (\d+)", dot)]
    graph = nx.DiGraph(edge for edge in edges if "everything" not in edge)
    return set(nx.transitive_reduction(graph).edges)


def as_text(edges: Edges) -> str:
    """Return edges as lines, in order."""
    return "".join(f"{one} -> {other}\n" for one, other in sorted(edges))


def width_of(name: str) -> float:
    """Return the width of a rule's box in inches."""
    return 0.074 * len(name) + 0.14


def placed(edges: Edges) -> dict[str, tuple[float, float]]:
    """Return the place of each rule: a layer as low as its longest way from the top, few edges that cross.

    The order in a layer is that of the mean place of a rule's neighbours, until it settles; then the rules of
    a layer move towards their neighbours as far as their boxes allow.
    """
    graph = nx.DiGraph(sorted(edges))
    layers = [sorted(layer) for layer in nx.topological_generations(graph)]
    x = {name: float(place) for layer in layers for place, name in enumerate(layer)}
    for _ in range(40):
        for layer in [*layers, *layers[::-1]]:
            wanted = {
                name: _mean([x[other] for other in nx.all_neighbors(graph, name)], x[name]) for name in layer
            }
            layer.sort(key=lambda name: (wanted[name], name))
            _spread(layer, wanted, x)
    return {name: (x[name], float(row)) for row, layer in enumerate(layers) for name in layer}


def _spread(layer: list[str], wanted: dict[str, float], x: dict[str, float]) -> None:
    """Place the rules of a layer near where they are wanted, in their order and without touching."""
    shifts = [0.0]
    for one, other in itertools.pairwise(layer):
        shifts.append(shifts[-1] + (width_of(one) + width_of(other)) / 2 + GAP)
    start = _mean([wanted[name] - shift for name, shift in zip(layer, shifts, strict=True)], 0.0)
    for name, shift in zip(layer, shifts, strict=True):
        x[name] = start + shift


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def draw_rules(edges: Edges) -> None:
    """Draw the rules from top to bottom."""
    places = placed(edges)
    xs, ys = [place[0] for place in places.values()], [place[1] for place in places.values()]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(max(xs) - min(xs) + 1.6, (max(ys) - min(ys) + 1.2) * 0.72))
        axes = figure.add_subplot()
        for one, other in sorted(edges):
            (x0, y0), (x1, y1) = places[one], places[other]
            axes.add_patch(_arrow((x0, -y0 - 0.25), (x1, -y1 + 0.25)))
        for name, (x, y) in places.items():
            width = width_of(name)
            color = next(color for color, names in zip(COLORS, GROUPS.values(), strict=True) if name in names)
            axes.add_patch(
                FancyBboxPatch(
                    (x - width / 2, -y - 0.2),
                    width,
                    0.4,
                    boxstyle="round,pad=0.04",
                    facecolor=color,
                    edgecolor=GREY,
                    linewidth=0.8,
                    zorder=2,
                )
            )
            axes.text(x, -y, name, ha="center", va="center", color=INK, fontsize=8, zorder=3)
        _legend(axes, max(xs) - 1.1, -min(ys) - 1.9)
        axes.set(xlim=(min(xs) - 0.8, max(xs) + 0.8), ylim=(-max(ys) - 0.6, -min(ys) + 0.6))
        axes.set_axis_off()
        write(figure, "rules", "The rules of the default run and what hands something on to what.")


def _legend(axes, x: float, y: float) -> None:
    for row, (name, color) in enumerate(reversed(list(zip(GROUPS, COLORS, strict=True)))):
        low = y + row * 0.36
        look = {"boxstyle": "round,pad=0.03", "facecolor": color, "edgecolor": GREY, "linewidth": 0.6}
        axes.add_patch(FancyBboxPatch((x, low), 0.2, 0.16, **look))
        axes.text(x + 0.32, low + 0.08, name, va="center", fontsize=7.5, color=INK)


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> FancyArrowPatch:
    look = {"arrowstyle": "-|>", "mutation_scale": 10, "color": GREY, "linewidth": 0.9, "zorder": 1}
    return FancyArrowPatch(start, end, shrinkA=0, shrinkB=0, **look)


FLOW = (
    ("your photographs", "data/", "one folder a person, labels if there are any"),
    ("the dataset", "index · split · judge", "manifest.parquet: one row an image, people in three groups"),
    (
        "the faces",
        "detect · align · crop · landmarks · parse",
        "crops.zarr: 256×256 RGB; landmarks, classes of pixels",
    ),
    ("the anonymized faces", "anonymize · audit", "one store a setting: picture, status, edited region"),
    (
        "what networks read",
        "embed · view · express",
        "vectors of each recognizer, probabilities of each teacher",
    ),
    (
        "measurements",
        "attack · adapt · suite · expression · coverage · …",
        "one JSON file each, with intervals or the reason why not",
    ),
    ("results", "frontier · plot · report", "frontier.csv, plots/, report.html"),
)
PLACES = (
    ("data/", 0, 0, "yours, never changed"),
    ("cache/", 1, 4, "kept under a hash of what made it"),
    ("results/", 5, 6, "what a person reads"),
)


def draw_flow() -> None:
    """Draw the flow of data from the photographs to the report."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.6, 6.0))
        axes = figure.add_subplot()
        colors = ("#eeeeee", *COLORS)
        for row, ((name, stages, holds), color) in enumerate(zip(FLOW, colors, strict=True)):
            y = -row
            axes.add_patch(
                FancyBboxPatch(
                    (1.6, y - 0.33),
                    6.6,
                    0.66,
                    boxstyle="round,pad=0.02",
                    facecolor=color,
                    edgecolor=GREY,
                    linewidth=0.8,
                )
            )
            axes.text(1.75, y + 0.14, name, fontsize=10, fontweight="bold", va="center", color=INK)
            axes.text(8.05, y + 0.14, stages, fontsize=8, va="center", ha="right", color=INK)
            axes.text(1.75, y - 0.16, holds, fontsize=8, va="center", color=INK)
            if row:
                axes.add_patch(_arrow((4.9, y + 0.67), (4.9, y + 0.35)))
        for name, first, last, about in PLACES:
            axes.plot(
                [1.4, 1.4], [-first + 0.34, -last - 0.34], color=FAINT, linewidth=5, solid_capstyle="round"
            )
            middle = -(first + last) / 2
            axes.text(
                1.2,
                middle + 0.1,
                name,
                ha="right",
                va="center",
                fontsize=10,
                family="DejaVu Sans Mono",
                color=INK,
            )
            axes.text(
                1.2,
                middle - 0.17,
                about.replace(" under", "\nunder")
                .replace(" what made", "\nwhat made")
                .replace(", never", ",\nnever")
                .replace(" person", "\nperson"),
                ha="right",
                va="top",
                fontsize=7.5,
                color=GREY,
            )
        axes.set(xlim=(-0.5, 8.4), ylim=(-6.6, 0.6))
        axes.set_axis_off()
        write(
            figure,
            "data-flow",
            "From photographs through crops, anonymized faces and measurements to the report.",
        )


def main() -> None:
    """Draw both."""
    edges = planned()
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(as_text(edges), encoding="utf-8")
    draw_rules(edges)
    draw_flow()


if __name__ == "__main__":
    main()
