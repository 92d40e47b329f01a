"""Video files as upright frames in order: each is decoded whole, or reported with a reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from bauta.errors import DataError
from bauta.io.images import looks_like_image

MAX_PIXELS = 8192 * 4320
"""Width times height above which a video is refused; a frame takes at most 30 bytes of memory per pixel."""

FORMATS = (
    "asf", "avi", "flv", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "mpeg", "mpegts", "mxf", "nut", "ogg",
    "yuv4mpegpipe",
)  # fmt: skip
"""Formats that are opened. Playlists are not: they name other files, and addresses on the network. GIF, WebP
and APNG are not either: an animation counts as a picture."""

TIMED = ("asf", "avi", "flv", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2")
"""Formats whose header says how long they are; the others are estimated."""

PICTURE_BRANDS = frozenset({"avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"})
"""Brands by which a picture in MP4's container is told from a video: AVIF and HEIF."""

INCOMPLETE_S = 0.5
"""How much earlier than announced the last stream of a file may end, in seconds."""

PICTURE = "a picture; an animation counts as one"

THREADS = 4
"""Threads that decode; each may hold a frame."""


class UnreadableVideoError(DataError):
    """A file that is not a readable video.

    Attributes:
        reason: The reason, without the file's name.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"video {name} is unreadable: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class Decoded:
    """A frame as its decoder returned it.

    Attributes:
        frame: The frame.
        pts: When it is shown, in units of `VideoSource.time_base`; higher than that of the frame before.
        damaged: Whether the decoder says that a part of it is missing.
    """

    frame: VideoFrame
    pts: int
    damaged: bool


@dataclass(frozen=True)
class Lost:
    """A part of the file that gave no frame.

    Attributes:
        reason: Where, and why.
    """

    reason: str


Item = Decoded | Lost | Packet


class VideoSource:
    """An open video file.

    Args:
        path: The file, whose format is determined from its content.

    Attributes:
        path: The file.
        video: Its best video stream.
        audio: Its sound, as one or more streams.
        dropped: The other streams and attachments, in words; they are never copied.

    Raises:
        UnreadableVideoError: it cannot be opened, has no video stream, or is too large.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._container = _opened(path)
        try:
            self.video = self._best()
            self.audio = [stream for stream in self._container.streams.audio if stream.codec_context]
            self.dropped = self._others()
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    @property
    def time_base(self) -> Fraction:
        """Seconds per unit of a frame's time."""
        return self.video.time_base or Fraction(1, 1000)

    @property
    def rate(self) -> Fraction:
        """Frames per second; an average where the rate varies, and 25 where it is unknown."""
        for rate in (self.video.average_rate, self.video.guessed_rate, self.video.base_rate):
            if rate:
                return rate
        return Fraction(25)

    @property
    def expected_frames(self) -> int | None:
        """How many frames the file announces; None where it does not say."""
        if self.video.frames:
            return self.video.frames
        if self.video.duration:
            return round(self.video.duration * self.time_base * self.rate)
        seconds = Fraction(self._container.duration or 0, av.time_base)
        return round(seconds * self.rate) or None

    def items(self, *, with_audio: bool = False) -> Iterator[Item]:
        """Iterate over the frames in the order in which they are shown, and over packets of sound as stored.

        A frame whose time is not later than that of the frame before is not shown by players, and counts as
        lost. Can be called once for each opening.
        """
        step = max(1, round(1 / (self.rate * self.time_base)))
        last: int | None = None
        for packet in self._packets():
            if isinstance(packet, Lost):
                yield packet
            elif packet.stream is not self.video:
                if with_audio and packet.stream in self.audio and packet.dts is not None:
                    yield packet
            else:
                for item in _decoded(packet):
                    if isinstance(item, Lost):
                        yield item
                        continue
                    pts = _time_of(item, last, step)
                    if last is not None and pts <= last:
                        yield Lost(f"a frame at {float(pts * self.time_base):.3f} s comes too late")
                        continue
                    last = pts
                    yield Decoded(item, pts, item.is_corrupt)

    def _packets(self) -> Iterator[Packet | Lost]:
        """All packets of the file, and at its end whether it is shorter than it announces."""
        packets, end = self._container.demux(), 0.0
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except (av.FFmpegError, OSError) as error:
                yield Lost(f"the file ends early: {_words(error)}")
                return
            if packet.pts is not None and packet.time_base:
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            yield packet
        announced = ((self._container.start_time or 0) + (self._container.duration or 0)) / av.time_base
        if self._container.format.name in TIMED and end < announced - INCOMPLETE_S:
            yield Lost(f"the file ends after {end:.2f} s and announces {announced:.2f} s: it is incomplete")

    def _best(self) -> VideoStream:
        pictures = [one for one in self._container.streams.video if not _is_picture(one)]
        if not pictures:
            kinds = sorted({stream.type for stream in self._container.streams})
            raise UnreadableVideoError(
                str(self.path), f"no video stream, only {', '.join(kinds) or 'nothing'}"
            )
        best = self._container.streams.best("video")
        video = best if best in pictures and isinstance(best, VideoStream) else pictures[0]
        if video.codec_context is None:
            raise UnreadableVideoError(str(self.path), "no decoder for its video stream")
        _check_size(video, self.path)
        video.thread_type = "AUTO"
        video.codec_context.thread_count = THREADS
        # A size that changes later is refused by the decoder itself.
        video.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        return video

    def _others(self) -> tuple[str, ...]:
        kept: list[Stream] = [self.video, *self.audio]
        others = [stream for stream in self._container.streams if stream not in kept]
        words = ["a cover picture" if _is_picture(one) else f"a stream of {one.type}" for one in others]
        if self._container.chapters():
            words.append("chapters")
        return tuple(words)


def _opened(path: Path) -> "av.container.InputContainer":
    name = str(path)
    if not path.is_file():
        raise UnreadableVideoError(name, "not a regular file" if path.exists() else "no such file")
    if path.stat().st_size == 0:
        raise UnreadableVideoError(name, "the file is empty")
    options = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": "file"}
    try:
        container = av.open(f"file:{path.absolute()}", container_options=options, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise UnreadableVideoError(name, _refusal(error, path)) from error
    if container.metadata.get("major_brand", "").strip() in PICTURE_BRANDS:
        container.close()
        raise UnreadableVideoError(name, PICTURE)
    return container


def _check_size(video: VideoStream, path: Path) -> None:
    width, height = video.codec_context.width, video.codec_context.height
    if width < 1 or height < 1:
        raise UnreadableVideoError(str(path), "its video stream has no size; the file is damaged")
    if width * height > MAX_PIXELS:
        reason = f"{width}×{height} pixels are more than the limit of {MAX_PIXELS:,}"
        raise UnreadableVideoError(str(path), reason)


def _decoded(packet: Packet) -> Iterator[VideoFrame | Lost]:
    try:
        yield from packet.decode()
    except (av.FFmpegError, OSError, ValueError) as error:
        time = "" if packet.pts is None else f" at {float(packet.pts * packet.time_base):.3f} s"
        yield Lost(f"a frame{time} cannot be decoded: {_words(error)}")


def _time_of(frame: VideoFrame, last: int | None, step: int) -> int:
    if frame.pts is not None:
        return frame.pts
    return 0 if last is None else last + step


def _is_picture(stream: Stream) -> bool:
    return bool(stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails))


def _refusal(error: BaseException, path: Path) -> str:
    # FFmpeg says this of a format that is not among those allowed.
    if isinstance(error, (av.error.InvalidDataError, av.error.ArgumentError)):
        return PICTURE if looks_like_image(path) else "not a video in a known format, or incomplete"
    return _words(error)


def _words(error: BaseException) -> str:
    """An exception in one line, without the file's name."""
    text = getattr(error, "strerror", None) or (str(error).splitlines() or [""])[0]
    return str(text) or type(error).__name__
