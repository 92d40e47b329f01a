"""The first pass over a video: where the faces are, when each frame is shown, and where scenes begin."""

import math
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from bauta.apply.editor import FaceFinder, FoundFace, QuickFinder, ThreadableFinder
from bauta.apply.pipeline import ERRORS
from bauta.errors import DataError
from bauta.inference.device import job_threads
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

Find = Callable[[Images], tuple[FoundFace, ...]]

MOST_THREADS, MOST_PIXELS = 4, 32_000_000
"""Limits of the frames that are looked at at once, by threads."""

AHEAD = 6
"""Frames a thread that are held until the oldest of them has been looked at."""


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

    def find(self, seconds: float) -> Find:
        """How to look at the frame that is shown at a time in seconds; frames come in order."""
        if self._quick is not None and seconds < self._next:
            return self._quick.find_quickly
        # A frame rate does not divide the time evenly: half a millisecond early is in time.
        self._next = seconds + self._every - 5e-4
        return self._finder.find


class _Gathered:
    """Gathers, in the order of the frames, what threads find in them."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._noticed: list[tuple[int, str]] = []
        self._pending: deque[tuple[int, float, Future[tuple[FoundFace, ...]]]] = deque()
        self.rows = RowCollector()
        self.black: set[int] = set()

    @property
    def problems(self) -> list[str]:
        """What was not processed, in the order of the frames."""
        return [text for _, text in sorted(self._noticed, key=lambda one: one[0])]

    def notice(self, number: int, text: str) -> None:
        """Remember a problem before a frame."""
        self._noticed.append((number, text))

    def add(self, number: int, seconds: float, found: Future[tuple[FoundFace, ...]], most: int) -> None:
        """Add the next frame, and wait until at most `most` frames are looked at."""
        self._pending.append((number, seconds, found))
        self.wait(most)

    def wait(self, most: int) -> None:
        """Wait until at most `most` frames are looked at."""
        while len(self._pending) > most:
            number, seconds, found = self._pending.popleft()
            try:
                self.rows.add(number, found.result())
            except ERRORS as error:
                self.black.add(number)
                reason = first_line(error)
                self.notice(number, f"the frame at {seconds:.3f} s is black in the result: {reason}")
            self._advance()


def look(
    source: VideoSource, shape: Shape, finder: FaceFinder, advance: Advance, *, every: float = 0.0
) -> Seen:
    """Look at every frame of a video once, holding a few at a time: one for each thread of the finder.

    Args:
        source: The video, whose frames were not read yet.
        shape: The shape of the frames that are looked at and later edited.
        finder: Finds the faces.
        advance: Called after each frame.
        every: Seconds between frames that are looked at closely, if the finder can also look quickly.
    """
    finder, threads = _threaded(finder, shape)
    # A close look takes as long as several quick ones: the other threads look at later frames meanwhile.
    waiting = max(threads, min(AHEAD * threads, MOST_PIXELS // (shape.width * shape.height)))
    looking, gathered = _Looking(finder, every), _Gathered(advance)
    uprighter = Uprighter(shape, source.time_base)
    cuts, pts = CutFinder(), array("q")

    def chosen(item: Decoded, number: int, seconds: float) -> tuple[Find, Images]:
        """How to look at a frame, and its pixels."""
        if item.damaged:
            raise DataError("it is damaged")
        image = to_rgb(uprighter(item.frame, item.pts))
        if cuts.add(number, seconds, image):
            looking.begin_scene()
        return looking.find(seconds), image

    with ThreadPoolExecutor(threads) as pool:
        for item in decoded_ahead(source.items()):
            if isinstance(item, Lost):
                gathered.notice(len(pts), item.reason)
            elif isinstance(item, Decoded):
                number, seconds = len(pts), float(item.pts * source.time_base)
                pts.append(item.pts)
                try:
                    find, image = chosen(item, number, seconds)
                    found = pool.submit(find, image)
                except ERRORS as error:
                    found = Future()
                    found.set_exception(error)
                gathered.add(number, seconds, found, waiting)
        gathered.wait(0)
    problems = gathered.problems
    if uprighter.resized:
        problems.append(f"{uprighter.resized} frames of another size were scaled to the first one's")
    return Seen(
        rows=gathered.rows.rows(),
        pts=np.array(pts, dtype=np.int64),
        time_base=source.time_base,
        cuts=cuts.cuts,
        size=(shape.width, shape.height),
        rate=float(source.rate),
        problems=tuple(problems),
        black=frozenset(gathered.black),
    )


def _threaded(finder: FaceFinder, shape: Shape) -> tuple[FaceFinder, int]:
    """A finder for as many threads as the machine has cores and memory for, and their number."""
    threads = min(job_threads(), MOST_THREADS, MOST_PIXELS // (shape.width * shape.height))
    if threads > 1 and isinstance(finder, ThreadableFinder):
        several = finder.concurrent()
        if several is not None:
            return several, threads
    return finder, 1


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
