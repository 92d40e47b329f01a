"""Tracks: which faces of successive frames are the same person's, by ByteTrack and by how tracks end.

ByteTrack (Zhang et al., ECCV 2022) is that of the package `trackers`, which follows the time of each frame
and returns every detection. It looks only back; `join` then looks both ways, and joins a track that ended to
one that begins where it would be.
"""

from collections.abc import Iterator

import numpy as np
import supervision
from numpy.typing import NDArray
from trackers import ByteTrackTracker

from bauta.protocols import Floats
from bauta.video.rows import FaceRows

NOMINAL_RATE = 30.0
"""Frames per second in which ByteTrack counts how long a track may be lost."""

END = 5
"""Faces at the end of a track that tell its speed."""

REACH = 1.5
"""How far, in sides of the face, a track may begin from where another would be, to be joined to it."""

RATIO = 2.0
"""How many times as large as the other a face may be."""


def track(
    rows: FaceRows, times: NDArray[np.float64], cuts: NDArray[np.int64], *, rate: float, bridge: float
) -> FaceRows:
    """Assign each detected face to a track, from 0 on; no track crosses a cut.

    Args:
        rows: Detected faces, ordered by frame.
        times: float64 (frames,), when each frame is shown, in seconds.
        cuts: Numbers of the frames that begin a scene.
        rate: Frames per second.
        bridge: Longest time without a detection within a track, in seconds.
    """
    tracker = ByteTrackTracker(
        lost_track_buffer=max(1, round(bridge * NOMINAL_RATE)),
        frame_rate=rate,
        track_activation_threshold=0.0,
        minimum_consecutive_frames=1,
    )
    tracks = np.full(len(rows), -1, dtype=np.int64)
    begins, first, free = set(cuts.tolist()), 0, 0
    for frame, part in _by_frame(rows, len(times)):
        if frame in begins:
            tracker.reset()
            first = free
        found = supervision.Detections(
            xyxy=rows.boxes[part],
            confidence=rows.scores[part],
            data={"row": np.arange(part.start, part.stop)},
        )
        known = tracker.update(found, timestamp=float(times[frame]))
        if len(known) == 0:
            continue
        at = np.asarray(known.data["row"], dtype=np.intp)
        numbers = np.asarray(known.tracker_id)
        tracks[at] = np.where(numbers >= 0, numbers + first, -1)
        free = max(free, int(tracks[at].max()) + 1)
    # ByteTrack names a track only with its second face: the first is a track of its own until it is joined.
    alone = np.flatnonzero(tracks < 0)
    tracks[alone] = free + np.arange(len(alone))
    return join(FaceRows.concatenate([rows.with_tracks(tracks)]), times, cuts, bridge)


def join(rows: FaceRows, times: NDArray[np.float64], cuts: NDArray[np.int64], bridge: float) -> FaceRows:
    """Join tracks whose ends fit, nearest ends first, and number all by their first face.

    Args:
        rows: Faces with tracks, ordered by track and frame.
        times: float64 (frames,) seconds.
        cuts: Numbers of the frames that begin a scene.
        bridge: Longest time between two tracks that are joined, in seconds.
    """
    pairs = sorted(_fits(rows, times, cuts, bridge))
    follows: dict[int, int] = {}
    taken: set[int] = set()
    for _, one, other in pairs:
        if one not in follows and other not in taken:
            follows[one] = other
            taken.add(other)
    tracks = np.empty(len(rows), dtype=np.int64)
    parts = rows.by_track()
    heads = sorted(set(range(len(parts))) - taken, key=lambda one: rows.frames[parts[one].start])
    for number, head in enumerate(heads):
        at: int | None = head
        while at is not None:
            tracks[parts[at]] = number
            at = follows.get(at)
    return FaceRows.concatenate([rows.with_tracks(tracks)])


def _fits(
    rows: FaceRows, times: NDArray[np.float64], cuts: NDArray[np.int64], bridge: float
) -> Iterator[tuple[float, int, int]]:
    """Pairs of tracks of which the second begins where the first would be: how badly they fit, and both."""
    parts = rows.by_track()
    firsts = np.array([rows.frames[part.start] for part in parts], dtype=np.int64)
    scenes = np.searchsorted(cuts, firsts, side="right")
    # By the time of the first face, so that only near tracks are compared.
    order = np.argsort(firsts, kind="stable")
    began = times[firsts[order]]
    for one, part in enumerate(parts):
        ended = times[rows.frames[part.stop - 1]]
        near = slice(*(np.searchsorted(began, end, side="right") for end in (ended, ended + bridge)))
        for other in order[near].tolist():
            misfit = _misfit(rows, times, part, parts[other]) if scenes[one] == scenes[other] else None
            if misfit is not None:
                yield misfit, one, other


def centres_and_sides(boxes: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centres (R, 2) and sides (R,), the roots of the areas, of boxes (R, 4)."""
    corners = boxes.astype(np.float64).reshape(-1, 2, 2)
    extent = np.maximum(corners[:, 1] - corners[:, 0], 1e-3)
    return corners.mean(axis=1), np.sqrt(extent.prod(axis=1))


def speed(centres: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pixels per second (2,) of a line through centres (R, 2) at distinct times (R,), 0 of a single one."""
    if len(times) < 2:
        return np.zeros(2)
    passed = times - times.mean()
    return passed @ (centres - centres.mean(axis=0)) / (passed @ passed)


def _misfit(rows: FaceRows, times: NDArray[np.float64], one: slice, other: slice) -> float | None:
    """How badly the start of a track fits the end of another, lower is better; None if it does not."""
    end, begin = (
        slice(max(one.start, one.stop - END), one.stop),
        slice(other.start, min(other.stop, other.start + END)),
    )
    before, side = centres_and_sides(rows.boxes[end])
    after, other_side = centres_and_sides(rows.boxes[begin])
    if not 1 / RATIO <= side[-1] / other_side[0] <= RATIO:
        return None
    seconds = times[rows.frames[begin]], times[rows.frames[end]]
    passed = seconds[0][0] - seconds[1][-1]
    step = after[0] - before[-1]
    ways = (np.zeros(2), speed(before, seconds[1]) * passed, speed(after, seconds[0]) * passed)
    distance = min(float(np.hypot(*(step - way))) for way in ways) / np.sqrt(side[-1] * other_side[0])
    return None if distance > REACH else distance + float(passed)


def _by_frame(rows: FaceRows, frames: int) -> Iterator[tuple[int, slice]]:
    """The rows of each frame, which are ordered by frame."""
    bounds = np.searchsorted(rows.frames, np.arange(frames + 1))
    for frame in range(frames):
        yield frame, slice(int(bounds[frame]), int(bounds[frame + 1]))
