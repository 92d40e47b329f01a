"""The manifest: one row per image of a dataset, with everything known before face detection."""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from bauta.contract import Status
from bauta.datasets import ImageRecord, Listing
from bauta.datasets.duplicates import PhotographHash, find_copies, hash_photograph
from bauta.datasets.files import printable
from bauta.errors import DataError
from bauta.io.images import UnreadableImageError, decode_image, read_content
from bauta.io.tables import MANIFEST, read_table, rows_in, table_of, write_table
from bauta.io.walk import Links, refusal

log = logging.getLogger(__name__)

IGNORED = b"ignored"
OVER_LIMIT = b"over_limit"
PROBLEMS = b"problems"
DUPLICATES = b"duplicates"


def write_manifest(
    listing: Listing,
    root: Path | str,
    out: Path | str,
    *,
    made_from: Mapping[str, str] | None = None,
    progress: bool = False,
) -> pa.Table:
    """Hash and decode every image of a dataset once and write its manifest.

    A file that cannot be decoded, is not a regular file or is a link that is not followed (the listing says
    which are) remains as a row with the status `unreadable` and the reason. Files that are not images and
    those over the limit are listed as JSON in the table's metadata, under `ignored` and `over_limit`, and the
    listing's problems as objects with `where` and `reason` under `problems`.

    Copies of one photograph (`datasets.duplicates`) share a name in the column `photograph`. Copies listed
    under two people are left out, as their subject is ambiguous. The metadata list both under `duplicates`,
    as objects with `images` and `left_out`. Clips may share a frame, so copies in two of them are kept.

    Args:
        listing: The result of an adapter.
        root: Folder to which its paths are relative.
        out: Parquet file to write.
        made_from: Place → digest of each of its inputs, for its seal.
        progress: Whether to show a progress bar.

    Returns:
        The table, in the order of the listing.

    Raises:
        DataError: there are no images, no image can be read, or two have the same id.
    """
    root = Path(root)
    if not listing.records:
        problem = next((f"; {row.where}: {row.reason}" for row in listing.problems), "")
        raise DataError(
            f"expected images below {root}, got none ({len(listing.ignored)} other files, "
            f"{len(listing.problems)} unusable rows{problem})"
        )
    records = tqdm(listing.records, disable=None if progress else True)
    hashes: list[PhotographHash | None] = []
    table = table_of((_row(record, root, listing.links, hashes) for record in records), MANIFEST)
    bad = list(rows_in(table.filter(pc.field("status") != Status.OK)))
    for row in bad:
        log.warning("image %s: %s", row["image_id"], row["reason"])
    if len(bad) == len(table):
        raise DataError(f"none of {len(table)} images below {root} can be read: {bad[0]['reason']}")
    subjects: list[str | None] = [None] * len(table) if listing.clips else table["subject"].to_pylist()
    table, duplicates = _name_photographs(table, hashes, subjects)
    if len(table) == 0:
        raise DataError(
            f"every image below {root} is a copy of another person's: {duplicates[0]['images'][:2]}"
        )
    table = table.replace_schema_metadata(
        {
            IGNORED: _json([printable(name) for name in listing.ignored]),
            OVER_LIMIT: _json([printable(name) for name in listing.over_limit]),
            PROBLEMS: _json([asdict(row) for row in listing.problems]),
            DUPLICATES: _json(duplicates),
        }
    )
    write_table(table, out, MANIFEST, made_from)
    log.info(
        "%d images, %d of them unreadable; %d left out as copies of another person's; %d over the limit; "
        "%d other files; %d problems",
        len(table),
        len(bad),
        len(hashes) - len(table),
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


def _name_photographs(
    table: pa.Table, hashes: list[PhotographHash | None], subjects: list[str | None]
) -> tuple[pa.Table, list[dict[str, Any]]]:
    """The table without copies that show two people, and all groups of copies."""
    ids = table["image_id"].to_pylist()
    found = find_copies(hashes, subjects)
    names: list[str | None] = [None] * len(ids)
    for group in found.groups:
        for row in group:
            names[row] = ids[group[0]]
    column = MANIFEST.get_field_index("photograph")
    table = table.set_column(column, MANIFEST.field(column), pa.array(names, pa.string()))
    listed: list[dict[str, Any]] = [
        {"images": [ids[row] for row in group], "left_out": left_out}
        for groups, left_out in ((found.groups, False), (found.conflicts, True))
        for group in groups
    ]
    for copied in listed:
        what = "left out, under two people" if copied["left_out"] else "kept in one partition"
        log.warning("copies of one photograph (%s): %s", what, ", ".join(copied["images"]))
    if found.left_out:
        table = table.filter(pa.array([row not in found.left_out for row in range(len(ids))]))
    return table, listed


def _row(
    record: ImageRecord, root: Path, links: Links, hashes: list[PhotographHash | None]
) -> dict[str, Any]:
    """Build the row of an image and append the hash of its picture to `hashes`."""
    hashes.append(None)
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
        content = _read(record, root, links)
        row["fingerprint"] = hashlib.sha256(content).hexdigest()
        image = decode_image(content, record.path)
        row["height"], row["width"] = image.shape[:2]
        hashes[-1] = hash_photograph(image)
    except UnreadableImageError as error:
        return row | {"status": str(Status.UNREADABLE), "reason": error.reason}
    return row | {"status": str(Status.OK), "reason": None}


def _read(record: ImageRecord, root: Path, links: Links) -> bytes:
    """Read a file below the root, or the target of a link that is followed."""
    name, path = record.path, root / record.path
    if printable(name) != name:
        raise UnreadableImageError(printable(name), "the file's name is not UTF-8; rename it")
    reason = record.unread or refusal(root, name, links)
    if reason is not None:
        raise UnreadableImageError(name, reason)
    return read_content(path)


def _flat(values: tuple[Any, ...] | None) -> list[float] | None:
    return None if values is None else np.asarray(values, dtype=np.float32).ravel().tolist()


def _json(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False)
