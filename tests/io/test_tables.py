import tracemalloc
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.datasets.splits import SPLIT
from bauta.errors import DataError
from bauta.io import tables
from bauta.io.parquet import write_parquet
from bauta.io.tables import ALIGNMENT, DETECTIONS, MANIFEST, read_table, write_table

ROWS = [
    {"face_id": "a", "image_id": "a", "matrix": [1.0, 0, 0, 0, 1, 0], "inter_ocular": 60.0, "status": "ok"},
    {"face_id": "b", "image_id": "b", "status": "no_face", "reason": "no face found"},
]


def alignment(*rows):
    return pa.Table.from_pylist(list(rows), schema=ALIGNMENT)


def test_round_trip_keeps_values_schema_and_metadata(tmp_path):
    table = alignment(*ROWS).replace_schema_metadata({b"ignored": b"[]"})
    write_table(table, tmp_path / "deep" / "t.parquet", ALIGNMENT)
    again = read_table(tmp_path / "deep" / "t.parquet", ALIGNMENT)
    assert again.equals(table)
    assert again.schema.metadata[b"ignored"] == b"[]"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["t.parquet"]


@pytest.mark.parametrize("schema", [MANIFEST, DETECTIONS, ALIGNMENT])
def test_every_schema_has_a_key_first_and_a_status_with_its_reason(schema):
    assert not schema.field(0).nullable
    assert schema.names[-2:] == ["status", "reason"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop_columns(["matrix"]), "matrix"),
        (lambda table: table.append_column("extra", pa.array([1, 2])), "extra"),
        (lambda table: table.select([1, 0, 2, 3, 4, 5]), "expected the columns"),
        (lambda table: table.set_column(3, "inter_ocular", pa.array([1, 2])), "inter_ocular: float"),
    ],
)
def test_slipped_columns_are_refused_on_write_and_on_read(tmp_path, change, message):
    wrong = change(alignment(*ROWS))
    with pytest.raises(DataError, match=message):
        write_table(wrong, tmp_path / "t.parquet", ALIGNMENT)
    assert not list(tmp_path.iterdir())
    write_parquet(wrong, tmp_path / "t.parquet")
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / "t.parquet", ALIGNMENT)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([ROWS[0], ROWS[0]], "'a' twice"),
        ([ROWS[0] | {"status": "fine"}], "unknown status 'fine'"),
        ([ROWS[1] | {"reason": None}], "'b' is 'no_face' with the reason None"),
        ([ROWS[0] | {"reason": "why"}], "'a' is 'ok' with the reason 'why'"),
    ],
)
def test_wrong_rows_are_refused(tmp_path, rows, message):
    with pytest.raises(DataError, match=message):
        write_table(alignment(*rows), tmp_path / "t.parquet", ALIGNMENT)


def test_truncated_and_missing_files_name_the_file_and_the_remedy(tmp_path):
    path = tmp_path / "t.parquet"
    write_table(alignment(*ROWS), path, ALIGNMENT)
    content = path.read_bytes()
    for kept in (0, 10, len(content) // 2, len(content) - 3):
        path.write_bytes(content[:kept])
        with pytest.raises(DataError, match=r"t\.parquet is damaged .*: delete it and run again"):
            read_table(path, ALIGNMENT)
    with pytest.raises(DataError, match=r"none\.parquet"):
        read_table(tmp_path / "none.parquet", ALIGNMENT)


def test_a_failed_write_leaves_the_old_table(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"
    write_table(alignment(*ROWS), path, ALIGNMENT)

    intact = Path.write_bytes

    def full_disk(where, data):
        intact(where, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_table(alignment(ROWS[0]), path, ALIGNMENT)
    assert len(read_table(path, ALIGNMENT)) == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.parquet"]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 25), st.integers(1, 9), st.integers(0, 30))
def test_rows_survive_the_way_through_a_table(count, at_once, start):
    rows = [
        {
            "image_id": str(row),
            "subject": None if row % 3 else "a",
            "expression": None,
            "partition": "test",
            "role": "probe",
        }
        for row in range(count)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "ROWS_AT_ONCE", at_once)
        table = tables.table_of(iter(rows), SPLIT)
        assert table.schema == SPLIT
        assert list(tables.rows_in(table)) == rows
        assert list(tables.rows_in(table, start)) == rows[start:]


def test_rows_are_not_kept_as_dictionaries():
    """As dictionaries the rows of the larger table would take 25 MB."""
    peaks = []
    for count in (2_000, 52_000):
        rows = (
            {
                "image_id": f"image {row}",
                "subject": f"person {row // 10}",
                "expression": None,
                "partition": "test",
                "role": None,
            }
            for row in range(count)
        )
        tracemalloc.start()
        read = sum(1 for _ in tables.rows_in(tables.table_of(rows, SPLIT)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert read == count
    assert peaks[1] - peaks[0] < 2**20
