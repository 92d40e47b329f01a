"""Frames in which a tracked face was missed: its place there, interpolated or held, from both sides."""

import numpy as np
from numpy.typing import NDArray

from bauta.video.rows import FaceRows, Origin
from bauta.video.track import END, centres_and_sides, speed

HELD_PART = 0.25
"""Part of the bridged time for which a face is held before its first and after its last detection, where only
one side tells where it is."""

GROWTH = 1.0
"""How much larger a face is made for each second to its nearest detection, as a part of its side."""

MOST_GROWTH = 0.5
"""Largest such part."""


def bridge_gaps(
    rows: FaceRows,
    times: NDArray[np.float64],
    cuts: NDArray[np.int64],
    *,
    size: tuple[int, int],
    bridge: float,
) -> FaceRows:
    """Add the frames in which the face of a track was missed.

    Between two detections, boxes and points are interpolated in time. Before the first and after the last,
    they are moved on at the speed that they had, up to a cut, the end of the video or the picture's edge. All
    are enlarged by their distance in time from the nearest detection.

    Args:
        rows: Detected faces with tracks, ordered by track and frame.
        times: float64 (frames,) seconds.
        cuts: Numbers of the frames that begin a scene.
        size: Width and height of the frames.
        bridge: Longest time without a detection, in seconds.
    """
    parts = [rows]
    for part in rows.by_track():
        own = rows.take(part)
        parts.append(_between(own, times, bridge))
        scene = np.searchsorted(cuts, own.frames[0], side="right")
        low = cuts[scene - 1] if scene > 0 else 0
        high = cuts[scene] if scene < len(cuts) else len(times)
        last, first = int(own.frames[-1]), int(own.frames[0])
        after = np.arange(
            last + 1, min(high, np.searchsorted(times, times[last] + bridge * HELD_PART, "right"))
        )
        before = np.arange(
            max(low, np.searchsorted(times, times[first] - bridge * HELD_PART, side="left")), first
        )
        parts.append(_held(own.take(slice(-END, None)), -1, after, times, size))
        parts.append(_held(own.take(slice(0, END)), 0, before, times, size))
    return FaceRows.concatenate(parts)


def _between(own: FaceRows, times: NDArray[np.float64], bridge: float) -> FaceRows:
    steps = np.diff(own.frames)
    passed = np.diff(times[own.frames])
    gaps = np.flatnonzero((steps > 1) & (passed <= bridge))
    frames = np.concatenate(
        [np.arange(own.frames[gap] + 1, own.frames[gap + 1]) for gap in gaps] or [np.empty(0, dtype=np.int64)]
    ).astype(np.int64)
    left = np.searchsorted(own.frames, frames) - 1
    begun, ended = times[own.frames[left]], times[own.frames[left + 1]] if len(left) else times[:0]
    now = times[frames]
    part = (now - begun) / np.maximum(ended - begun, 1e-9)
    boxes, points = (
        values[left] + (values[left + 1] - values[left]) * part.reshape(-1, *[1] * (values.ndim - 1))
        for values in (own.boxes, own.points)
    )
    return _added(own, frames, boxes, points, np.minimum(now - begun, ended - now), origin=Origin.BRIDGED)


def _held(
    near: FaceRows, end: int, frames: NDArray[np.int64], times: NDArray[np.float64], size: tuple[int, int]
) -> FaceRows:
    """The faces at an end of a track moved on to other frames, as far as they can be seen there."""
    centres, _ = centres_and_sides(near.boxes)
    seconds = times[near.frames]
    passed = times[frames] - seconds[end]
    moved = passed[:, np.newaxis] * speed(centres, seconds)
    boxes = near.boxes[end] + np.concatenate([moved, moved], axis=1)
    points = near.points[end] + moved[:, np.newaxis]
    # A face that leaves is still half there, so a place half outside is kept.
    middle = boxes.reshape(-1, 2, 2).mean(axis=1)
    reach = (near.boxes[end][2:] - near.boxes[end][:2]) / 2
    seen = ((middle > -reach) & (middle < np.array(size) + reach)).all(axis=1)
    return _added(near, frames[seen], boxes[seen], points[seen], np.abs(passed[seen]), origin=Origin.HELD)


def _added(
    own: FaceRows,
    frames: NDArray[np.int64],
    boxes: NDArray[np.floating],
    points: NDArray[np.floating],
    distance: NDArray[np.float64],
    *,
    origin: Origin,
) -> FaceRows:
    factor = 1 + np.minimum(distance * GROWTH, MOST_GROWTH)
    centre = boxes.reshape(-1, 2, 2).mean(axis=1)
    middle = points.mean(axis=1, keepdims=True)
    corners = (boxes.reshape(-1, 2, 2) - centre[:, np.newaxis]) * factor[:, np.newaxis, np.newaxis]
    return FaceRows(
        frames=frames.astype(np.int64),
        boxes=(corners + centre[:, np.newaxis]).reshape(-1, 4).astype(np.float32),
        points=(middle + (points - middle) * factor[:, np.newaxis, np.newaxis]).astype(np.float32),
        scores=np.full(len(frames), np.nan, dtype=np.float32),
        tracks=np.full(len(frames), own.tracks[0], dtype=np.int64),
        origins=np.full(len(frames), origin, dtype=np.uint8),
    )
