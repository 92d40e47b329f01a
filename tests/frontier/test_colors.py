"""Whether the colour-blind can tell series apart: by colour, as they see it, or by marker.

Each kind of dichromacy is simulated with the matrices for severity 1.0 of Machado, Oliveira and Fernandes,
"A physiologically-based model for simulation of color vision deficiency", IEEE TVCG 2009, table 1. They
apply to linear RGB. Distances are CIE 1976 ΔE in CIELAB for the white D65.
"""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
import seaborn as sns
from matplotlib.colors import to_rgb

from bauta.frontier.plots import panels, strength
from bauta.frontier.plots.points import STRONGEST, TRAINED_ON
from bauta.frontier.plots.style import COLORS, CONTROL, MARKERS, looks

VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ.sum(axis=1)
APART = 10.0
"""ΔE from which colours of points and lines count as different; 2.3 is just noticeable in areas."""


def lab(color, vision):
    """A colour in CIELAB, as somebody with this vision sees it."""
    srgb = np.array(to_rgb(color))
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(VISION[vision] @ linear, 0, 1) / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one, other):
    """ΔE in the vision in which two colours differ least."""
    return min(np.linalg.norm(lab(one, vision) - lab(other, vision)) for vision in VISION)


def rows_of(count):
    backends = [f"backend{index}" for index in range(count)]
    controls = [SimpleNamespace(backend=name, is_control=True) for name in ("identity", "blackout")]
    return [*controls, *(SimpleNamespace(backend=name, is_control=False) for name in backends)]


def test_the_simulation_confuses_what_the_colour_blind_confuse():
    """Grey stays grey, red and green of equal lightness meet for somebody, blue and yellow for nobody."""
    for vision in VISION:
        assert lab("#808080", vision)[1:] == pytest.approx([0, 0], abs=0.5)
        assert np.linalg.norm(lab("#0000ff", vision) - lab("#ffff00", vision)) > 50
    red, green = "#b05050", "#6b7a2e"
    assert np.linalg.norm(lab(red, "normal") - lab(green, "normal")) > 50
    assert apart(red, green) < 15


@pytest.mark.parametrize("count", [2, 6, 10, 11, 15, 30, 100])
def test_backends_are_told_apart_by_colour_or_marker(count):
    styles = list(looks(rows_of(count)).values())
    assert len(styles) == count + 2
    backends = [look for look in styles if look.color != CONTROL]
    for one, other in combinations(backends, 2):
        assert one.marker != other.marker or apart(one.color, other.color) >= APART
    assert {look.marker for look in styles if look.color == CONTROL} == {"*"}
    assert "*" not in MARKERS


def test_lines_and_attackers_of_ten_series_are_told_apart_by_colour_alone():
    assert list(COLORS) == sns.color_palette("colorblind")
    assert min(apart(one, other) for one, other in combinations(COLORS, 2)) >= APART


@pytest.mark.parametrize(
    "colors",
    [
        [color for _, color in panels.PAIRS.values()],
        list(strength.LINES.values()),
    ],
    ids=["pairs of people", "lines of the strength"],
)
def test_two_areas_or_lines_of_one_panel_are_far_apart(colors):
    assert min(apart(one, other) for one, other in combinations(colors, 2)) >= 5 * APART


@pytest.mark.parametrize("named", [STRONGEST, TRAINED_ON], ids=["strongest", "readers"])
def test_named_series_have_markers_of_their_own(named):
    markers = [look.marker for _, look in named.values()]
    assert len(set(markers)) == len(markers)
