"""Values in dlib's binary format, read as data: nothing in a file is run, and nothing larger than it is made.

The format is that of `dlib/serialize.h` and of tensors in `dlib/cuda/tensor.h` (dlib 20). An integer is one
byte, its length and in the highest bit its sign, and then its bytes, the lowest first. A number is two
integers, the mantissa and the exponent of 2. A text is its length and its characters, a flag the character 1
or 0. A tensor is its version, four sides and its values as float32, the lowest byte first.
"""

import math

import numpy as np

from bauta.protocols import Floats

Sides = tuple[int, int, int, int]
"""Samples, channels, rows and columns of a tensor."""

LONGEST_INTEGER = 8
"""Most bytes of an integer."""

LONGEST_TEXT = 64
"""Most characters of a text; those in networks are names of layers."""

NOT_FINITE = 32000
"""The exponents from this one on stand for infinities and for what is not a number."""

TENSOR, PART = 2, 1
"""Versions of a tensor and of a part of one, which has only its sides."""


class DlibFile:
    """Reads the values of a file in their order; a value of another kind is a `ValueError` that says where.

    Args:
        content: The bytes of the file.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def integer(self) -> int:
        """Read an integer."""
        head = self._take(1)[0]
        size = head & 0x0F
        if not 1 <= size <= LONGEST_INTEGER:
            raise self._wrong(f"an integer of {size} bytes")
        value = int.from_bytes(self._take(size), "little")
        return -value if head & 0x80 else value

    def number(self) -> float:
        """Read a finite floating-point number."""
        mantissa, exponent = self.integer(), self.integer()
        try:
            if exponent < NOT_FINITE:
                return math.ldexp(mantissa, exponent)
        except OverflowError:
            pass
        raise self._wrong(f"a number with the exponent {exponent}")

    def text(self) -> str:
        """Read a short text."""
        length = self.integer()
        if not 0 <= length <= LONGEST_TEXT:
            raise self._wrong(f"a text of {length} characters")
        return self._take(length).decode("latin-1")

    def flag(self) -> bool:
        """Read a flag."""
        value = self._take(1)
        if value not in (b"0", b"1"):
            raise self._wrong(f"the flag {value!r}")
        return value == b"1"

    def tensor(self) -> Floats:
        """Read a tensor of finite values, float32 of four sides; it shares the memory of the content."""
        sides = self._sides(TENSOR)
        count = math.prod(sides)
        if 4 * count > len(self._content) - self._at:
            raise self._wrong(f"a tensor of {sides}, which is larger than the rest of the file")
        values = np.frombuffer(self._content, "<f4", count, self._at).reshape(sides)
        self._at += 4 * count
        if not np.isfinite(values).all():
            raise self._wrong("a tensor with values that are not finite")
        return values

    def part(self) -> Sides:
        """Read the sides of a part of a tensor, whose values are in that tensor."""
        return self._sides(PART)

    def expect(self, *wanted: object) -> None:
        """Read integers, flags and texts, each of the kind of the wanted one, that must equal these."""
        for value in wanted:
            read = {bool: self.flag, int: self.integer, str: self.text}[type(value)]
            got = read()
            if got != value:
                raise self._wrong(f"{got!r} instead of {value!r}")

    def end(self) -> None:
        """Check that everything has been read."""
        if self._at != len(self._content):
            raise self._wrong(f"{len(self._content) - self._at} bytes too many")

    def _sides(self, version: int) -> Sides:
        self.expect(version)
        samples, channels, rows, columns = (self.integer() for _ in range(4))
        if min(samples, channels, rows, columns) < 0:
            raise self._wrong(f"a tensor of {(samples, channels, rows, columns)}")
        return samples, channels, rows, columns

    def _take(self, count: int) -> bytes:
        taken = self._content[self._at : self._at + count]
        if len(taken) < count:
            raise self._wrong("its end")
        self._at += count
        return taken

    def _wrong(self, what: str) -> ValueError:
        return ValueError(f"{what} at byte {self._at}")
