"""The image formats that are read, the Pillow plug-ins that read them, and the messages for all others."""

import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from pathlib import PurePosixPath

from PIL import Image, ImageFile, TiffImagePlugin

from bauta.io.jxl_header import JXL_MAGIC

BUILT_IN = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""Pillow's names of the formats that it reads itself; formats that start programs (EPS) are left out."""

PLUGINS: Mapping[str, tuple[str, str]] = {
    "HEIF": ("pillow_heif", "pillow-heif"),
    "JXL": ("pillow_jxl", "pillow-jxl-plugin"),
}
"""Pillow's name of a format that a plug-in reads → the plug-in's module, and what to install."""

HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

READ = frozenset(
    f".{name}"
    for name in (
        *("avif", "bmp", "gif", "heic", "heif", "hif", "j2k", "jfif", "jp2", "jpe", "jpeg", "jpg", "jxl"),
        *("pbm", "pgm", "png", "pnm", "ppm", "tif", "tiff", "webp"),
    )
)
"""Suffixes of the formats that are read."""

RAW = frozenset(
    f".{name}"
    for name in (
        *("3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "iiq", "k25", "kdc", "mef", "mos", "mrw"),
        *("nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f"),
    )
)
"""Suffixes of raw photographs, many of which are TIFF files that start with a small preview."""

OTHERS = frozenset(
    f".{name}"
    for name in (
        *("ai", "bpg", "cur", "dcm", "dds", "emf", "eps", "exr", "fits", "hdr", "icns", "ico", "jxr", "pcx"),
        *("pict", "psb", "psd", "svg", "svgz", "tga", "wdp", "wmf", "xbm", "xcf", "xpm"),
    )
)
"""Suffixes of other image formats, which are not read."""

SUFFIXES = READ | RAW | OTHERS
"""Suffixes, in lower case, that suggest an image; the content of a file decides its format."""

_DNG_VERSION = 50706
_SUBFILE_TYPE = 254
_REDUCED = 1


@lru_cache(maxsize=1)
def formats() -> tuple[str, ...]:
    """Pillow's names of the readable formats; the first call registers the plug-ins."""
    return (*BUILT_IN, *_plugged_in())


def _plugged_in() -> Iterator[str]:
    for name, (module, _) in PLUGINS.items():
        try:
            plugin = import_module(module)
        except ImportError:
            continue
        # Jobs declare how many threads they use; a decoder must not take all of the machine's.
        if name == "HEIF":
            plugin.register_heif_opener(
                thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
            )
        else:
            plugin.JpegXLImagePlugin.DECODE_THREADS = 0
        yield name


def missing_plugin(content: bytes) -> str | None:
    """The reason why content cannot be read because its plug-in is missing; None where none is missing."""
    for name, (_, package) in PLUGINS.items():
        if name not in formats() and _is_of(name, content):
            return f"a {name} image, which needs the package {package}: install requirements.lock"
    return None


def is_jxl(content: bytes) -> bool:
    """Whether the content starts like a JPEG XL file."""
    return content.startswith(JXL_MAGIC)


def refusal(content: bytes, name: str) -> str | None:
    """The reason for refusing an image because of its format, before decoding; None where there is none.

    Raw photographs are refused although Pillow opens many of them: it would read only the small preview.

    Args:
        content: Bytes of the file.
        name: Its name.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if content.startswith(b"8BPS"):
        return "a Photoshop document, which is not read: export it as JPEG, PNG or TIFF"
    if content[:4] in (b"II*\0", b"MM\0*") and (suffix in RAW or _is_raw(content)):
        return "a raw photograph, which is not developed: export it as JPEG, PNG or TIFF"
    return missing_plugin(content)


def unknown(name: str) -> str:
    """The message for a file that no decoder accepts."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in RAW:
        return "a raw photograph, which is not developed: export it as JPEG, PNG or TIFF"
    if suffix in OTHERS:
        return f"images of the format {suffix[1:].upper()} are not read: export it as JPEG, PNG or TIFF"
    return "not an image of a known format"


def _is_of(name: str, content: bytes) -> bool:
    if name == "JXL":
        return is_jxl(content)
    return content[4:8] == b"ftyp" and content[8:12] in HEIF_BRANDS


def _is_raw(content: bytes) -> bool:
    """Whether a TIFF file is a DNG or a CR2, or starts with a reduced image as raw photographs do."""
    if content[8:10] == b"CR":
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = BytesIO(content)
            tags = TiffImagePlugin.ImageFileDirectory_v2(file.read(8))
            file.seek(tags.next)
            tags.load(file)
            first = tags.get(_SUBFILE_TYPE, 0)
    except (SyntaxError, ValueError, TypeError, LookupError, OSError, ArithmeticError):
        return False
    return _DNG_VERSION in tags or (isinstance(first, int) and bool(first & _REDUCED))


def opened(content: bytes) -> ImageFile.ImageFile:
    """Open an image, without decoding it yet where its format allows that."""
    return Image.open(BytesIO(content), formats=formats())
