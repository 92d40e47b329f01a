"""The first pass: which frames are looked at closely, and what is remembered of the others."""

import itertools
import threading

import numpy as np
import pytest
from made_videos import SquareFinder, face_at, picture, write_video

from bauta.errors import ConfigError
from bauta.video.look import look
from bauta.video.run import VideoOptions
from bauta.video.source import VideoSource
from bauta.video.upright import Shape


class TwoWays(SquareFinder):
    """Finds red squares, and in close looks one more face; remembers how it looked."""

    def __init__(self):
        super().__init__()
        self.ways = []

    def find(self, image):
        self.ways.append("close")
        return (*super().find(image), face_at(5, 5, 8))

    def find_quickly(self, image):
        self.ways.append("quick")
        return super().find(image)


def seen(path, finder, every):
    with VideoSource(path) as source:
        return look(source, Shape(160, 120, "yuv420p"), finder, lambda: None, every=every)


@pytest.fixture
def cut_video(tmp_path):
    """25 frames a second, with a cut at frame 8."""
    pictures = [picture([(60, 40, 30)], level=60 if n < 8 else 190, seed=n) for n in range(20)]
    return write_video(tmp_path / "a.mp4", pictures, sound=None)


def test_frames_are_looked_at_closely_from_time_to_time_and_after_a_cut(cut_video):
    finder = TwoWays()
    found = seen(cut_video, finder, every=0.2)
    assert [number for number, way in enumerate(finder.ways) if way == "close"] == [0, 5, 8, 13, 18]
    assert found.cuts.tolist() == [8]
    assert found.pts.tolist() == [3600 * number for number in range(20)]
    assert len(found.rows) == 25
    assert found.problems == ()


def test_every_frame_can_be_looked_at_closely(cut_video):
    finder = TwoWays()
    seen(cut_video, finder, every=0)
    assert set(finder.ways) == {"close"}


def test_a_face_of_close_looks_is_followed_between_them(cut_video):
    rows = seen(cut_video, TwoWays(), every=0.2).tracked(bridge=1.0)
    for part in rows.by_track():
        start, stop = (0, 8) if rows.frames[part.start] < 8 else (8, 20)
        assert rows.frames[part].tolist() == list(range(start, stop))
    assert len(rows.by_track()) == 4


def test_a_finder_with_one_way_to_look_is_enough(cut_video):
    assert len(seen(cut_video, SquareFinder(), every=0.2).rows) == 20


class InThreads(SquareFinder):
    """A finder of which the threads all wait for each other, so that frames are done in any order."""

    def __init__(self, threads):
        super().__init__()
        self.together = threading.Barrier(threads)
        self.started = itertools.count()
        self.most = 0

    def concurrent(self):
        return self

    def find(self, image):
        number = next(self.started)
        if number < 18:  # full rounds of threads only
            self.together.wait(timeout=30)
        self.most += 1
        return super().find(image)


def test_threads_look_at_several_frames_and_their_faces_stay_in_order(tmp_path, monkeypatch):
    pictures = [picture([(10 + 5 * n, 40, 30)], seed=n) for n in range(20)]
    video = write_video(tmp_path / "a.mp4", pictures, sound=None)
    alone = seen(video, SquareFinder(), every=0)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    finder = InThreads(3)
    together = seen(video, finder, every=0)
    assert finder.most == 20
    np.testing.assert_array_equal(together.rows.frames, alone.rows.frames)
    np.testing.assert_array_equal(together.rows.boxes, alone.rows.boxes)


def test_a_frame_that_a_thread_could_not_look_at_is_black(tmp_path, monkeypatch):
    class Fails(SquareFinder):
        def concurrent(self):
            return self

        def find(self, image):
            if image.mean() < 30:
                raise RuntimeError("no\nmemory")
            return super().find(image)

    pictures = [picture([(60, 40, 30)], level=0 if n in (4, 9) else 90, seed=n) for n in range(12)]
    video = write_video(tmp_path / "a.mp4", pictures, sound=None)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    found = seen(video, Fails(), every=0)
    assert found.black == {4, 9}
    assert [line.partition(" is black")[0] for line in found.problems] == [
        "the frame at 0.160 s",
        "the frame at 0.360 s",
    ]


@pytest.mark.parametrize("every", [-0.1, 0.3, np.nan])
def test_close_looks_must_be_bridged(every):
    with pytest.raises(ConfigError, match=r"close look every 0 to 0\.25 seconds"):
        VideoOptions(close_look=every)
