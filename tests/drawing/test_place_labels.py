"""Labels that keep clear of each other and of what is drawn."""

from itertools import combinations

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bauta.drawing.labels import place_labels


def placed(points, paint=lambda axes: None):
    """The boxes of labels at points, in pixels, and where the points are."""
    figure = Figure(figsize=(6, 4))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlim=(0, 1), ylim=(0, 1))
    paint(axes)
    x, y = zip(*points, strict=True)
    texts = [f"label {index}" for index in range(len(points))]
    place_labels(axes, pd.DataFrame({"x": x, "y": y, "text": texts, "color": "black"}))
    notes = [text for text in axes.texts if text.get_text()]
    return [note.get_window_extent() for note in notes], axes


def test_labels_of_one_point_do_not_overlap():
    boxes, axes = placed([(0.5, 0.5)] * 6)
    assert len(boxes) == 6
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert len([text for text in axes.texts if not text.get_text()]) >= 1, "far labels have a leader line"


def test_a_label_does_not_leave_the_axes():
    boxes, axes = placed([(0.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    frame = axes.get_window_extent()
    for box in boxes:
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1


def test_a_label_keeps_clear_of_what_is_drawn():
    (free,), axes = placed([(0.5, 0.5)])
    middle = axes.transData.transform((0.5, 0.5))
    assert (free.x0 + free.x1) / 2 > middle[0], "the first choice is right and above"
    assert free.y0 > middle[1]
    (moved,), _ = placed([(0.5, 0.5)], lambda axes: axes.fill_between([0.5, 1], 0, 1, color="black"))
    assert moved.x1 < middle[0]
