"""Image files to upright RGB arrays: every file is decoded correctly or refused with a reason."""

import hashlib
import logging
import struct
import warnings
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from bauta.errors import DataError
from bauta.io.image_formats import SUFFIXES, formats, is_jxl, opened, refusal, unknown
from bauta.io.jxl_header import JXL_MAGIC, read_jxl_header
from bauta.protocols import Images

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "SUFFIXES",
    "UnreadableImageError",
    "decode_image",
    "looks_like_image",
    "read_content",
    "read_image",
]

log = logging.getLogger(__name__)

MAX_PIXELS = 100_000_000
"""Largest number of pixels that is decoded; decoding takes at most 10 bytes of memory per pixel."""

_DEEP = ("LA", "RGB", "RGBA", "RGBX")
"""Modes in which Pillow keeps only the high bytes of 16-bit samples."""

_BAND = 512
"""Number of rows that are converted at once."""

MAX_BYTES = 2**28
"""Largest file, in bytes, that is read."""

_ORIENTATION_TAG = 0x0112
_UPRIGHT: Mapping[int, Callable[[Images], Images]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].transpose(1, 0, 2),
    8: lambda pixels: np.rot90(pixels, 1),
}
"""The operation that undoes each EXIF orientation (Exif 2.32, tag 274)."""

_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    LookupError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    cv2.error,
)
"""The exceptions that decoders raise on malformed files; they share no documented type."""


class UnreadableImageError(DataError):
    """A file that cannot be decoded.

    Attributes:
        reason: The reason, without the file's name.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"image {name} is unreadable: {reason}")
        self.reason = reason


def read_image(path: Path | str, max_pixels: int = MAX_PIXELS) -> Images:
    """Read an image file; see `decode_image`.

    Raises:
        UnreadableImageError: the file cannot be opened or decoded.
    """
    return decode_image(read_content(Path(path)), str(path), max_pixels)


def read_known_image(path: Path, sha256: str | None) -> Images:
    """Read an image file that was listed before.

    Args:
        path: The file.
        sha256: SHA-256 of its content when it was listed; None if it was not computed.

    Raises:
        UnreadableImageError: the file cannot be opened or decoded.
        DataError: its content has changed since then.
    """
    content = read_content(path)
    if sha256 is not None and (got := hashlib.sha256(content).hexdigest()) != sha256:
        raise DataError(
            f"image {path} changed since it was listed (expected the SHA-256 {sha256[:12]}…, got "
            f"{got[:12]}…): restore the old file or run again"
        )
    return decode_image(content, str(path))


def read_content(path: Path) -> bytes:
    """Read a regular file of at most `MAX_BYTES` bytes; a pipe or a device might never end.

    Raises:
        UnreadableImageError: it is missing, not a regular file, too large or cannot be read.
    """
    try:
        if path.exists() and not path.is_file():
            raise UnreadableImageError(str(path), "not a regular file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UnreadableImageError(str(path), f"{size:,} bytes are more than the limit of {MAX_BYTES:,}")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImageError(str(path), _describe(error, str(path))) from error


def decode_image(content: bytes, name: str, max_pixels: int = MAX_PIXELS) -> Images:
    """Decode the first frame of an image file.

    The format is determined from the content, never from the name. The EXIF orientation is applied and all
    metadata are dropped; colour profiles are ignored, so that pixel values are those of the file. Of samples
    with more than 8 bits, the upper 8 of the bits in use are kept, where the depth in use is the smallest
    that holds the brightest sample, so that 12 bits in a 16-bit file do not become dark (PNG's sBIT does not
    help: it counts bits of samples that fill the range). Transparent pixels are composited onto white; grey
    and palette images become RGB.

    Args:
        content: Bytes of the file.
        name: Its name in messages.
        max_pixels: Width times height above which the image is refused.

    Returns:
        uint8 (H, W, 3) RGB.

    Raises:
        UnreadableImageError: the content is empty, truncated, malformed, too large, or not an image of a
            known format.
    """
    if not content:
        raise UnreadableImageError(name, "the file is empty")
    try:
        pixels, orientation = _decode(content, name, max_pixels)
    except UnreadableImageError:
        raise
    except _DECODER_ERRORS as error:
        raise UnreadableImageError(name, _describe(error, name)) from error
    upright = _UPRIGHT.get(orientation)
    return pixels if upright is None else np.ascontiguousarray(upright(pixels))


def _decode(content: bytes, name: str, max_pixels: int) -> tuple[Images, int]:
    """The pixels as the decoder returns them, and the orientation that remains to be undone."""
    if reason := refusal(content, name):
        raise UnreadableImageError(name, reason)
    turned = False
    if is_jxl(content):
        header = read_jxl_header(content)
        _check_size(header.width, header.height, name, max_pixels)
        turned = header.orientation != 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with opened(content) as image:
            _check_size(*image.size, name, max_pixels)
            high_bytes = _has_high_bytes(image)
            image.load()
            _check_size(*image.size, name, max_pixels)
            pixels = _deep_colour(content, image) if high_bytes else None
            # A JPEG file inside JPEG XL is returned as it was, not rotated.
            done = turned and not getattr(image, "jpeg", False)
            return _to_array(image) if pixels is None else pixels, 1 if done else _orientation(image, name)


def _check_size(width: int, height: int, name: str, max_pixels: int) -> None:
    if width * height > max_pixels:
        reason = f"{width}×{height} pixels are more than the limit of {max_pixels:,}"
        raise UnreadableImageError(name, reason)


def looks_like_image(path: Path) -> bool:
    """Whether a regular file starts like an image of a readable format."""
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")
            if file.read(len(max(JXL_MAGIC, key=len))).startswith(JXL_MAGIC):
                return True  # its plug-in would decode the whole image on opening
            with Image.open(path, formats=formats()):
                return True
    except _DECODER_ERRORS:
        return False


def _to_array(image: Image.Image) -> Images:
    """RGB pixels, converted in bands so that no more copies of a large image are held than needed."""
    if image.mode.startswith("I"):
        return _grey(np.asarray(image))
    width, height = image.size
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    for top in range(0, height, _BAND):
        bottom = min(top + _BAND, height)
        pixels[top:bottom] = np.asarray(_to_rgb(image.crop((0, top, width, bottom))))
    return pixels


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise ValueError("floating-point samples have no stated range")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        canvas = Image.new("RGB", rgba.size, "white")
        canvas.paste(rgba, mask=rgba.getchannel("A"))
        return canvas
    return image.convert("RGB")


def _grey(samples: NDArray[np.integer]) -> Images:
    """RGB pixels from grey samples of up to 16 bits."""
    if samples.min() < 0 or samples.max() > 65535:
        raise ValueError(f"grey samples of {samples.min()} to {samples.max()} exceed 16 bits")
    grey = (samples >> _unused_bits(samples)).astype(np.uint8)
    return np.repeat(grey[..., np.newaxis], 3, axis=2)


def _unused_bits(samples: NDArray[np.integer]) -> int:
    """The shift that brings samples to 8 bits, given the depth that the brightest one needs."""
    return max(int(samples.max()).bit_length() - 8, 0)


def _has_high_bytes(image: ImageFile.ImageFile) -> bool:
    """Whether an image, not loaded yet, has 16-bit colours, of which Pillow keeps only the high bytes."""
    return image.format in ("PNG", "TIFF") and any(";16" in str(tile[3]) for tile in image.tile)


def _deep_colour(content: bytes, image: Image.Image) -> Images | None:
    """RGB pixels of 16-bit colours that use fewer bits; None where Pillow's high bytes are correct."""
    colours = "".join(band for band in image.getbands() if band != "A")
    if image.mode not in _DEEP or max(np.asarray(image.getchannel(band)).max() for band in colours) >= 128:
        return None
    decoded = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16 or decoded.shape[:2] != image.size[::-1]:
        raise ValueError("16-bit colours that cannot be decoded")
    samples = decoded.astype(np.uint16)
    rgb = samples[..., 2::-1] if samples.ndim == 3 else samples[..., np.newaxis].repeat(3, axis=2)
    pixels = (rgb >> _unused_bits(rgb)).astype(np.uint8)
    if samples.ndim == 3 and samples.shape[2] == 4:
        alpha = samples[..., 3]
        rgba = np.dstack([pixels, (alpha >> _unused_bits(alpha)).astype(np.uint8)])
        return np.asarray(_to_rgb(Image.fromarray(rgba)))
    return pixels


def _orientation(image: Image.Image, name: str) -> int:
    """The EXIF orientation; a file with a broken EXIF block counts as upright, as in image viewers."""
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except _DECODER_ERRORS as error:
        log.warning("image %s: broken EXIF block (%s); it counts as upright", name, _describe(error, name))
        return 1


def _describe(error: BaseException, name: str) -> str:
    """A decoder's exception in one line."""
    if "cannot identify image file" in str(error):
        return unknown(name)
    text = (str(error).splitlines() or [""])[0]
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    return text or type(error).__name__
