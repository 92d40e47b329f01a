"""The Parquet tables between stages: one schema each, checked when written and when read."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bauta.contract import Status
from bauta.errors import DataError
from bauta.files import write_atomically

Row = dict[str, Any]

ROWS_AT_ONCE = 1024


def _required(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


MANIFEST = pa.schema(
    [
        _required("image_id", pa.string()),
        _required("path", pa.string()),
        pa.field("subject", pa.string()),
        pa.field("expression", pa.string()),
        pa.field("fingerprint", pa.string()),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("official_split", pa.string()),
        pa.field("distribution", pa.list_(pa.float32())),
        pa.field("boxes", pa.list_(pa.float32())),
        pa.field("points", pa.list_(pa.float32())),
        _required("status", pa.string()),
        pa.field("reason", pa.string()),
    ]
)
"""One row an image; `path` is relative to the folder of the images, the size is that of the upright image.

`distribution` has a share for each of `labels.EXPRESSIONS`. `boxes` (x0, y0, x1, y1) and `points` (x, y five
times) hold the annotated faces one after the other, in image pixels, NaN where a face has none.
"""

DETECTIONS = pa.schema(
    [
        _required("face_id", pa.string()),
        _required("image_id", pa.string()),
        pa.field("face_index", pa.int32()),
        pa.field("x0", pa.float32()),
        pa.field("y0", pa.float32()),
        pa.field("x1", pa.float32()),
        pa.field("y1", pa.float32()),
        pa.field("score", pa.float32()),
        pa.field("points", pa.list_(pa.float32())),
        _required("status", pa.string()),
        pa.field("reason", pa.string()),
    ]
)
"""One row a face, or one with nulls for an image without; `points` are five x, y pairs in image pixels."""

ALIGNMENT = pa.schema(
    [
        _required("face_id", pa.string()),
        _required("image_id", pa.string()),
        pa.field("matrix", pa.list_(pa.float64())),
        pa.field("inter_ocular", pa.float32()),
        _required("status", pa.string()),
        pa.field("reason", pa.string()),
    ]
)
"""The rows of the detections; `matrix` is a row-major 2×3 similarity from image to crop pixels."""


def write_table(table: pa.Table, path: Path | str, schema: pa.Schema) -> None:
    """Write a table so that a reader sees the whole of it or nothing.

    Args:
        table: Columns as in `schema`; its own schema metadata is kept.
        path: The Parquet file to make or replace; folders are made.
        schema: One of this module's schemas.

    Raises:
        DataError: the table does not follow the schema.
        DiskError: the disk is full, or the folder cannot be written to.
    """
    _check(table, Path(path), schema)
    # The checksum of each page tells a reader of a bit that has changed on the disk.
    write_atomically(
        path,
        lambda partial: pq.write_table(table, partial, compression="zstd", write_page_checksum=True),
    )


def read_table(path: Path | str, schema: pa.Schema) -> pa.Table:
    """Read a table that `write_table` wrote.

    Raises:
        DataError: the file is missing, is not a whole Parquet file, is damaged or does not follow the schema.
    """
    path = Path(path)
    try:
        table = pq.read_table(path, page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"table {path} cannot be read ({reason}): delete it and run its rule again"
        ) from error
    _check(table, path, schema)
    return table


def table_sha256(table: pa.Table) -> str:
    """SHA-256 over the schema and the values of a table."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()


def rows_in(table: pa.Table, start: int = 0) -> Iterator[Row]:
    """The rows from `start` on as dictionaries, of which about a thousand exist at a time."""
    for batch in table.slice(start).to_batches(max_chunksize=ROWS_AT_ONCE):
        yield from batch.to_pylist()


def table_of(rows: Iterable[Row], schema: pa.Schema) -> pa.Table:
    """A table of rows that are made one by one; the dictionaries are not kept."""
    batches, pending = [], []
    for row in rows:
        pending.append(row)
        if len(pending) == ROWS_AT_ONCE:
            batches.append(pa.RecordBatch.from_pylist(pending, schema=schema))
            pending = []
    batches.append(pa.RecordBatch.from_pylist(pending, schema=schema))
    return pa.Table.from_batches(batches, schema=schema).combine_chunks()


def _check(table: pa.Table, path: Path, schema: pa.Schema) -> None:
    """Columns and ids of a table, and statuses with their reasons where it has them; its id comes first."""
    if not table.schema.equals(schema, check_metadata=False):
        wrong = [
            f"{field.name}: {field.type}{'' if field.nullable else ' not null'}"
            for field in schema
            if field not in list(table.schema)
        ]
        raise DataError(
            f"table {path}: expected the columns {schema.names}, got {table.schema.names}"
            f"{f', wrong or missing: {wrong}' if wrong else ''}; delete it and run its rule again"
        )
    key = schema.names[0]
    seen: set[str] = set()
    for row_id in table[key].to_pylist():
        if row_id in seen:
            raise DataError(f"table {path}: expected one row for each {key}, got '{row_id}' twice")
        seen.add(row_id)
    if "status" not in schema.names:
        return
    for row_id, status, reason in zip(
        *(table[name].to_pylist() for name in (key, "status", "reason")), strict=True
    ):
        if status not in list(Status):
            raise DataError(f"table {path}: '{row_id}' has the unknown status '{status}'")
        if (status == Status.OK) != (reason is None):
            raise DataError(f"table {path}: '{row_id}' is '{status}' with the reason {reason!r}")
