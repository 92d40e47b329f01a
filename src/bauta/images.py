"""Image files to upright RGB arrays: every file decodes right or is refused with a reason."""

import io
import logging
import struct
import warnings
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from bauta.errors import DataError
from bauta.protocols import Images

log = logging.getLogger(__name__)

FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""Pillow's names of the formats that are read; the list keeps out formats that start programs (EPS)."""

SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("avif", "bmp", "gif", "j2k", "jfif", "jp2", "jpe", "jpeg", "jpg"),
        *("pbm", "pgm", "png", "pnm", "ppm", "tif", "tiff", "webp"),
    )
)
"""Suffixes, in lower case, that promise an image; what a file is, its content decides."""

MAX_PIXELS = 100_000_000
"""Largest image that is decoded; decoding takes at most 10 bytes of memory a pixel."""

_BAND = 512
"""Rows that are converted at once."""

MAX_BYTES = 2**28
"""Largest file that is read."""

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
"""What undoes each EXIF orientation (Exif 2.32, tag 274)."""

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
)
"""What Pillow's plugins raise on malformed files; they promise no common type."""


class UnreadableImageError(DataError):
    """A file that cannot be decoded.

    Attributes:
        reason: Why, without the file's name.
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


def read_content(path: Path) -> bytes:
    """Bytes of a regular file of at most `MAX_BYTES`; a pipe or a device would never end.

    Raises:
        UnreadableImageError: it is missing, no regular file, too large or cannot be read.
    """
    try:
        if path.exists() and not path.is_file():
            raise UnreadableImageError(str(path), "not a regular file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UnreadableImageError(str(path), f"{size:,} bytes are more than the limit of {MAX_BYTES:,}")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImageError(str(path), _describe(error)) from error


def decode_image(content: bytes, name: str, max_pixels: int = MAX_PIXELS) -> Images:
    """Decode the first frame of an image file.

    The format is told from the content, never from the name. The EXIF orientation is applied and all metadata
    are dropped; colour profiles are ignored, so that pixel values are those of the file. 16-bit samples keep
    their high byte, transparent pixels are laid on white, grey and palette images become RGB.

    Args:
        content: Bytes of the file.
        name: What to call it in messages.
        max_pixels: Width times height above which it is refused.

    Returns:
        uint8 (H, W, 3) RGB.

    Raises:
        UnreadableImageError: empty, truncated, malformed, too large, or no image of a known format.
    """
    if not content:
        raise UnreadableImageError(name, "the file is empty")
    try:
        pixels, orientation = _decode(content, name, max_pixels)
    except UnreadableImageError:
        raise
    except _DECODER_ERRORS as error:
        raise UnreadableImageError(name, _describe(error)) from error
    upright = _UPRIGHT.get(orientation)
    return pixels if upright is None else np.ascontiguousarray(upright(pixels))


def _decode(content: bytes, name: str, max_pixels: int) -> tuple[Images, int]:
    """Pixels as they are stored, and the EXIF orientation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            width, height = image.size
            if width * height > max_pixels:
                reason = f"{width}×{height} pixels are more than the limit of {max_pixels:,}"
                raise UnreadableImageError(name, reason)
            image.load()
            return _to_array(image), _orientation(image, name)


def looks_like_image(path: Path) -> bool:
    """Whether a regular file starts like an image of a format that is read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS):
                return True
    except _DECODER_ERRORS:
        return False


def _to_array(image: Image.Image) -> Images:
    """RGB pixels, converted in bands so that a large image is not held more often than needed."""
    width, height = image.size
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    for top in range(0, height, _BAND):
        bottom = min(top + _BAND, height)
        pixels[top:bottom] = np.asarray(_to_rgb(image.crop((0, top, width, bottom))))
    return pixels


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        samples = np.asarray(image)
        if samples.min() < 0 or samples.max() > 65535:
            raise ValueError(f"grey samples of {samples.min()} to {samples.max()} exceed 16 bits")
        return Image.fromarray((samples >> 8).astype(np.uint8)).convert("RGB")
    if image.mode == "F":
        raise ValueError("floating-point samples have no stated range")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        canvas = Image.new("RGB", rgba.size, "white")
        canvas.paste(rgba, mask=rgba.getchannel("A"))
        return canvas
    return image.convert("RGB")


def _orientation(image: Image.Image, name: str) -> int:
    """EXIF orientation; a file whose EXIF block is broken is taken to be upright, as viewers do."""
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except _DECODER_ERRORS as error:
        log.warning("image %s: broken EXIF block (%s), taken to be upright", name, _describe(error))
        return 1


def _describe(error: BaseException) -> str:
    """One line that says what a decoder's exception meant."""
    if "cannot identify image file" in str(error):
        return "not an image of a known format"
    text = (str(error).splitlines() or [""])[0]
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    return text or type(error).__name__
