"""Rows on disk are those that were written, in whatever order they are read."""

import errno
import re
import tempfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.errors import DiskError
from bauta.io import row_file
from bauta.io.row_file import RowFile, Scratch


def written(scratch, table, block):
    rows = RowFile(scratch, table.shape[1])
    for start in range(0, len(table), block):
        rows.append(table[start : start + block])
    return rows


@settings(deadline=None)
@given(st.data(), st.integers(1, 9), st.integers(1, 40), st.integers(1, 64))
def test_rows_are_read_in_the_order_in_which_they_are_wanted(data, dimensions, block, most):
    table = np.random.default_rng(0).normal(size=(60, dimensions)).astype(np.float32)
    table[7] = np.nan
    scratch = Scratch()
    first, second = (written(scratch, one, block) for one in (table, -table))
    wanted = np.array(data.draw(st.lists(st.integers(0, 59))), dtype=np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_file, "READ_BYTES", most)
        np.testing.assert_array_equal(first[wanted], table[wanted])
        np.testing.assert_array_equal(second[wanted], -table[wanted])
    mask = np.isin(np.arange(60), wanted)
    np.testing.assert_array_equal(second[mask], -table[mask])
    assert first.shape == table.shape
    assert len(first) == 60


def test_a_table_without_rows_has_a_shape():
    rows = RowFile(Scratch(), 5)
    rows.append(np.zeros((0, 5), dtype=np.float32))
    assert rows.shape == (0, 5)
    assert rows[np.zeros(0, dtype=np.int64)].shape == (0, 5)


@pytest.mark.parametrize("row", [-1, 3])
def test_a_row_that_was_not_written_is_refused(row):
    rows = written(Scratch(), np.zeros((3, 2), np.float32), 3)
    with pytest.raises(IndexError, match="expected rows from 0 to 2"):
        rows[np.array([row])]


def test_rows_of_another_width_or_of_two_tables_by_turns_are_refused():
    scratch = Scratch()
    one, other = (written(scratch, np.zeros((3, 2), np.float32), 3) for _ in range(2))
    with pytest.raises(ValueError, match="rows of 2 numbers"):
        one.append(np.zeros((1, 3), np.float32))
    with pytest.raises(ValueError, match="by turns"):
        one.append(np.zeros((1, 2), np.float32))
    other.append(np.ones((1, 2), np.float32))
    assert other[np.array([3])].tolist() == [[1, 1]]


def test_a_full_temporary_folder_is_named(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    scratch = Scratch()
    monkeypatch.setattr("os.pwrite", full)
    with pytest.raises(DiskError, match=re.escape(f"{tempfile.gettempdir()} cannot be written (No space")):
        RowFile(scratch, 2).append(np.zeros((3, 2), np.float32))
