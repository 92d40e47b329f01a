"""Landmarks of all crops of a store."""

from pathlib import Path

import numpy as np

from bauta.contract import Status
from bauta.protocols import Landmarker
from bauta.store import ArraySpec, Store, StoreWriter

BATCH = 64


def locate_store(crops: Store, landmarker: Landmarker, out: Path | str) -> None:
    """Write the landmarks of each crop.

    Args:
        crops: Store with `images` and `status`.
        landmarker: What places the landmarks.
        out: Store to make, with `points` float32 (N, P, 2) in crop pixels and `status` uint8 (N,). Faces
            without a crop keep its status and faces without landmarks get `no_face`; both have NaN points.

    Raises:
        StoreError: a store cannot be read or written.
    """
    shape = (landmarker.points, 2)
    specs = {"points": ArraySpec(shape, "float32"), "status": ArraySpec((), "uint8")}
    with StoreWriter(out, specs, crops.ids) as writer:
        for start, images in crops.batches("images", BATCH):
            status = crops.read("status", start, start + len(images))
            points = np.full((len(images), *shape), np.nan, dtype=np.float32)
            rows = np.flatnonzero(status == Status.OK.code)
            points[rows] = landmarker.locate(images[rows])
            lost = rows[np.isnan(points[rows]).any(axis=(1, 2))]
            status[lost] = Status.NO_FACE.code
            points[lost] = np.nan
            writer.append(points=points, status=status)
