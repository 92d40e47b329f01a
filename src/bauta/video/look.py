"""The first pass over a video: where the faces are, when each frame is shown, and where scenes begin."""

import math
from array import array
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from bauta.apply.editor import FaceFinder, FoundFace, QuickFinder
from bauta.apply.pipeline import ERRORS
from bauta.errors import DataError
from bauta.protocols import Images
from bauta.video.bridge import bridge_gaps
from bauta.video.cuts import CutFinder
from bauta.video.planes import to_rgb
from bauta.video.rows import FaceRows, RowCollector
from bauta.video.smooth import smooth
from bauta.video.source import Decoded, Item, Lost, VideoSource
from bauta.video.track import track
from bauta.video.upright import Shape, Uprighter

Advance = Callable[[], object]


@dataclass(frozen=True)
class Seen:
    """What a first look at a video tells.

    Attributes:
        rows: The faces as detected, ordered by frame.
        pts: int64 (frames,), when each frame is shown, in units of `time_base`.
        time_base: Seconds per unit.
        cuts: Numbers of the frames that begin a scene.
        size: Width and height of the frames.
        rate: Frames per second.
        problems: What was not processed.
        black: Numbers of the frames that are not shown, since nobody could look at them.
    """

    rows: FaceRows
    pts: NDArray[np.int64]
    time_base: Fraction
    cuts: NDArray[np.int64]
    size: tuple[int, int]
    rate: float
    problems: tuple[str, ...]
    black: frozenset[int] = frozenset()

    @property
    def times(self) -> NDArray[np.float64]:
        """When each frame is shown, in seconds: float64 (frames,)."""
        return np.asarray(self.pts * float(self.time_base), dtype=np.float64)

    def tracked(self, bridge: float) -> FaceRows:
        """The faces of all frames, tracked, bridged and smoothed, ordered by track and frame."""
        if len(self.rows) == 0:
            return self.rows
        times = self.times
        tracked = track(self.rows, times, self.cuts, rate=self.rate, bridge=bridge)
        return smooth(bridge_gaps(tracked, times, self.cuts, size=self.size, bridge=bridge))


class _Looking:
    """Looks closely at a frame from time to time and where a scene begins, and quickly at the others."""

    def __init__(self, finder: FaceFinder, every: float) -> None:
        self._finder, self._every = finder, every
        self._quick = finder if isinstance(finder, QuickFinder) and every > 0 else None
        self._next = -math.inf

    def begin_scene(self) -> None:
        """Look closely at the next frame."""
        self._next = -math.inf

    def find(self, image: Images, seconds: float) -> tuple[FoundFace, ...]:
        """The faces of a frame that is shown at a time in seconds."""
        if self._quick is not None and seconds < self._next:
            return self._quick.find_quickly(image)
        # A frame rate does not divide the time evenly: half a millisecond early is in time.
        self._next = seconds + self._every - 5e-4
        return self._finder.find(image)


def look(
    source: VideoSource, shape: Shape, finder: FaceFinder, advance: Advance, *, every: float = 0.0
) -> Seen:
    """Look at every frame of a video once, holding one at a time.

    Args:
        source: The video, whose frames were not read yet.
        shape: The shape of the frames that are looked at and later edited.
        finder: Finds the faces.
        advance: Called after each frame.
        every: Seconds between frames that are looked at closely, if the finder can also look quickly.
    """
    looking = _Looking(finder, every)
    uprighter = Uprighter(shape, source.time_base)
    collector, cuts, pts, problems, black = RowCollector(), CutFinder(), array("q"), [], set()
    for item in decoded_ahead(source.items()):
        if isinstance(item, Lost):
            problems.append(item.reason)
        elif isinstance(item, Decoded):
            number, seconds = len(pts), float(item.pts * source.time_base)
            pts.append(item.pts)
            try:
                if item.damaged:
                    raise DataError("it is damaged")
                image = to_rgb(uprighter(item.frame, item.pts))
                if cuts.add(number, seconds, image):
                    looking.begin_scene()
                collector.add(number, looking.find(image, seconds))
            except ERRORS as error:
                black.add(number)
                problems.append(f"the frame at {seconds:.3f} s is black in the result: {first_line(error)}")
            advance()
    if uprighter.resized:
        problems.append(f"{uprighter.resized} frames of another size were scaled to the first one's")
    return Seen(
        rows=collector.rows(),
        pts=np.array(pts, dtype=np.int64),
        time_base=source.time_base,
        cuts=cuts.cuts,
        size=(shape.width, shape.height),
        rate=float(source.rate),
        problems=tuple(problems),
        black=frozenset(black),
    )


def decoded_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, of which the next is made in a thread while one is used."""
    with ThreadPoolExecutor(max_workers=1) as ahead:
        following = ahead.submit(next, items, None)
        while (item := following.result()) is not None:
            following = ahead.submit(next, items, None)
            yield item


def first_line(error: BaseException) -> str:
    """An exception in one line."""
    return (str(error).splitlines() or [""])[0] or type(error).__name__


def first_frame(source: VideoSource) -> VideoFrame | None:
    """The first frame of a video that can be decoded whole; None if there is none."""
    frames: Iterator[VideoFrame] = (
        item.frame for item in source.items() if isinstance(item, Decoded) and not item.damaged
    )
    return next(frames, None)
