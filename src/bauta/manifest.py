"""The manifest: one row an image of a dataset, with what can be told before anything looks for a face."""

import hashlib
import json
import logging
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from bauta.contract import Status
from bauta.datasets import ImageRecord, Listing
from bauta.datasets.files import printable
from bauta.errors import DataError
from bauta.images import UnreadableImageError, decode_image, read_content
from bauta.tables import MANIFEST, read_table, rows_in, table_of, write_table

log = logging.getLogger(__name__)

IGNORED = b"ignored"
OVER_LIMIT = b"over_limit"
PROBLEMS = b"problems"


def write_manifest(
    listing: Listing, root: Path | str, out: Path | str, *, progress: bool = False
) -> pa.Table:
    """Hash and decode every image of a dataset once and write its manifest.

    A file that cannot be decoded, is no regular file or is a link out of the root stays as a row with the
    status `unreadable` and the reason. The files that are no images and those over the limit are listed as
    JSON in the table's metadata, under `ignored` and `over_limit`, the listing's problems as objects with
    `where` and `reason` under `problems`.

    Args:
        listing: What an adapter found.
        root: Folder that its paths start from.
        out: Parquet file to make.
        progress: Whether to show a progress bar.

    Returns:
        The table, in the order of the listing.

    Raises:
        DataError: there is no image, no image can be read, or two have the same id.
    """
    root = Path(root)
    if not listing.records:
        problem = next((f"; {row.where}: {row.reason}" for row in listing.problems), "")
        raise DataError(
            f"expected images below {root}, got none ({len(listing.ignored)} other files, "
            f"{len(listing.problems)} rows that cannot be used{problem})"
        )
    records = tqdm(listing.records, disable=None if progress else True)
    table = table_of((_row(record, root) for record in records), MANIFEST)
    bad = list(rows_in(table.filter(pc.field("status") != Status.OK)))
    for row in bad:
        log.warning("image %s: %s", row["image_id"], row["reason"])
    if len(bad) == len(table):
        raise DataError(f"none of {len(table)} images below {root} can be read: {bad[0]['reason']}")
    table = table.replace_schema_metadata(
        {
            IGNORED: _json([printable(name) for name in listing.ignored]),
            OVER_LIMIT: _json([printable(name) for name in listing.over_limit]),
            PROBLEMS: _json([asdict(row) for row in listing.problems]),
        }
    )
    write_table(table, out, MANIFEST)
    log.info(
        "%d images, %d of them unreadable; %d over the limit; %d other files; %d problems",
        len(table),
        len(bad),
        len(listing.over_limit),
        len(listing.ignored),
        len(listing.problems),
    )
    for reason, count in Counter(row.reason for row in listing.problems).most_common(10):
        log.info("%d times: %s", count, reason)
    return table


def read_manifest(path: Path | str) -> pa.Table:
    """Read a manifest.

    Raises:
        DataError: it is missing, incomplete or does not follow the schema.
    """
    return read_table(path, MANIFEST)


def _row(record: ImageRecord, root: Path) -> dict[str, Any]:
    row: dict[str, Any] = {
        "image_id": printable(record.image_id),
        "path": printable(record.path),
        "subject": record.subject and printable(record.subject),
        "expression": record.expression,
        "official_split": record.official_split,
        "distribution": record.distribution,
        "boxes": _flat(record.boxes),
        "points": _flat(record.points),
    }
    try:
        content = _read(record.path, root)
        row["fingerprint"] = hashlib.sha256(content).hexdigest()
        row["height"], row["width"] = decode_image(content, record.path).shape[:2]
    except UnreadableImageError as error:
        return row | {"status": str(Status.UNREADABLE), "reason": error.reason}
    return row | {"status": str(Status.OK), "reason": None}


def _read(name: str, root: Path) -> bytes:
    """Bytes of a file that lies below the root."""
    path = root / name
    if printable(name) != name:
        raise UnreadableImageError(printable(name), "the file's name is not UTF-8; rename it")
    if not path.resolve().is_relative_to(root.resolve()):
        raise UnreadableImageError(
            name, "the path or link leads out of the dataset's root and is not followed"
        )
    if path.is_symlink() and path.is_dir():
        raise UnreadableImageError(name, "a link to a folder is not followed")
    return read_content(path)


def _flat(values: tuple[Any, ...] | None) -> list[float] | None:
    return None if values is None else np.asarray(values, dtype=np.float32).ravel().tolist()


def _json(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False)
