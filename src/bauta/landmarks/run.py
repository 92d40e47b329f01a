"""Landmark localisation for all crops of a store."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bauta.contract import Status
from bauta.protocols import BlendshapeLandmarker, Floats, Images, Landmarker
from bauta.store import ArraySpec, Store, StoreWriter

BATCH = 64


def locate_store(
    crops: Store, landmarker: Landmarker, out: Path | str, sources: Mapping[str, str] | None = None
) -> None:
    """Locate and write the landmarks of each crop.

    Args:
        crops: Store with `images` and `status`.
        landmarker: Model that places the landmarks.
        out: Store to write, with `points` float32 (N, P, 2) in crop pixels, `status` uint8 (N,) and, if the
            landmarker provides them, `blendshapes` float32 (N, B) in [0, 1]. Faces without a crop keep its
            status and faces without landmarks get `no_face`; both have NaN points.
        sources: Place → digest of each artifact that it is computed from, for the seal of the store.

    Raises:
        StoreError: a store cannot be read or written.
    """
    specs = {"points": ArraySpec((landmarker.points, 2), "float32"), "status": ArraySpec((), "uint8")}
    if isinstance(landmarker, BlendshapeLandmarker):
        _, shapes = landmarker.locate_with_blendshapes(crops.read("images", 0, 0))
        specs["blendshapes"] = ArraySpec(shapes.shape[1:], "float32")
    with StoreWriter(out, specs, crops.ids, made_from={"crops": crops.digest}, sources=sources) as writer:
        for start, images in crops.batches("images", BATCH, writer.resume(BATCH)):
            status = crops.read("status", start, start + len(images))
            rows = np.flatnonzero(status == Status.OK.code)
            located = _locate(landmarker, images[rows])
            lost = np.isnan(located["points"]).any(axis=(1, 2))
            status[rows[lost]] = Status.NO_FACE.code
            arrays = {}
            for name, values in located.items():
                arrays[name] = np.full((len(images), *values.shape[1:]), np.nan, dtype=np.float32)
                arrays[name][rows[~lost]] = values[~lost]
            writer.append(**arrays, status=status)


def _locate(landmarker: Landmarker, crops: Images) -> dict[str, Floats]:
    """Arrays of a batch by name."""
    if isinstance(landmarker, BlendshapeLandmarker):
        points, shapes = landmarker.locate_with_blendshapes(crops)
        return {"points": points, "blendshapes": shapes}
    return {"points": landmarker.locate(crops)}
