"""Writing a video: edited frames, each at the time of its original, and the sound as it was."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from bauta.errors import ConfigError
from bauta.video.encoding import CODECS, Encoding
from bauta.video.sound import without_comments
from bauta.video.source import VideoSource
from bauta.video.upright import Shape

FINEST = 2**31 - 1
"""Highest number of units a second that MP4 can express."""

LARGEST_DENOMINATOR = 1_000_000
"""Of a frame rate; the fields of a header hold no larger one."""


class VideoWriter:
    """A video file that is being written.

    The file has no metadata but what is needed to play it: no title, place, time or name, no chapters, no
    other streams.

    Args:
        path: The file; its suffix determines the container.
        source: The original, whose sound and timing are kept.
        shape: The shape of every frame.
        first: The first frame, which tells the colours.
        encoding: How to encode.

    Raises:
        ConfigError: the container cannot hold the codec, or the sound.
    """

    def __init__(
        self, path: Path, source: VideoSource, shape: Shape, first: VideoFrame, encoding: Encoding
    ) -> None:
        name = encoding.codec_in(path.suffix)
        base = source.time_base
        options = {"fflags": "+bitexact"}
        if path.suffix in {".mp4", ".m4v", ".mov"}:
            options["video_track_timescale"] = str(min(base.denominator, FINEST))
        self._container = av.open(f"file:{path.absolute()}", "w", container_options=options)
        try:
            rate = source.rate.limit_denominator(LARGEST_DENOMINATOR)
            options = encoding.options(name)
            self._video = cast(
                VideoStream, self._container.add_stream(CODECS[name].encoder, rate=rate, options=options)
            )
            self._set_up(shape, first, base)
            kept = source.audio if encoding.audio == "keep" else []
            self._audio = {stream.index: self._copy_of(stream, path, source.path) for stream in kept}
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._container.mux(self._video.encode(None))
        finally:
            self._container.close()

    def write(self, frame: VideoFrame) -> None:
        """Write the next frame, which was brought to the shape."""
        self._container.mux(self._video.encode(frame))

    def copy(self, packet: Packet) -> None:
        """Copy a packet of sound; it is dropped if sound is not kept."""
        stream = self._audio.get(packet.stream.index)
        if stream is not None:
            packet.stream = stream
            self._container.mux(packet)

    def _set_up(self, shape: Shape, first: VideoFrame, base: Fraction) -> None:
        context = self._video.codec_context
        self._video.width, self._video.height = shape.width, shape.height
        self._video.pix_fmt = shape.pix_fmt
        self._video.time_base = context.time_base = base
        context.colorspace, context.color_range = first.colorspace, first.color_range
        context.color_primaries, context.color_trc = first.color_primaries, first.color_trc
        if shape.aspect:
            context.sample_aspect_ratio = shape.aspect

    def _copy_of(self, stream: AudioStream, path: Path, original: Path) -> AudioStream:
        try:
            copy = self._container.add_stream_from_template(stream)
            if stream.codec_context.name == "vorbis":
                copy.codec_context.extradata = without_comments(bytes(stream.codec_context.extradata or b""))
            return copy
        except (ValueError, av.FFmpegError):
            sound = stream.codec_context.name
            raise ConfigError(
                f"{path.suffix} cannot hold the sound of {original} ({sound}): give the result "
                "the suffix .mkv, or drop the sound"
            ) from None
