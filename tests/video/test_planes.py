"""Pasting into frames: only samples under the mask change, whatever the format."""

import av
import numpy as np
import pytest
from made_videos import GREEN, picture

from bauta.video.planes import blacken, paste, plane_of, to_rgb

FORMATS = ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"]


def frame_of(image, pix_fmt, matrix=2):
    frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pix_fmt)
    frame.colorspace = matrix
    return frame


@pytest.mark.parametrize("pix_fmt", FORMATS)
@pytest.mark.parametrize("size", [(160, 120), (161, 121)])
def test_samples_outside_the_mask_stay_bit_for_bit(pix_fmt, size):
    frame = frame_of(picture([(20, 20, 40)], size=size), pix_fmt)
    before = [plane_of(frame, number).copy() for number in range(3)]
    mask = np.zeros((size[1], size[0]), dtype=bool)
    mask[31:58, 33:66] = mask[size[1] - 1, size[0] - 1] = True
    edited = np.full((size[1], size[0], 3), GREEN, dtype=np.uint8)
    paste(frame, edited, mask)
    for number in range(3):
        plane = plane_of(frame, number)
        factors = [round(side / smaller) for side, smaller in zip(mask.shape, plane.shape, strict=True)]
        rows, columns = np.nonzero(mask)
        touched = np.zeros(plane.shape, dtype=bool)
        touched[rows // factors[0], columns // factors[1]] = True
        np.testing.assert_array_equal(plane[~touched], before[number][~touched])
        assert (plane[touched] != before[number][touched]).mean() > 0.9
    after = to_rgb(frame)[40:50, 40:60].reshape(-1, 3)
    assert np.abs(after.astype(int) - GREEN).max() <= 4


@pytest.mark.parametrize("matrix", [1, 2, 5, 6, 9])
def test_colours_come_back_with_each_matrix(matrix):
    frame = frame_of(picture([]), "yuv444p", matrix)
    image = to_rgb(frame)
    paste(frame, image, np.ones(image.shape[:2], dtype=bool))
    assert frame.colorspace == matrix
    assert np.abs(to_rgb(frame).astype(int) - image).max() <= 3
    green = np.full_like(image, GREEN)
    paste(frame, green, np.ones(image.shape[:2], dtype=bool))
    assert np.abs(to_rgb(frame).astype(int) - GREEN).max() <= 3


def test_an_empty_mask_changes_nothing():
    frame = frame_of(picture([]), "yuv420p")
    before = to_rgb(frame)
    paste(frame, np.zeros_like(before), np.zeros(before.shape[:2], dtype=bool))
    np.testing.assert_array_equal(to_rgb(frame), before)


@pytest.mark.parametrize("pix_fmt", FORMATS)
def test_a_black_frame_is_black(pix_fmt):
    frame = frame_of(picture([(20, 20, 40)]), pix_fmt)
    blacken(frame)
    assert to_rgb(frame).max() <= 1
