"""Which pixels a filter or a JPEG file carries into what is seen, against the filters themselves."""

import cv2
import numpy as np
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from bauta.anonymize.ciagan.view import LANCZOS_RADIUS, saved_by_opencv
from bauta.anonymize.influence import (
    area_reach,
    influencing,
    jpeg_influencing,
    kernel_reach,
    taps_reach,
)


def matrix(reach, outputs):
    """(outputs, inputs), True where an input has an influence on an output."""
    places = np.arange(outputs)[:, np.newaxis]
    return (places >= reach.first) & (places < reach.end)


@settings(deadline=None)
@given(st.integers(3, 60), st.integers(3, 60), st.integers(0, 2**31))
def test_the_reach_of_the_bicubic_filter_holds_every_pixel_with_an_influence(inputs, outputs, seed):
    x = torch.rand(1, 1, 1, inputs, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    reach = matrix(kernel_reach(inputs, outputs, 2.0), outputs)

    def enlarge(values):
        return nn.functional.interpolate(values, size=(1, outputs), mode="bicubic", antialias=True)[0, 0, 0]

    before = enlarge(x)
    for position in range(inputs):
        changed = x.clone()
        changed[..., position] += 1
        moved = (enlarge(changed) != before).numpy()
        assert not (moved & ~reach[:, position]).any()


@settings(deadline=None)
@given(st.integers(3, 60), st.integers(3, 60))
def test_the_reach_of_the_lanczos_filter_holds_every_pixel_with_an_influence(inputs, outputs):
    reach = matrix(kernel_reach(inputs, outputs, LANCZOS_RADIUS), outputs)
    for position in range(inputs):
        line = np.zeros((1, inputs), np.float32)
        line[0, position] = 1e6
        moved = np.asarray(Image.fromarray(line).resize((outputs, 1), Image.Resampling.LANCZOS))[0] != 0
        assert not (moved & ~reach[:, position]).any()


@settings(deadline=None)
@given(st.integers(3, 60), st.integers(3, 60))
def test_the_reach_of_opencvs_cubic_filter_holds_every_pixel_with_an_influence(inputs, outputs):
    reach = matrix(taps_reach(inputs, outputs), outputs)
    for position in range(inputs):
        line = np.zeros((1, inputs), np.float32)
        line[0, position] = 1e6
        moved = cv2.resize(line, (outputs, 1), interpolation=cv2.INTER_CUBIC)[0] != 0
        assert not (moved & ~reach[:, position]).any()


@given(st.integers(0, 2**31))
@settings(deadline=None, max_examples=20)
def test_the_reach_of_a_jpeg_file_holds_every_pixel_with_an_influence(seed):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (50, 70, 3), dtype=np.uint8)
    row, column = int(rng.integers(50)), int(rng.integers(70))
    changed = picture.copy()
    changed[row, column] ^= 255
    moved = (saved_by_opencv(picture) != saved_by_opencv(changed)).any(axis=2)
    for place in np.argwhere(moved)[:: max(1, int(moved.sum()) // 20)]:
        seen = np.zeros((50, 70), bool)
        seen[tuple(place)] = True
        assert jpeg_influencing(seen)[row, column]


@settings(deadline=None)
@given(st.integers(5, 60), st.integers(3, 60))
def test_the_reach_of_the_area_filter_holds_every_pixel_with_an_influence(inputs, outputs):
    assume(inputs >= outputs)
    reach = matrix(area_reach(inputs, outputs), outputs)
    for position in range(inputs):
        one = np.zeros((inputs, inputs), np.float32)
        one[:, position] = 1e4
        moved = cv2.resize(one, (outputs, outputs), interpolation=cv2.INTER_AREA)[0] != 0
        assert not (moved & ~reach[:, position]).any()


@settings(deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([(20, 9), (9, 20), (31, 30)]))
def test_influence_is_separable(seed, sizes):
    seen = np.random.default_rng(seed).random((sizes[1], 12)) < 0.05
    rows, columns = kernel_reach(*sizes, 2.0), taps_reach(30, 12)
    together = matrix(rows, sizes[1]).T.astype(int) @ seen.astype(int) @ matrix(columns, 12).astype(int)
    np.testing.assert_array_equal(influencing(seen, rows, columns), together > 0)


def test_what_is_repeated_has_the_influence_of_all_its_copies():
    reach = taps_reach(12, 6)
    starts = np.array([0, 3, 4, 5, 6, 7, 8])
    expected = np.logical_or.reduceat(matrix(reach, 6), starts, axis=1)
    np.testing.assert_array_equal(matrix(reach.repeated(starts), 6), expected)
