"""Anonymizing a video: one pass finds the faces, a second one edits and encodes.

Two passes need no buffer of frames: whatever a face does later is known before its first frame is written,
and no more than a few frames are held.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame
from tqdm import tqdm

from bauta.apply.editor import FaceEditor, FaceFinder
from bauta.errors import ConfigError, DataError
from bauta.io.atomic import write_atomically
from bauta.video.bridge import HELD_PART
from bauta.video.edit import FrameEditor
from bauta.video.encoding import Encoding, shape_for
from bauta.video.look import Advance, Seen, first_frame, look
from bauta.video.planes import blacken
from bauta.video.report import VideoReport, shortened
from bauta.video.source import Decoded, Lost, UnreadableVideoError, VideoSource
from bauta.video.upright import Shape, Uprighter, is_transposed, upright_size
from bauta.video.writer import VideoWriter

BRIDGE_S = 1.0
"""Longest time for which a face that is not detected is taken to be there still, in seconds."""

CLOSE_LOOK_S = 0.25
"""Time between two close looks for small faces and faces at the border, in seconds; bridges join them."""

LONGEST_BRIDGE_S = 60.0

GROUP_FRAMES, GROUP_FACES, GROUP_PIXELS = 16, 32, 8_000_000
"""Limits of the frames whose faces are edited in one batch; a pixel takes about 10 bytes of memory."""

EDITORS = 2
"""Threads that edit, each a batch; a third batch is decoded meanwhile. Half of the time of an edit is spent
in OpenCV, which lets other threads run: with two, 30 s became 25 s (benchmarks/video.py, two cores)."""


@dataclass(frozen=True)
class VideoOptions:
    """How to anonymize a video.

    Attributes:
        encoding: How to encode the result.
        bridge: Longest time without a detection that is bridged, in seconds.
        close_look: Seconds between frames that are looked at closely; 0 for every frame, None for
            `CLOSE_LOOK_S`, or less if the bridge is short.
        progress: Whether to show frames a second and the time left.
    """

    encoding: Encoding = field(default_factory=Encoding)
    bridge: float = BRIDGE_S
    close_look: float | None = None
    progress: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.bridge <= LONGEST_BRIDGE_S:
            raise ConfigError(f"expected a bridge of 0 to {LONGEST_BRIDGE_S:g} seconds, got {self.bridge:g}")
        longest = self.bridge * HELD_PART
        if self.close_look is not None and not 0 <= self.close_look <= longest:
            raise ConfigError(
                f"expected a close look every 0 to {longest:g} seconds, for which a face is held, got "
                f"{self.close_look:g}: look more often, or bridge longer"
            )

    @property
    def closely(self) -> float:
        """Seconds between frames that are looked at closely."""
        return min(CLOSE_LOOK_S, self.bridge * HELD_PART) if self.close_look is None else self.close_look


DEFAULTS = VideoOptions()

_Group = list[tuple[int, VideoFrame]]
"""Consecutive frames with their numbers."""


@dataclass(frozen=True)
class _Plan:
    """What the second pass needs of the first.

    Attributes:
        seen: What was seen.
        shape: The shape of the frames.
        first: The first whole frame, upright.
        frames: Edits the frames.
        encoding: How to encode.
    """

    seen: Seen
    shape: Shape
    first: VideoFrame
    frames: FrameEditor
    encoding: Encoding

    def is_full(self, group: _Group) -> bool:
        """Whether frames are enough to be edited together."""
        faces = sum(self.frames.faces_in(number) for number, _ in group)
        pixels = len(group) * self.shape.width * self.shape.height
        return len(group) >= GROUP_FRAMES or faces >= GROUP_FACES or pixels >= GROUP_PIXELS


def anonymize_video(
    path: Path, out: Path, finder: FaceFinder, editor: FaceEditor, options: VideoOptions = DEFAULTS
) -> VideoReport:
    """Anonymize the faces of a video.

    The result appears whole or not at all. It has the sound and the timing of the original, and its pictures,
    upright; nothing else: no title, place, time, chapters, covers, subtitles or other data.

    Args:
        path: The video.
        out: The result; its suffix determines the container.
        finder: Finds the faces of an image.
        editor: Anonymizes them.
        options: How.

    Raises:
        UnreadableVideoError: the video cannot be read, or has no frame that can be decoded.
        ConfigError: the container cannot hold the codec or the sound, or the result is the original.
        DataError: the video changes while it is read, or its frames or sound cannot be written.
        DiskError: the result cannot be written.
    """
    if out.exists() and out.samefile(path):
        raise ConfigError(f"{path}: expected a result beside the original, got the same file")
    codec = options.encoding.codec_in(out.suffix)
    state = _state(path)
    with VideoSource(path) as source:
        frame = first_frame(source)
        if frame is None:
            raise UnreadableVideoError(str(path), "no frame of it can be decoded")
        shape = replace(
            shape_for(*upright_size(frame), frame.format.name, codec), aspect=_aspect(source, frame)
        )
        first = Uprighter(shape, source.time_base)(frame, 0)
        total, dropped = source.expected_frames, source.dropped
    with VideoSource(path) as source, _bar(f"{path.name}: finding faces", total, options) as advance:
        seen = look(source, shape, finder, advance, every=options.closely)
    rows = seen.tracked(options.bridge)
    plan = _Plan(seen, shape, first, FrameEditor(editor, rows, path.name), options.encoding)
    with _bar(f"{path.name}: writing", len(seen.pts), options) as advance:
        try:
            write_atomically(out, lambda partial: _write(partial, path, state, plan, advance))
        except av.FFmpegError as error:
            raise DataError(f"video {path} cannot be written to {out}: {error.strerror}") from error
    times = seen.times
    return VideoReport(
        source=path,
        out=out,
        frames=len(times),
        seconds=float(times[-1] - times[0]) + 1 / seen.rate,
        cuts=len(seen.cuts),
        tracks=plan.frames.outcomes.tracks(rows, times),
        dropped=dropped,
        problems=shortened([*seen.problems, *plan.frames.problems]),
    )


def _state(path: Path) -> tuple[int, int, int] | None:
    """What changes if a file is written to or replaced; None if it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _write(
    partial: Path, path: Path, state: tuple[int, int, int] | None, plan: _Plan, advance: Advance
) -> None:
    """Edit and encode every frame, and copy the sound between them.

    Some frames are edited while those before them are encoded and those behind them decoded. They are encoded
    in their order, whichever thread is done first.

    Raises:
        DataError: the file does not give the same frames as before.
    """
    with (
        VideoSource(path) as source,
        VideoWriter(partial, source, plan.shape, plan.first, plan.encoding) as writer,
        ThreadPoolExecutor(max_workers=EDITORS) as editing,
    ):
        uprighter, number, pts = Uprighter(plan.shape, source.time_base), 0, plan.seen.pts
        group: _Group = []
        edited: deque[Future[_Group]] = deque()
        for item in source.items(with_audio=True):
            if isinstance(item, Decoded):
                unseen = item.damaged and number not in plan.seen.black
                if number >= len(pts) or item.pts != pts[number] or unseen:
                    raise _changed(path)
                group.append((number, uprighter(item.frame, item.pts)))
                number += 1
                if plan.is_full(group):
                    if len(edited) > EDITORS:
                        _encode(edited.popleft(), writer, advance)
                    edited.append(editing.submit(_edited, group, plan))
                    group = []
            elif not isinstance(item, Lost):
                writer.copy(item)
        edited.append(editing.submit(_edited, group, plan))
        while edited:
            _encode(edited.popleft(), writer, advance)
        # Other pictures at the same times would show faces that nobody looked for.
        if number != len(pts) or state != _state(path):
            raise _changed(path)


def _edited(group: _Group, plan: _Plan) -> _Group:
    """Edit some frames in place."""
    plan.frames.edit([(number, frame) for number, frame in group if number not in plan.seen.black])
    for number, frame in group:
        if number in plan.seen.black:
            blacken(frame)
    return group


def _encode(edited: Future[_Group], writer: VideoWriter, advance: Advance) -> None:
    """Encode frames as soon as they are edited."""
    for _, frame in edited.result():
        writer.write(frame)
        advance()


def _aspect(source: VideoSource, frame: VideoFrame) -> Fraction | None:
    """Width of a pixel of the upright picture divided by its height; None where it is unknown."""
    aspect = source.video.sample_aspect_ratio
    return 1 / aspect if aspect and is_transposed(frame) else aspect or None


def _changed(path: Path) -> DataError:
    return DataError(
        f"video {path} gave other frames when it was read again: it changed meanwhile; run again"
    )


@contextmanager
def _bar(text: str, total: int | None, options: VideoOptions) -> Iterator[Advance]:
    """A bar with frames a second and the time left."""
    with tqdm(total=total, desc=text, unit=" frames", disable=None if options.progress else True) as bar:
        yield bar.update
