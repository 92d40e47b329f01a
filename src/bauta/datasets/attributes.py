"""Attributes of people: the table that an adapter's listing gives, and the classes of some faces.

They are a table of their own, and no part of the manifest, so that reading one more attribute detects no face
again: the keys of the crops and of everything made from them stay as they are.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bauta.datasets import Listing
from bauta.datasets.files import printable
from bauta.errors import DataError
from bauta.io.tables import ALIGNMENT, read_table, write_table

log = logging.getLogger(__name__)

ATTRIBUTES = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("attributes", pa.map_(pa.string(), pa.string()), nullable=False),
    ]
)
"""One row per image; `attributes` has the class of each attribute that is known of it."""

Classes = NDArray[np.object_]
"""Class of N faces, str or None, object (N,)."""


def write_attributes(
    listing: Listing, out: Path | str, made_from: Mapping[str, str] | None = None
) -> pa.Table:
    """Write the attributes of every image of a listing.

    Raises:
        DataError: an image has two classes of one attribute.
    """
    for record in listing.records:
        names = [name for name, _ in record.attributes]
        if len(names) != len(set(names)):
            raise DataError(f"image '{record.image_id}' has an attribute twice: {', '.join(names)}")
    table = pa.table(
        {
            "image_id": pa.array([printable(record.image_id) for record in listing.records], pa.string()),
            "attributes": pa.array([record.attributes for record in listing.records], ATTRIBUTES.types[1]),
        },
        schema=ATTRIBUTES,
    )
    write_table(table, out, ATTRIBUTES, made_from)
    known = sum(bool(record.attributes) for record in listing.records)
    log.info("%d of %d images have attributes", known, len(table))
    return table


def read_attributes(path: Path | str, alignment: Path | str, face_ids: Sequence[str]) -> dict[str, Classes]:
    """Read the attributes of some faces, which are those of their images.

    Args:
        path: The table of attributes.
        alignment: The alignment that says of which image a face is.
        face_ids: Ids of N faces.

    Returns:
        Attribute, in alphabetical order → class of each face, None where it is not known.

    Raises:
        DataError: a table cannot be read, or the alignment lacks a face.
    """
    faces = read_table(alignment, ALIGNMENT)
    rows = pc.index_in(pa.array(face_ids, pa.string()), faces["face_id"].combine_chunks())
    if rows.null_count:
        raise DataError(f"{alignment} lacks {rows.null_count} of {len(face_ids)} faces; align them again")
    images = faces["image_id"].take(rows).combine_chunks()
    table = read_table(path, ATTRIBUTES)
    # Only what is asked for becomes Python objects: CelebA has eight million classes.
    table = table.filter(pc.is_in(table["image_id"], images))
    place = {image_id: row for row, image_id in enumerate(table["image_id"].to_pylist())}
    known = [dict(pairs) for pairs in table["attributes"].to_pylist()]
    found = [known[place[image_id]] if image_id in place else {} for image_id in images.to_pylist()]
    names = sorted({name for classes in known for name in classes})
    return {name: np.array([classes.get(name) for classes in found], dtype=object) for name in names}
