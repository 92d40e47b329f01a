"""Read the expression of every face of a store."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bauta.contract import Status
from bauta.distinct import compute_distinct
from bauta.protocols import ExpressionTeacher
from bauta.store import ArraySpec, Store, StoreWriter


def predict_store(
    images: Store,
    teacher: ExpressionTeacher,
    out: Path | str,
    *,
    ids: Sequence[str] | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Write the posteriors of a store's faces.

    Faces with the same pixels (k-Same, blackout) are read once.

    Args:
        images: Store with `images` uint8 (N, H, W, 3) RGB and `status` uint8 (N,).
        teacher: Reads the crops.
        out: Store to write: `probabilities` float32 (N, C), NaN where the status is not ok, and `status`.
        ids: Faces to read, in the order of the new store; all by default.
        attributes: JSON values that describe the new store, beside its `classes`.

    Raises:
        StoreError: an id is not in the store.
    """
    ids = images.ids if ids is None else ids
    rows = images.rows_of(ids)
    status = images.take("status", rows)
    probabilities = np.full((len(rows), len(teacher.classes)), np.nan, dtype=np.float32)
    ok = status == Status.OK.code
    if ok.any():
        probabilities[ok] = compute_distinct(images, rows[ok], teacher.predict)
    specs = {
        "probabilities": ArraySpec((len(teacher.classes),), "float32"),
        "status": ArraySpec((), "uint8"),
    }
    described = {**(attributes or {}), "classes": list(teacher.classes)}
    with StoreWriter(out, specs, ids, described) as writer:
        writer.append(probabilities=probabilities, status=status)
