"""Expression prediction for every face of a store."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bauta.contract import Status
from bauta.express.common_space import to_expressions
from bauta.labels import EXPRESSIONS, LABEL_SPACES
from bauta.protocols import ExpressionTeacher, Floats, Images
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.store.deduplicate import BATCH, distinct_batches


def predict_store(
    images: Store,
    teacher: ExpressionTeacher,
    out: Path | str,
    *,
    ids: Sequence[str] | None = None,
    attributes: Mapping[str, Any] | None = None,
    sources: Mapping[str, str] | None = None,
) -> None:
    """Predict and write the posteriors of a store's faces.

    Faces with the same pixels (k-Same, blackout) are predicted once. Whatever the teacher's classes, its
    posterior is written in the space of `labels.EXPRESSIONS`.

    Args:
        images: Store with `images` uint8 (N, H, W, 3) RGB and `status` uint8 (N,).
        teacher: Model that predicts the expressions.
        out: Store to write: `probabilities` float32 (N, 7), NaN where the status is not ok, and `status`,
            which is `failed` where all probability is on classes outside the seven expressions.
        ids: Faces to predict, in the order of the new store; all by default.
        attributes: JSON values that describe the new store, in addition to `space` and `knows`.
        sources: Place → digest of each artifact that it is computed from, for the seal of the store.

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

    with StoreWriter(
        out, specs, ids, described, made_from={"images": images.digest}, sources=sources
    ) as writer:
        earlier = writer.read("probabilities", writer.resume(BATCH))
        for found, status in distinct_batches(images, rows, predict, earlier):
            lost = (status == Status.OK.code) & np.isnan(found[:, 0])
            status[lost] = Status.FAILED.code
            writer.append(probabilities=found, status=status)
