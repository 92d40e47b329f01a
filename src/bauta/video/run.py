"""Anonymizing a video: one pass finds the faces, a second one edits and encodes; no more than a few frames are held.

Two passes need no buffer of frames: whatever a face does later is known before its first frame is written.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
from av.video.frame import VideoFrame
from tqdm import tqdm

from bauta.apply.editor import FaceEditor, FaceFinder
from bauta.errors import ConfigError, DataError
from bauta.io.atomic import write_atomically
from bauta.video.edit import FrameEditor
from bauta.video.encoding import Encoding, shape_for
from bauta.video.look import Advance, Seen, first_frame, look
from bauta.video.planes import blacken
from bauta.video.report import VideoReport, shortened
from bauta.video.rows import FaceRows
from bauta.video.source import Decoded, Lost, UnreadableVideoError, VideoSource
from bauta.video.upright import Shape, Uprighter, upright_size
from bauta.video.writer import VideoWriter

BRIDGE_S = 1.0
"""Longest time for which a face that is not detected is taken to be there still, in seconds."""

LONGEST_BRIDGE_S = 60.0


@dataclass(frozen=True)
class VideoOptions:
    """How to anonymize a video.

    Attributes:
        encoding: How to encode the result.
        bridge: Longest time without a detection that is bridged, in seconds.
        progress: Whether to show frames a second and the time left.
    """

    encoding: Encoding = field(default_factory=Encoding)
    bridge: float = BRIDGE_S
    progress: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.bridge <= LONGEST_BRIDGE_S:
            raise ConfigError(f"expected a bridge of 0 to {LONGEST_BRIDGE_S:g} seconds, got {self.bridge:g}")


DEFAULTS = VideoOptions()


def anonymize_video(
    path: Path, out: Path, finder: FaceFinder, editor: FaceEditor, options: VideoOptions = DEFAULTS
) -> VideoReport:
    """Anonymize the faces of a video.

    The result appears whole or not at all. It has the sound of the original, its timing and its pictures, upright, and nothing
    else: no title, place, time, chapters, covers, subtitles or other data.

    Args:
        path: The video.
        out: The result; its suffix determines the container.
        finder: Finds the faces of an image.
        editor: Anonymizes them.
        options: How.

    Raises:
        UnreadableVideoError: the video cannot be read, or has no frame that can be decoded.
        ConfigError: the container cannot hold the codec or the sound, or the result is the original.
        DiskError: the result cannot be written.
    """
    if out.exists() and os.path.samefile(path, out):  # noqa: PTH121
        raise ConfigError(f"{path}: expected a result beside the original, got the same file")
    codec = options.encoding.codec_in(out.suffix)
    with VideoSource(path) as source:
        first = first_frame(source)
        if first is None:
            raise UnreadableVideoError(str(path), "no frame of it can be decoded")
        shape = shape_for(*upright_size(first), first.format.name, codec)
        first = Uprighter(shape, source.time_base)(first, 0)
        total = source.expected_frames
    with VideoSource(path) as source, _bar(f"{path.name}: finding faces", total, options) as advance:
        seen = look(source, shape, finder, advance)
    rows = seen.tracked(options.bridge)
    frames = FrameEditor(editor, rows)

    def write(partial: Path) -> None:
        with (
            VideoSource(path) as again,
            _bar(f"{path.name}: writing", len(seen.pts), options) as advance,
        ):
            _write(partial, again, seen, shape, first, frames, options.encoding, advance)

    try:
        write_atomically(out, write)
    except av.FFmpegError as error:
        raise DataError(f"video {path} cannot be written to {out}: {error.strerror}") from error
    return _report(path, out, seen, rows, frames, source.dropped)


def _write(
    partial: Path,
    source: VideoSource,
    seen: Seen,
    shape: Shape,
    first: VideoFrame,
    frames: FrameEditor,
    encoding: Encoding,
    advance: Advance,
) -> None:
    """Edit and encode every frame, and copy the sound between them.

    Raises:
        DataError: the file does not give the same frames as before.
    """
    uprighter, number = Uprighter(shape, source.time_base), 0
    with VideoWriter(partial, source, shape, first, encoding) as writer:
        for item in source.items(with_audio=encoding.audio == "keep"):
            if isinstance(item, Decoded):
                if number >= len(seen.pts) or item.pts != seen.pts[number]:
                    raise _changed(source.path)
                frame = uprighter(item.frame, item.pts)
                if item.damaged:
                    blacken(frame)
                else:
                    frames.edit(number, frame)
                writer.write(frame)
                number += 1
                advance()
            elif not isinstance(item, Lost):
                writer.copy(item)
        if number != len(seen.pts):
            raise _changed(source.path)


def _changed(path: Path) -> DataError:
    return DataError(
        f"video {path} gave other frames when it was read again: it changed meanwhile; run again"
    )


def _report(
    path: Path, out: Path, seen: Seen, rows: FaceRows, frames: FrameEditor, dropped: tuple[str, ...]
) -> VideoReport:
    times = seen.times
    return VideoReport(
        source=path,
        out=out,
        frames=len(times),
        seconds=float(times[-1] - times[0]) + 1 / seen.rate,
        cuts=len(seen.cuts),
        tracks=frames.outcomes.tracks(rows, times),
        dropped=dropped,
        problems=shortened([*seen.problems, *frames.problems]),
    )


@contextmanager
def _bar(text: str, total: int | None, options: VideoOptions) -> Iterator[Advance]:
    """A bar with frames a second and the time left."""
    with tqdm(total=total, desc=text, unit=" frames", disable=None if options.progress else True) as bar:
        yield bar.update
