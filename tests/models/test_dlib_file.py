"""Values in dlib's format, against an encoder that follows dlib's description of it, and what is refused."""

import math
import struct
import tracemalloc
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauta.models.dlib_file import DlibFile

ABSURD = 2**62


def integer(value):
    content = abs(value).to_bytes(max(1, (abs(value).bit_length() + 7) // 8), "little")
    return bytes([len(content) | (0x80 if value < 0 else 0)]) + content


def number(value):
    """A mantissa of 53 bits and its exponent."""
    mantissa, exponent = math.frexp(value)
    return integer(int(mantissa * 2**53)) + integer(exponent - 53)


def tensor(values):
    return integer(2) + b"".join(map(integer, values.shape)) + values.astype("<f4").tobytes()


@given(st.integers(-(2**64) + 1, 2**64 - 1))
def test_integers(value):
    file = DlibFile(integer(value))
    assert file.integer() == value
    file.end()


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_numbers(value):
    assert DlibFile(number(value)).number() == value


def test_numbers_as_dlib_writes_them():
    margin, threshold, zero = "030ad7a3811c", "039a9999 8118", "0100010b"
    values = [DlibFile(bytes.fromhex(text)).number() for text in (margin, threshold, zero)]
    assert values == [np.float32(0.04), np.float32(0.6), 0.0]


def test_values_follow_one_another():
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
    part = integer(1) + b"".join(map(integer, (2, 3, 2, 2)))
    file = DlibFile(integer(5) + b"con_4" + b"01" + tensor(values) + part + integer(-7))
    assert file.text() == "con_4"
    assert (file.flag(), file.flag()) == (False, True)
    read = file.tensor()
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, values)
    assert file.part() == (2, 3, 2, 2)
    file.expect(-7)
    file.end()


@pytest.mark.parametrize(
    ("content", "read", "message"),
    [
        (b"", DlibFile.integer, "its end at byte 0"),
        (b"\x00", DlibFile.integer, "an integer of 0 bytes"),
        (b"\x09" + bytes(9), DlibFile.integer, "an integer of 9 bytes"),
        (b"\x02\x01", DlibFile.integer, "its end at byte 1"),
        (integer(0) + integer(32000), DlibFile.number, "a number with the exponent 32000"),
        (integer(1) + integer(1024), DlibFile.number, "a number with the exponent 1024"),
        (integer(1) + integer(ABSURD), DlibFile.number, f"a number with the exponent {ABSURD}"),
        (integer(-1) + b"a", DlibFile.text, "a text of -1 characters"),
        (integer(ABSURD) + b"a", DlibFile.text, f"a text of {ABSURD} characters"),
        (integer(2) + b"a", DlibFile.text, "its end"),
        (b"2", DlibFile.flag, "the flag b'2'"),
        (integer(1) * 5, DlibFile.tensor, "1 instead of 2"),
        (integer(2) + integer(ABSURD) * 4, DlibFile.tensor, "larger than the rest of the file"),
        (integer(2) + integer(-1) * 2 + integer(1) * 2 + bytes(4), DlibFile.tensor, r"a tensor of \(-1, -1"),
        (integer(2) + integer(1) * 4 + bytes(3), DlibFile.tensor, "larger than the rest of the file"),
        (integer(2) + integer(1) * 4 + struct.pack("<f", math.nan), DlibFile.tensor, "not finite"),
        (integer(2) + integer(1) * 4 + struct.pack("<f", math.inf), DlibFile.tensor, "not finite"),
        (integer(2) * 5, DlibFile.part, "2 instead of 1"),
        (integer(1) + b"a", lambda file: file.expect("b"), "'a' instead of 'b'"),
        (b"0", lambda file: file.expect(True), "False instead of True"),
        (b"0", DlibFile.end, "1 bytes too many"),
    ],
)
def test_what_is_no_such_value_is_refused_without_memory_for_it(content, read, message):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=message):
            read(DlibFile(content))
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=64))
def test_noise_is_a_value_or_a_value_error(content):
    for read in (DlibFile.integer, DlibFile.number, DlibFile.text, DlibFile.flag, DlibFile.tensor):
        with suppress(ValueError):
            read(DlibFile(content))
