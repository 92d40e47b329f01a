"""Turned videos: the picture is upright in the result, for all eight display matrices."""

import numpy as np
import pytest
from made_videos import SIZE, frames_of, picture, rotate, write_video

from bauta.video.look import first_frame
from bauta.video.planes import to_rgb
from bauta.video.source import VideoSource
from bauta.video.upright import Shape, Uprighter, turns_of, upright_size

UPRIGHT = {
    "as it is": ((1, 0, 0, 1), lambda image: image),
    "180°": ((-1, 0, 0, -1), lambda image: image[::-1, ::-1]),
    "clockwise": ((0, 1, -1, 0), lambda image: np.rot90(image, -1)),
    "counterclockwise": ((0, -1, 1, 0), np.rot90),
    "mirrored": ((-1, 0, 0, 1), lambda image: image[:, ::-1]),
    "upside down": ((1, 0, 0, -1), lambda image: image[::-1]),
    "transposed": ((0, 1, 1, 0), lambda image: image.transpose(1, 0, 2)),
    "transposed and turned": ((0, -1, -1, 0), lambda image: image[::-1, ::-1].transpose(1, 0, 2)),
}


@pytest.mark.parametrize("name", UPRIGHT)
def test_a_turned_frame_becomes_upright_without_loss(name, tmp_path):
    matrix, expected = UPRIGHT[name]
    path = write_video(tmp_path / "a.mp4", [picture([(10, 20, 30)])] * 2, sound=None)
    (_, before), *_ = frames_of(path)
    with VideoSource(rotate(path, matrix)) as source:
        frame = first_frame(source)
        shape = Shape(*upright_size(frame), "yuv420p")
        upright = Uprighter(shape, source.time_base)(frame, 7)
    assert upright.pts == 7
    assert len(list(upright.side_data)) == 0
    after = to_rgb(upright)
    assert after.shape == expected(before).shape
    # A bilinear look at the colours differs a little by the side that it comes from.
    assert np.abs(after.astype(int) - expected(before)).mean() < 1.5


def test_turned_planes_hold_the_same_samples(tmp_path):
    path = rotate(write_video(tmp_path / "a.mp4", [picture([(10, 20, 30)])] * 2, sound=None), (0, 1, -1, 0))
    with VideoSource(path) as source:
        frame = first_frame(source)
        before = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(-1, frame.planes[0].line_size)
        before = before[:, : SIZE[0]].copy()
        assert turns_of(frame) == ("transpose=clock",)
        upright = Uprighter(Shape(SIZE[1], SIZE[0], "yuv420p"), source.time_base)(frame, 0)
    after = np.frombuffer(memoryview(upright.planes[0]), np.uint8).reshape(-1, upright.planes[0].line_size)
    np.testing.assert_array_equal(after[:, : SIZE[1]], np.rot90(before, -1))


def test_an_odd_frame_is_padded_with_its_edge(tmp_path):
    path = write_video(tmp_path / "a.mkv", [picture([], size=(161, 121))], codec="ffv1", sound=None)
    with VideoSource(path) as source:
        uprighter = Uprighter(Shape(162, 122, "yuv420p"), source.time_base)
        padded = to_rgb(uprighter(first_frame(source), 0))
    assert uprighter.resized == 0
    (_, before), *_ = frames_of(path)
    assert padded.shape == (122, 162, 3)
    assert np.abs(padded[:120, :160].astype(int) - before[:120, :160]).max() < 6
    assert np.abs(padded[:121, 161].astype(int) - padded[:121, 160]).mean() < 2


def test_a_frame_of_another_size_is_scaled_and_counted(tmp_path):
    path = write_video(tmp_path / "a.mp4", [picture([])], sound=None)
    with VideoSource(path) as source:
        uprighter = Uprighter(Shape(80, 60, "yuv420p"), source.time_base)
        assert to_rgb(uprighter(first_frame(source), 0)).shape == (60, 80, 3)
    assert uprighter.resized == 1
