"""Parquet files with a seal in their footer."""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bauta.io.atomic import write_bytes
from bauta.io.seal import REMEDY, SEAL, Seal, SealError, check_bytes, fill, new_seal, open_seal

IN_FOOTER = f"bauta.{SEAL}"


def write_parquet(
    table: pa.Table,
    path: Path | str,
    *,
    made_from: Mapping[str, str] | None = None,
    content: str | None = None,
) -> None:
    """Write a table with its seal, atomically; see `seal.new_seal`.

    Raises:
        DiskError: the disk is full, or the folder cannot be written to.
    """
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, compression="zstd", write_page_checksum=True) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({IN_FOOTER: json.dumps(new_seal(path, made_from, content))})
    write_bytes(path, fill(sink.getvalue().to_pybytes()))


def read_parquet(path: Path | str) -> pa.Table:
    """Read a table that `write_parquet` wrote.

    Raises:
        SealError: the table is missing or damaged, or is not the one that its path names.
    """
    content, _ = _open(path)
    try:
        # `read_table` imports pyarrow's datasets and, behind them, pandas, in every job that reads a table.
        return pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True).read()
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def read_seal(path: Path | str) -> Seal:
    """Read the seal of a table.

    Raises:
        SealError: as for `read_parquet`.
    """
    return _open(path)[1]


def _open(path: Path | str) -> tuple[bytes, Seal]:
    try:
        content = Path(path).read_bytes()
        checksum = check_bytes(content, f"table {path}")
        metadata = pq.read_metadata(pa.BufferReader(content)).metadata or {}
        seal = json.loads(metadata.get(IN_FOOTER.encode(), b"null"))
    except SealError:
        raise
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error
    return content, open_seal(seal, checksum, path)


def _unreadable(path: Path | str, error: Exception) -> SealError:
    reason = str(error).splitlines()[0]
    return SealError(f"table {path} cannot be read ({reason}): {REMEDY}")
