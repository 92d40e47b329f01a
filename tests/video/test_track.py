"""Tracks of faces that move, cross, are missed, and end at a cut."""

import numpy as np
import pytest
from made_videos import face_at

from bauta.video.rows import RowCollector
from bauta.video.track import speed, track

RATE = 25.0


def tracked(faces_of, frames, cuts=(), bridge=1.0, times=None):
    """Tracks of the faces that a function gives for each frame."""
    collector = RowCollector()
    for frame in range(frames):
        collector.add(frame, faces_of(frame))
    times = np.arange(frames) / RATE if times is None else times
    return track(collector.rows(), times, np.array(cuts, dtype=np.int64), rate=RATE, bridge=bridge)


def test_each_face_is_one_track_from_its_first_frame_on():
    rows = tracked(lambda frame: [face_at(10 + 3 * frame, 20), face_at(200 - 2 * frame, 100)], 30)
    assert len(rows) == 60
    for part in rows.by_track():
        assert rows.frames[part].tolist() == list(range(30))
    first = rows.boxes[rows.tracks == rows.tracks[rows.boxes[:, 1] == 20][0]]
    assert (first[:, 1] == 20).all()


def test_a_single_face_in_a_single_frame_is_a_track():
    rows = tracked(lambda frame: [face_at(10, 20, score=0.3)] if frame == 4 else [], 9)
    assert rows.tracks.tolist() == [0]


@pytest.mark.parametrize("gap", [1, 5, 20])
def test_a_gap_is_within_one_track(gap):
    rows = tracked(lambda frame: [] if 10 <= frame < 10 + gap else [face_at(10 + 4 * frame, 20)], 40)
    assert set(rows.tracks.tolist()) == {0}


def test_a_gap_that_is_too_long_ends_a_track():
    rows = tracked(lambda frame: [] if 10 <= frame < 30 else [face_at(10, 20)], 40, bridge=0.5)
    assert set(rows.tracks.tolist()) == {0, 1}


def test_a_fast_face_that_overlaps_itself_nowhere_is_joined():
    """From one frame to the next it moves by a whole side, so the overlaps say nothing."""
    rows = tracked(lambda frame: [face_at(10 + 32 * frame, 20)], 12)
    assert set(rows.tracks.tolist()) == {0}


def test_no_track_crosses_a_cut():
    rows = tracked(lambda frame: [face_at(10, 20)], 20, cuts=[8])
    assert rows.tracks.tolist() == [0] * 8 + [1] * 12


def test_faces_of_other_sizes_are_not_joined():
    rows = tracked(lambda frame: [] if 10 <= frame < 13 else [face_at(20, 20, 20 if frame < 10 else 90)], 30)
    assert set(rows.tracks.tolist()) == {0, 1}


def test_a_variable_rate_is_followed():
    """The face stands still for a second between two frames, then moves on."""
    times = np.concatenate([np.arange(10) / 25, 1.4 + np.arange(10) / 25])
    rows = tracked(lambda frame: [face_at(10 + 2 * frame, 20)], 20, times=times, bridge=2.0)
    assert set(rows.tracks.tolist()) == {0}


def test_no_faces_give_no_tracks():
    assert len(tracked(lambda frame: [], 5)) == 0


def test_speed_is_that_of_a_line():
    times = np.array([0.0, 0.1, 0.3])
    np.testing.assert_allclose(speed(np.outer(times, (30.0, -10.0)) + 5, times), (30, -10))
    np.testing.assert_array_equal(speed(np.ones((1, 2)), times[:1]), (0, 0))
