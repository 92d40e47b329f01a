"""Scene cuts: found where the whole picture changes, and not where it flashes."""

import numpy as np
import pytest
from made_videos import picture

from bauta.video.cuts import CutFinder


def cuts_of(pictures, rate=25):
    finder = CutFinder()
    for number, image in enumerate(pictures):
        finder.add(number, number / rate, image)
    return finder.cuts.tolist()


def scene(level, count, seed=0):
    return [picture([(10 + number, 30, 20)], level=level, seed=seed + number) for number in range(count)]


def test_a_change_of_the_whole_picture_is_a_cut():
    assert cuts_of([*scene(40, 10), *scene(200, 10), *scene(60, 10)]) == [10, 20]


def test_movement_and_noise_are_no_cut():
    assert cuts_of(scene(128, 40)) == []


@pytest.mark.parametrize("length", [1, 3])
def test_a_flash_is_no_cut(length):
    assert cuts_of([*scene(60, 10), *scene(235, length), *scene(60, 10)]) == []


def test_two_flashes_and_a_cut():
    pictures = [*scene(60, 10), *scene(235, 1), *scene(60, 5), *scene(235, 2), *scene(60, 5), *scene(160, 20)]
    assert cuts_of(pictures) == [23]


def test_a_return_after_long_is_two_cuts():
    assert cuts_of([*scene(60, 10), *scene(200, 30), *scene(60, 10)]) == [10, 40]


def test_another_size_of_the_video_does_not_matter():
    pictures = [np.full((h, 90, 3), level, np.uint8) for h, level in ((160, 20), (160, 220))]
    assert cuts_of(pictures) == [1]
