"""Placement of labels that avoid each other and everything else in the figure."""

from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patheffects import withStroke

from bauta.drawing.page import SCREEN, Page

ANGLES = np.deg2rad([45, 135, 315, 225, 0, 180, 90, 270])
RADII = (9.0, 14.0, 21.0, 30.0)
"""Distances from the point to the label in typographic points, nearest first."""
FAINT = 40  # darkness, of 255, up to which a label may cover a pixel at no cost: the grid and light areas
INK, LABEL, OUTSIDE, DISTANCE = 0.12, 1.2, 40.0, 0.15
"""Costs of a covered pixel, of one under another label, of leaving the axes, and per point of distance."""


def place_labels(axes: Axes, labels: pd.DataFrame, page: Page = SCREEN) -> None:
    """Draw each label at the candidate position that covers least; distant labels get a leader line.

    Greedy placement among fixed candidates around the point (Christensen, Marks and Shieber, "An empirical
    study of algorithms for point-feature label placement", ACM TOG 1995, section 3.1). Coverage is
    measured in the pixels of the figure as drawn so far.

    Args:
        axes: Axes with everything else drawn, at their final limits.
        labels: `x` and `y` in data coordinates, `text` and `color`, in the order of placement.
        page: What the picture is drawn for.
    """
    canvas = FigureCanvasAgg(axes.get_figure(root=True))
    canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())[::-1, :, :3].min(axis=2)
    cost = np.where(drawn < 255 - FAINT, INK, 0.0)
    frame, scale = axes.get_window_extent().extents, canvas.figure.dpi / 72
    for x, y, text, color in labels[["x", "y", "text", "color"]].to_numpy():
        note = axes.annotate(
            text, (x, y), (0, 0), textcoords="offset points", ha="center", va="center", color=color,
            size=page.points(8.5), zorder=9, path_effects=[withStroke(linewidth=2.2, foreground="white")],
        )  # fmt: skip
        half, point = np.array(note.get_window_extent().size) / 2, axes.transData.transform((x, y))
        candidates = []
        for radius, angle in product(RADII, ANGLES):
            offset = np.array([np.cos(angle), np.sin(angle)]) * (radius * page.marks * scale + half * 0.7)
            low, high = point + offset - half, point + offset + half
            (left, bottom), (right, top) = np.clip([low - 2, high + 2], 0, None).astype(int)
            covered = (slice(bottom, top), slice(left, right))
            outside = (low < frame[:2]).any() or (high > frame[2:]).any()
            total = cost[covered].sum() + OUTSIDE * outside + DISTANCE * radius
            candidates.append((total, radius, offset / scale, covered))
        _, radius, offset, covered = min(candidates, key=lambda candidate: candidate[0])
        cost[covered] += LABEL
        note.set_position(tuple(offset))
        if radius > RADII[1]:
            leader = {"arrowstyle": "-", "lw": 0.6, "color": color, "shrinkA": 6}
            axes.annotate("", (x, y), tuple(offset), textcoords="offset points", arrowprops=leader)
