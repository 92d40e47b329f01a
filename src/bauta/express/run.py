"""Read the expression of every face of a store."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bauta.contract import Status
from bauta.distinct import BATCH, distinct_batches
from bauta.express.common_space import to_expressions
from bauta.labels import EXPRESSIONS, LABEL_SPACES
from bauta.protocols import ExpressionTeacher, Floats, Images
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

    Faces with the same pixels (k-Same, blackout) are read once. Whatever the teacher's classes are, what is
    written is its posterior in the space of `labels.EXPRESSIONS`.

    Args:
        images: Store with `images` uint8 (N, H, W, 3) RGB and `status` uint8 (N,).
        teacher: Reads the crops.
        out: Store to write: `probabilities` float32 (N, 7), NaN where the status is not ok, and `status`,
            which is `failed` where the teacher sees nothing but what is none of the seven expressions.
        ids: Faces to read, in the order of the new store; all by default.
        attributes: JSON values that describe the new store, beside `space` and `knows`.

    Raises:
        StoreError: an id is not in the store.
    """
    ids = images.ids if ids is None else ids
    rows = images.rows_of(ids)
    space = LABEL_SPACES[teacher.space]
    specs = {"probabilities": ArraySpec((len(EXPRESSIONS),), "float32"), "status": ArraySpec((), "uint8")}
    described = {**(attributes or {}), "space": space.name, "knows": list(space.knows)}

    def predict(crops: Images) -> Floats:
        return to_expressions(teacher.predict(crops), space)

    with StoreWriter(out, specs, ids, described, made_from={"images": images.digest}) as writer:
        earlier = writer.read("probabilities", writer.resume(BATCH))
        for found, status in distinct_batches(images, rows, predict, earlier):
            lost = (status == Status.OK.code) & np.isnan(found[:, 0])
            status[lost] = Status.FAILED.code
            writer.append(probabilities=found, status=status)
