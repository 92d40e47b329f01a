"""The legend beside axes."""

import pytest

from bauta.drawing.canvas import picture
from bauta.drawing.legend import Look, handle_of, legend_beside
from bauta.drawing.page import SCREEN


@pytest.mark.parametrize("entries", [3, 60])
def test_axes_are_as_high_as_their_legend_and_no_lower_than_they_were(entries, tmp_path):
    handles = [handle_of(f"setting {number}", Look("C0", "o"), 0.0) for number in range(entries)]
    with picture(tmp_path / "x.png", "A title", "About it", (SCREEN.width, SCREEN.square)) as figure:
        axes = figure.add_subplot(xlabel="privacy", ylabel="utility")
        legend_beside(axes, handles)
    figure.canvas.draw()
    beside, own = axes.get_legend().get_window_extent(), axes.get_window_extent()
    assert own.height / figure.dpi > 0.85 * SCREEN.square - 0.7
    assert own.height > beside.height - 0.7 * figure.dpi
    assert beside.y0 > 0
    assert beside.y1 < figure.bbox.height
    assert (figure.get_figheight() > 8) == (entries == 60)
