"""Picture files in and out: pixels and the colour profile pass, and nothing else of a file does."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bauta.apply.profile import colours_only
from bauta.io.image_formats import is_jxl, opened
from bauta.io.images import UnreadableImageError, decode_image, read_content
from bauta.protocols import Images

LARGEST_PROFILE = 2**22
"""Bytes of the largest colour profile that is kept."""

SPACES = {"L": b"GRAY", "RGB": b"RGB "}
"""Mode of a written picture → the colour space that a profile must be for, as ICC.1 writes it."""

_GREY = ("1", "L", "LA", "La")
_HEADER_ERRORS = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError)


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
        image: uint8 (H, W, 3) RGB, upright.
        grey: Whether the file is grey.
        profile: The colours of its ICC profile, if it describes the decoded pixels; None otherwise.
        notes: What of the file the result does not have, such as 16-bit samples.
    """

    image: Images
    grey: bool = False
    profile: bytes | None = None
    notes: tuple[str, ...] = ()


def read_picture(path: Path) -> Picture:
    """Read a picture file.

    Raises:
        UnreadableImageError: it cannot be read, or has several frames.
    """
    content = read_content(path)
    image = decode_image(content, str(path))
    if is_jxl(content):  # its plug-in decodes the whole file once more
        return Picture(image)
    try:
        with opened(content) as file:
            return _described(image, file, path)
    except UnreadableImageError:
        raise
    except _HEADER_ERRORS as error:
        raise UnreadableImageError(str(path), f"its header is broken: {type(error).__name__}") from error


def encode(
    image: Images, form: str, *, quality: int = 95, grey: bool = False, profile: bytes | None = None
) -> bytes:
    """Encode a picture without metadata.

    Args:
        image: uint8 (H, W, 3) RGB.
        form: Pillow's name of the format; all but JPEG are lossless.
        quality: Of JPEG, 1 to 100; colours are not subsampled.
        grey: Whether the original was grey; the result is then grey if its pixels still are.
        profile: ICC profile of the original's pixels.
    """
    colourless = grey and bool((image[..., :1] == image[..., 1:]).all())
    picture = Image.fromarray(np.ascontiguousarray(image[..., 0] if colourless else image))
    forms: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": quality, "subsampling": 0},
        "PNG": {"compress_level": 4},
        "TIFF": {"compression": "tiff_adobe_deflate"},
        "WEBP": {"lossless": True, "quality": 50, "exact": True},
    }
    options = forms.get(form, {})
    if profile is not None and profile[16:20] == SPACES[picture.mode] and form not in ("BMP", "PPM"):
        options = options | {"icc_profile": profile}
    sink = BytesIO()
    picture.save(sink, format=form, **options)
    return sink.getvalue()


def _described(image: Images, file: Image.Image, path: Path) -> Picture:
    """A picture with what its file says about it."""
    form, mode = file.format, file.mode
    frames = bool(getattr(file, "is_animated", False))
    if frames and form != "MPO":
        raise UnreadableImageError(str(path), "it has several frames: convert it to a video or split it")
    notes = []
    if frames:
        notes.append("only the main picture of several is written")
    if mode.startswith("I") or any(
        ";16" in str(getattr(tile, "args", "")) for tile in getattr(file, "tile", ())
    ):
        notes.append("samples of more than 8 bits are written with 8")
    if file.has_transparency_data:
        notes.append("transparent parts are white")
    if mode in ("CMYK", "YCCK", "LAB", "HSV"):
        notes.append(f"{mode} is written as RGB, without its profile")
    profile = file.info.get("icc_profile")
    fits = isinstance(profile, bytes) and 128 <= len(profile) <= LARGEST_PROFILE
    if profile and not (fits and profile[16:20] in SPACES.values()):
        profile = None
    grey = mode in _GREY or mode.startswith("I")
    return Picture(image, grey, colours_only(profile) if profile else None, tuple(notes))
