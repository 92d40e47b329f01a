"""The Parquet tables passed between stages: one schema each, checked on writing and on reading."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from bauta.contract import Status
from bauta.errors import DataError
from bauta.io.parquet import read_parquet, write_parquet

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
        pa.field("photograph", pa.string()),
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
"""One row per image; `path` is relative to the image folder, the size is that of the upright image.

`photograph` is the same for all copies of one photograph, and null for a photograph without copies.
`distribution` has a share for each of `labels.EXPRESSIONS`. `boxes` (x0, y0, x1, y1) and `points` (x, y five
times) hold the annotated faces one after another, in image pixels, with NaN where a face has none.
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
"""One row per face, or one of nulls for an image without faces; `points` are five x, y pairs in pixels."""

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
"""One row per detection; `matrix` is a row-major 2×3 similarity transform from image to crop pixels."""


def write_table(
    table: pa.Table, path: Path | str, schema: pa.Schema, made_from: Mapping[str, str] | None = None
) -> None:
    """Write a table atomically.

    Args:
        table: The table, with columns as in `schema`; its own schema metadata is kept.
        path: The Parquet file to create or replace; missing folders are created.
        schema: One of this module's schemas.
        made_from: Place → digest of each of its inputs, see `bauta.io.seal`.

    Raises:
        DataError: the table does not follow the schema.
        DiskError: the disk is full, or the folder cannot be written to.
    """
    _check(table, Path(path), schema)
    # Different versions of Arrow write different bytes for the same values.
    write_parquet(table, path, made_from=made_from, content=table_sha256(table))


def read_table(path: Path | str, schema: pa.Schema) -> pa.Table:
    """Read a table that `write_table` wrote.

    Raises:
        DataError: the file is missing or damaged, is not the table that its path names, or does not follow
            the schema.
    """
    table = read_parquet(path)
    _check(table, Path(path), schema)
    return table


def table_sha256(table: pa.Table) -> str:
    """SHA-256 over the schema and the values of a table."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()


def rows_in(table: pa.Table, start: int = 0) -> Iterator[Row]:
    """Yield the rows from `start` on as dictionaries, of which about a thousand exist at a time."""
    for batch in table.slice(start).to_batches(max_chunksize=ROWS_AT_ONCE):
        yield from batch.to_pylist()


def table_of(rows: Iterable[Row], schema: pa.Schema) -> pa.Table:
    """Build a table from rows that are produced one by one; the dictionaries are not kept."""
    batches, pending = [], []
    for row in rows:
        pending.append(row)
        if len(pending) == ROWS_AT_ONCE:
            batches.append(pa.RecordBatch.from_pylist(pending, schema=schema))
            pending = []
    batches.append(pa.RecordBatch.from_pylist(pending, schema=schema))
    return pa.Table.from_batches(batches, schema=schema).combine_chunks()


def _check(table: pa.Table, path: Path, schema: pa.Schema) -> None:
    """Check the columns, the ids (the first column) and, where present, the statuses and their reasons."""
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
