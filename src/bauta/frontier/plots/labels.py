"""Labels of points that keep clear of each other, of the markers and of the lines between them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from numpy.typing import NDArray

ANGLES = np.deg2rad([45, 135, 315, 225, 0, 180, 90, 270])
RADII = (9.0, 14.0, 21.0, 30.0)
"""Distances from the point to the label in typographic points, the nearest first."""


@dataclass(frozen=True)
class Label:
    """A text at a point in data coordinates."""

    x: float
    y: float
    text: str
    color: object


def place_labels(axes: Axes, labels: Sequence[Label], obstacles: NDArray[np.floating]) -> None:
    """Write each label at the candidate position that covers least; far labels get a leader line.

    Greedy placement among fixed candidates around the point (Christensen, Marks and Shieber, "An empirical
    study of algorithms for point-feature label placement", ACM TOG 1995, section 3.1).

    Args:
        axes: With its final limits and layout.
        labels: In the order in which they choose.
        obstacles: (N, 2) points in data coordinates to keep clear of: markers, samples of lines.
    """
    blocked = axes.transData.transform(obstacles) if len(obstacles) else np.empty((0, 2))
    frame = np.array(axes.get_window_extent().extents)
    scale = axes.figure.dpi / 72
    taken: list[NDArray[np.floating]] = []
    for label in labels:
        note = _write(axes, label)
        extent = note.get_window_extent()
        size = np.array([extent.width, extent.height])
        point = axes.transData.transform((label.x, label.y))
        offset, box = min(
            (
                (offset, _box(point, offset * scale, size))
                for offset in (radius * np.array([np.cos(a), np.sin(a)]) for radius in RADII for a in ANGLES)
            ),
            key=lambda candidate: _cost(candidate[1], candidate[0], blocked, taken, frame),
        )
        taken.append(box)
        centre = tuple((box[:2] + size / 2 - point) / scale)
        note.set_position(centre)
        if np.hypot(*offset) > RADII[1]:
            leader = {"arrowstyle": "-", "lw": 0.6, "color": label.color, "shrinkA": 6}
            axes.annotate("", (label.x, label.y), centre, textcoords="offset points", arrowprops=leader)


def _write(axes: Axes, label: Label) -> Annotation:
    return axes.annotate(
        label.text, (label.x, label.y), (0, 0), textcoords="offset points", ha="center", va="center",
        size=8.5, color=label.color, zorder=9, path_effects=[withStroke(linewidth=2.2, foreground="white")],
    )  # fmt: skip


def _box(point: NDArray[np.floating], offset: NDArray[np.floating], size: NDArray[np.floating]) -> NDArray:
    """Box x0, y0, x1, y1 in pixels whose nearest edge is `offset` away from the point."""
    direction = offset / np.hypot(*offset)
    centre = point + offset + direction * size / 2 * 0.7
    return np.concatenate([centre - size / 2, centre + size / 2])


def _cost(
    box: NDArray[np.floating],
    offset: NDArray[np.floating],
    blocked: NDArray[np.floating],
    taken: Sequence[NDArray[np.floating]],
    frame: NDArray[np.floating],
) -> float:
    inside = ((blocked >= box[:2] - 2) & (blocked <= box[2:] + 2)).all(axis=1).sum()
    overlaps = sum(
        1 for other in taken if (box[:2] < other[2:] + 2).all() and (other[:2] - 2 < box[2:]).all()
    )
    outside = (box[:2] < frame[:2]).any() or (box[2:] > frame[2:]).any()
    return 20.0 * overlaps + 1.0 * inside + 40.0 * outside + 0.15 * float(np.hypot(*offset))
