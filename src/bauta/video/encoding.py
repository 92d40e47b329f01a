"""How a result is encoded: codecs, pixel formats, qualities, and the containers that can hold them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from av.video.format import VideoFormat

from bauta.errors import ConfigError
from bauta.video.upright import Shape

CodecName = Literal["h264", "hevc", "vp9", "ffv1"]
Audio = Literal["keep", "drop"]


@dataclass(frozen=True)
class Codec:
    """A codec.

    Attributes:
        encoder: FFmpeg's name of its encoder.
        quality: The constant rate factor by default, lower is better; None if it is always lossless.
        worst: The highest factor.
        lossless: Options for no loss.
        depths: Bits of a sample that it takes.
        even: Whether the sides of an image with subsampled chroma must be even.
        options: Options in any case.
    """

    encoder: str
    quality: int | None
    worst: int
    lossless: Mapping[str, str]
    depths: tuple[int, ...] = (8, 10)
    even: bool = True
    options: Mapping[str, str] | None = None


CODECS: Mapping[CodecName, Codec] = {
    "h264": Codec("libx264", 18, 51, {"qp": "0"}, options={"preset": "veryfast", "a53cc": "0"}),
    "hevc": Codec(
        "libx265",
        20,
        51,
        {"x265-params": "lossless=1:log-level=none"},
        options={"preset": "fast", "x265-params": "log-level=none"},
    ),
    "vp9": Codec(
        "libvpx-vp9",
        24,
        63,
        {"lossless": "1"},
        depths=(8,),
        even=False,
        options={"b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"},
    ),
    "ffv1": Codec("ffv1", None, 0, {}, depths=(8, 10, 12, 16), even=False, options={"level": "3", "g": "1"}),
}
"""Rate factors at which a result can hardly be told from its original, and speeds at which encoding takes
less time than detection."""

CONTAINERS: Mapping[str, tuple[CodecName, ...]] = {
    ".mp4": ("h264", "hevc", "vp9"),
    ".m4v": ("h264", "hevc"),
    ".mov": ("h264", "hevc"),
    ".mkv": ("h264", "hevc", "vp9", "ffv1"),
    ".webm": ("vp9",),
    ".ts": ("h264", "hevc"),
}
"""Suffix of a result → codecs that it can hold, the default first. They keep the time of each frame."""


@dataclass(frozen=True)
class Encoding:
    """How to encode.

    Attributes:
        codec: The codec; None for the default of the container.
        quality: Constant rate factor, lower is better; None for the codec's default.
        lossless: Whether to lose nothing.
        audio: Whether sound is kept, as it is, or dropped.
    """

    codec: CodecName | None = None
    quality: int | None = None
    lossless: bool = False
    audio: Audio = "keep"

    def __post_init__(self) -> None:
        if self.quality is not None and self.lossless:
            raise ConfigError("a lossless video has no quality: leave one of the two options out")
        worst = max(codec.worst for codec in CODECS.values())
        if self.quality is not None and not 0 <= self.quality <= worst:
            raise ConfigError(f"expected a quality from 0 to {worst}, got {self.quality}")

    def codec_in(self, suffix: str) -> CodecName:
        """The codec in a container.

        Raises:
            ConfigError: the container is unknown, or cannot hold the codec or this quality.
        """
        if suffix.lower() not in CONTAINERS:
            known = ", ".join(CONTAINERS)
            raise ConfigError(f"expected a video with one of the suffixes {known}, got '{suffix}'")
        able = CONTAINERS[suffix.lower()]
        name = self.codec or able[0]
        if name not in able:
            raise ConfigError(f"{suffix} cannot hold {name}: choose {' or '.join(able)}, or the suffix .mkv")
        codec = CODECS[name]
        if self.quality is not None and codec.quality is None:
            raise ConfigError(f"{name} is always lossless and has no quality: leave it out")
        if self.quality is not None and not 0 <= self.quality <= codec.worst:
            raise ConfigError(f"expected a quality from 0 to {codec.worst} for {name}, got {self.quality}")
        return name

    def options(self, name: CodecName) -> dict[str, str]:
        """The encoder's options."""
        codec = CODECS[name]
        chosen = dict(codec.options or {})
        if codec.quality is None:
            return chosen
        if self.lossless:
            return chosen | dict(codec.lossless)
        return chosen | {"crf": str(codec.quality if self.quality is None else self.quality)}


def shape_for(width: int, height: int, pix_fmt: str, name: CodecName) -> Shape:
    """The shape of the result for upright frames of a size and a pixel format.

    Depth and chroma subsampling are kept where the codec takes them; otherwise the samples have 8 bits, and
    one colour sample belongs to 2×2 pixels. A side that must be even is one pixel longer if it is odd.
    """
    codec = CODECS[name]
    kept = _planar(pix_fmt)
    subsampling, depth = kept if kept is not None else ("420", _depth(pix_fmt))
    depth = max((one for one in codec.depths if one <= depth), default=8)
    full = "j" if pix_fmt.startswith("yuvj") and depth == 8 and name != "vp9" else ""
    chosen = f"yuv{full}{subsampling}p{'' if depth == 8 else f'{depth}le'}"
    if codec.even and subsampling != "444":
        width, height = width + width % 2, height + height % 2
    return Shape(width, height, chosen)


def _planar(pix_fmt: str) -> tuple[str, int] | None:
    """Subsampling and depth of a planar format of luma and colour difference, without transparency."""
    for subsampling in ("420", "422", "444"):
        if pix_fmt.startswith((f"yuv{subsampling}p", f"yuvj{subsampling}p")):
            return subsampling, _depth(pix_fmt)
    return None


def _depth(pix_fmt: str) -> int:
    return max((part.bits for part in VideoFormat(pix_fmt).components), default=8)
