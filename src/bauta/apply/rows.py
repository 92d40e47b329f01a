"""The table of what was done: one row per face, and one per picture without a face."""

import csv
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bauta.apply.inputs import shown
from bauta.io.atomic import write_atomically, write_text

RELEASED, KEPT, ASIDE, WITHHELD = "released", "kept", "unprocessed", "withheld"
"""Status of a picture: edited; copied without a face on request; put aside for a person; not written."""

FORMULA = re.compile(r"^'*\s*[=+\-@\t\n]")
"""Start of cells that a spreadsheet would evaluate, or of cells that have already been quoted."""


@dataclass(frozen=True)
class Row:
    """One face, or one picture in which none was found or that was not read.

    Attributes:
        picture: Name of the original, relative to its input.
        released_as: Name of the result relative to the output folder; None if nothing was written.
        status: `released`, `kept`, `unprocessed` or `withheld`, of the whole picture.
        face: Number of the face in the picture, from 0; None without a face, likewise its box and score.
        outcome: `anonymized`, `fallback`, `failed`; `no_face` or `unreadable` for a picture without a face.
        reason: Why the outcome is not `anonymized`.
        notes: What the written file lacks of the original besides its faces and metadata.
        similarity: Cosine of the released face to its original, by the recognizer of `--verify`.
        matches: Whether it reaches the recognizer's threshold.
        compared: `yes`; `nothing left` where the result shows nothing to compare; `no` where that is unknown;
            None without `--verify`, which does not look at videos.
        first_s: When a face in a video is first edited, in seconds; None in pictures, likewise the rest.
        last_s: When the last frame begins in which it is edited.
        frames_detected: Frames in which it was detected.
        frames_bridged: Frames between these, in which its place was interpolated.
        frames_held: Frames before and after them, in which it was edited all the same.
        frames_fallback: Frames of these in which it was not anonymized by the setting.
    """

    picture: str
    released_as: str | None
    status: str
    setting: str
    face: int | None = None
    x0: float | None = None
    y0: float | None = None
    x1: float | None = None
    y1: float | None = None
    score: float | None = None
    outcome: str = "no_face"
    reason: str | None = None
    notes: str | None = None
    similarity: float | None = None
    matches: bool | None = None
    compared: str | None = None
    first_s: float | None = None
    last_s: float | None = None
    frames_detected: int | None = None
    frames_bridged: int | None = None
    frames_held: int | None = None
    frames_fallback: int | None = None


NUMBERS = ("x0", "y0", "x1", "y1", "score", "similarity", "first_s", "last_s")
COUNTS = ("face", "frames_detected", "frames_bridged", "frames_held", "frames_fallback")
SCHEMA = pa.schema(
    [
        pa.field(
            field.name,
            pa.float64()
            if field.name in NUMBERS
            else (dict.fromkeys(COUNTS, pa.int64()) | {"matches": pa.bool_()}).get(field.name, pa.string()),
        )
        for field in fields(Row)
    ]
)


def write_rows(rows: Iterable[Row], csv_path: Path, parquet_path: Path) -> None:
    """Write the table as CSV, with quoted formulas and empty cells for nulls, and as Parquet.

    Raises:
        DiskError: the disk is full, or the folder cannot be written to.
    """
    values = [
        {name: shown(value) if isinstance(value, str) else value for name, value in asdict(row).items()}
        for row in rows
    ]
    sink = StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(SCHEMA.names)
    writer.writerows([_cell(row[name]) for name in SCHEMA.names] for row in values)
    write_text(csv_path, sink.getvalue())
    table = pa.Table.from_pylist(values, schema=SCHEMA)
    write_atomically(parquet_path, lambda partial: pq.write_table(table, partial, compression="zstd"))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return f"'{text}" if FORMULA.match(text) else text
