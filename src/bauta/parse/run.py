"""Parsing of all crops of a store."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bauta.contract import Status
from bauta.errors import StoreError
from bauta.landmarks.to_ibug import to_ibug
from bauta.protocols import Parser
from bauta.store import ArraySpec, Store, StoreWriter

BATCH = 64


def parse_store(
    crops: Store,
    landmarks: Store,
    parser: Parser,
    out: Path | str,
    sources: Mapping[str, str] | None = None,
) -> None:
    """Parse each crop and write the result.

    Args:
        crops: Store with `images` and `status`.
        landmarks: Store with `points` and `status` and the same rows.
        parser: Model that labels the pixels.
        out: Store to write, with `classes` uint8 (N, H, W), ids of `labels.PARSING_CLASSES`, and `status`
            uint8 (N,), taken from the landmarks if the parser needs them and from the crops otherwise; where
            it is not ok, every pixel is background.
        sources: Place → digest of each artifact that it is computed from, for the seal of the store.

    Raises:
        StoreError: the two stores differ in their rows, or a store cannot be read or written.
    """
    if crops.ids != landmarks.ids:
        raise StoreError(
            f"expected the same rows in {crops.path} and {landmarks.path}: recompute the landmarks"
        )
    specs = {
        "classes": ArraySpec(crops.read("images", 0, 0).shape[1:3], "uint8"),
        "status": ArraySpec((), "uint8"),
    }
    made_from = {"crops": crops.digest, "landmarks": landmarks.digest}
    with StoreWriter(out, specs, crops.ids, made_from=made_from, sources=sources) as writer:
        for start, images in crops.batches("images", BATCH, writer.resume(BATCH)):
            stop = start + len(images)
            status = (landmarks if parser.needs_landmarks else crops).read("status", start, stop)
            points = to_ibug(landmarks.read("points", start, stop))
            classes = np.zeros(images.shape[:3], dtype=np.uint8)
            rows = np.flatnonzero(status == Status.OK.code)
            classes[rows] = parser.parse(images[rows], points[rows])
            writer.append(classes=classes, status=status)
