"""Smoothing: less trembling, no lag, and nothing that becomes smaller."""

import numpy as np
from made_videos import face_at

from bauta.video.rows import RowCollector
from bauta.video.smooth import FARTHEST, smooth

TRUE = np.stack([np.linspace(20, 200, 60), 50 + 0.05 * np.arange(60) ** 2], axis=1)


def trembling(noise=1.5, frames=range(60)):
    rng = np.random.default_rng(0)
    collector = RowCollector()
    for frame in frames:
        collector.add(frame, [face_at(*(TRUE[frame] + rng.normal(0, noise, 2)), 40 + rng.normal(0, noise))])
    rows = collector.rows()
    return rows.with_tracks(np.zeros(len(rows), np.int64))


def test_points_tremble_less_and_do_not_lag():
    rows = trembling()
    expected = np.array([face_at(*place, 40).points for place in TRUE])
    before, after = (np.abs(one.points - expected).mean() for one in (rows, smooth(rows)))
    assert after < 0.75 * before
    # A filter that lags would be off in the direction of the motion.
    assert abs((smooth(rows).points - expected)[..., 0].mean()) < 0.5


def test_boxes_and_spreads_never_shrink():
    rows = trembling(noise=3.0)
    done = smooth(rows)
    assert (done.boxes[:, :2] <= rows.boxes[:, :2]).all()
    assert (done.boxes[:, 2:] >= rows.boxes[:, 2:]).all()
    spread = [
        np.sqrt(((p - p.mean(1, keepdims=True)) ** 2).sum(2).mean(1)) for p in (rows.points, done.points)
    ]
    assert (spread[1] >= spread[0] * (1 - 1e-5)).all()


def test_a_point_moves_only_a_little():
    rows = trembling(noise=20.0)
    moved = np.linalg.norm(smooth(rows).points.mean(1) - rows.points.mean(1), axis=1)
    side = np.sqrt(np.prod(rows.boxes[:, 2:] - rows.boxes[:, :2], axis=1))
    assert (moved <= FARTHEST * side + 1e-3).all()


def test_nothing_is_smoothed_over_a_hole_or_a_short_track():
    assert smooth(trembling(frames=[0, 1, 2])).points.tolist() == trembling(frames=[0, 1, 2]).points.tolist()
    rows = trembling(noise=0.0, frames=[*range(10), *range(40, 50)])
    np.testing.assert_allclose(smooth(rows).points, rows.points, atol=0.5)
