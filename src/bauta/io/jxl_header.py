"""Size and orientation of a JPEG XL image from its first bytes, as the plug-in decodes on opening.

ISO/IEC 18181-1:2022, D.2 (SizeHeader) and D.3 (ImageMetadata); 18181-2, 9 (boxes).
"""

from dataclasses import dataclass

CODESTREAM = b"\xff\x0a"
CONTAINER = b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"
JXL_MAGIC = (CODESTREAM, CONTAINER)
"""The first bytes of a file: a bare codestream, or a container of boxes with a codestream inside."""

_HEADER_BYTES = 64
_SIDES = (9, 13, 18, 30)
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


@dataclass
class _Bits:
    """Reads a codestream bit by bit, the lowest bit of a byte first."""

    data: bytes
    place: int = 0

    def take(self, count: int) -> int:
        """The next bits as a number.

        Raises:
            ValueError: too few bits are left.
        """
        end = self.place + count
        if end > 8 * len(self.data):
            raise ValueError("the JPEG XL header is cut off")
        value = int.from_bytes(self.data, "little") >> self.place & ((1 << count) - 1)
        self.place = end
        return value


@dataclass(frozen=True)
class JxlHeader:
    """The header of a codestream.

    Attributes:
        width: In pixels, as stored.
        height: Likewise.
        orientation: As EXIF numbers it; the decoder undoes it, and the EXIF block is ignored.
    """

    width: int
    height: int
    orientation: int


def read_jxl_header(content: bytes) -> JxlHeader:
    """Read the header of a JPEG XL file.

    Raises:
        ValueError: there is no codestream, or it is cut off.
    """
    bits = _Bits(_codestream(content))
    if bits.take(16) != int.from_bytes(CODESTREAM, "little"):
        raise ValueError("no JPEG XL codestream")
    small = bits.take(1)
    height = _side(bits, small)
    ratio = bits.take(3)
    if ratio == 0:
        width = _side(bits, small)
    else:
        numerator, denominator = _RATIOS[ratio - 1]
        width = height * numerator // denominator
    all_default = bits.take(1)
    extra_fields = 0 if all_default else bits.take(1)
    return JxlHeader(width, height, 1 + bits.take(3) if extra_fields else 1)


def _side(bits: _Bits, small: int) -> int:
    if small:
        return 8 * (1 + bits.take(5))
    return 1 + bits.take(_SIDES[bits.take(2)])


def _codestream(content: bytes) -> bytes:
    """The first bytes of the codestream, whichever box holds it."""
    if content.startswith(CODESTREAM):
        return content[:_HEADER_BYTES]
    start = 0
    while start + 8 <= len(content):
        size, kind, header = int.from_bytes(content[start : start + 4]), content[start + 4 : start + 8], 8
        if size == 1:
            size, header = int.from_bytes(content[start + 8 : start + 16]), 16
        elif size == 0:
            size = len(content) - start
        if kind in (b"jxlc", b"jxlp"):
            first = start + header + (4 if kind == b"jxlp" else 0)
            return content[first : first + _HEADER_BYTES]
        if size < header:
            break
        start += size
    raise ValueError("no JPEG XL codestream")
