"""Bridges: every frame between two detections has the face, between its places, and larger."""

import numpy as np
import pytest
from made_videos import face_at

from bauta.video.bridge import bridge_gaps
from bauta.video.rows import FaceRows, Origin, RowCollector

SIZE = (320, 240)


def bridged(frames, place, total=60, cuts=(), bridge=1.0, rate=25.0, tracks=None):
    collector = RowCollector()
    for frame in frames:
        collector.add(frame, [face_at(*place(frame))])
    rows = collector.rows()
    rows = rows.with_tracks(np.zeros(len(rows), np.int64) if tracks is None else np.array(tracks))
    times = np.arange(total) / rate
    return bridge_gaps(rows, times, np.array(cuts, dtype=np.int64), size=SIZE, bridge=bridge)


def line(frame):
    return 20 + 3 * frame, 100 - frame


def of(rows, origin):
    return rows.take(rows.origins == origin)


def test_a_gap_is_filled_on_the_line_between_its_ends():
    present = [frame for frame in range(20, 40) if not 27 <= frame < 33]
    rows = of(bridged(present, line), Origin.BRIDGED)
    assert rows.frames.tolist() == list(range(27, 33))
    for row in range(len(rows)):
        face = face_at(*line(int(rows.frames[row])))
        np.testing.assert_allclose(
            rows.boxes[row].reshape(2, 2).mean(0), face.box.reshape(2, 2).mean(0), atol=1e-3
        )
        np.testing.assert_allclose(rows.points[row].mean(0), face.points.mean(0), atol=1e-3)
        assert (rows.boxes[row][:2] < face.box[:2]).all()
        assert (rows.boxes[row][2:] > face.box[2:]).all()
    sides = rows.boxes[:, 2] - rows.boxes[:, 0]
    assert sides[2] > sides[0] > 30
    np.testing.assert_allclose(sides, sides[::-1], rtol=1e-4)
    assert np.isnan(rows.scores).all()


def test_ends_are_held_in_both_directions_at_their_speed():
    rows = of(bridged(range(20, 40), line), Origin.HELD)
    assert sorted(rows.frames.tolist()) == [*range(14, 20), *range(40, 46)]
    for row in range(len(rows)):
        face = face_at(*line(int(rows.frames[row])))
        np.testing.assert_allclose(
            rows.boxes[row].reshape(2, 2).mean(0), face.box.reshape(2, 2).mean(0), atol=1e-2
        )


def test_nothing_is_held_across_a_cut_or_beyond_the_video():
    rows = of(bridged(range(20, 40), line, cuts=[20, 42], total=60), Origin.HELD)
    assert sorted(rows.frames.tolist()) == [40, 41]
    rows = of(bridged(range(2, 58), line, total=60), Origin.HELD)
    assert sorted(rows.frames.tolist()) == [0, 1, 58, 59]


def test_a_face_that_has_left_is_not_held():
    rows = of(bridged(range(20, 38), lambda frame: (320 - 30 + 20 * (frame - 37), 100)), Origin.HELD)
    later = rows.frames[rows.frames >= 38].tolist()
    assert later == [38]


@pytest.mark.parametrize("bridge", [0.0, 0.2])
def test_a_gap_longer_than_the_bridge_is_not_filled(bridge):
    present = [frame for frame in range(20, 40) if not 27 <= frame < 33]
    rows = bridged(present, line, bridge=bridge)
    assert len(of(rows, Origin.BRIDGED)) == 0
    assert len(of(rows, Origin.HELD)) == (0 if bridge == 0 else 2)


def test_two_tracks_are_not_bridged():
    rows = bridged([10, 11, 14, 15], line, tracks=[0, 0, 1, 1])
    assert len(of(rows, Origin.BRIDGED)) == 0
    assert (np.diff(rows.tracks) >= 0).all()
    assert all((np.diff(rows.frames[part]) > 0).all() for part in rows.by_track())


def test_no_faces_need_no_bridge():
    empty = RowCollector().rows()
    assert isinstance(bridge_gaps(empty, np.zeros(0), np.zeros(0, np.int64), size=SIZE, bridge=1.0), FaceRows)
