"""Estimation for every face of a store, and reading what was estimated."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bauta.contract import Status
from bauta.preserve.quantities import unpack, width
from bauta.protocols import Estimator, Floats, LandmarkEstimator
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.store.deduplicate import BATCH, distinct_batches

ESTIMATES = "estimates"
"""The array of a store of estimates."""


@dataclass(frozen=True)
class Estimates:
    """What an estimator read in some faces.

    Attributes:
        values: Quantity → float64 (N, *shape), NaN where no face was found.
        found: bool (N,), whether the estimator found a face.
    """

    values: Mapping[str, NDArray[np.float64]]
    found: NDArray[np.bool_]


def estimate_store(
    images: Store,
    estimator: Estimator,
    out: Path | str,
    *,
    ids: Sequence[str] | None = None,
    landmarks: Store | None = None,
    sources: Mapping[str, str] | None = None,
) -> None:
    """Estimate and write the quantities of a store's faces.

    Args:
        images: Store with `images` uint8 (N, H, W, 3) RGB and `status` uint8 (N,).
        estimator: Model that estimates them. Faces with the same pixels are estimated once.
        out: Store to write: `estimates` float32 (N, width), NaN where no face was found, and `status`, which
            is `no_face` there. Its attribute `quantities` says what a row holds.
        ids: Faces to estimate, in the order of the new store; all by default.
        landmarks: What the landmarker of the same name located in these images, if it is known; an estimator
            that works on landmarks does not locate them again.
        sources: Place → digest of each artifact that it is computed from, for the seal of the store.

    Raises:
        StoreError: an id is not in a store.
    """
    ids = images.ids if ids is None else ids
    rows, columns = images.rows_of(ids), width(estimator.quantities)
    specs = {ESTIMATES: ArraySpec((columns,), "float32"), "status": ArraySpec((), "uint8")}
    attributes = {"quantities": list(estimator.quantities)}
    made_from = {"images": images.digest}
    if landmarks is not None:
        made_from["landmarks"] = landmarks.digest
    with StoreWriter(out, specs, ids, attributes, made_from=made_from, sources=sources) as writer:
        earlier = writer.read(ESTIMATES, writer.resume(BATCH))
        if landmarks is not None and isinstance(estimator, LandmarkEstimator):
            known = _Known(landmarks, landmarks.rows_of(ids))
            batches = _batches_from(images, rows, estimator, known, len(earlier))
        else:
            batches = distinct_batches(images, rows, estimator.estimate, earlier)
        for found, status in batches:
            lost = (status == Status.OK.code) & np.isnan(found).any(axis=1)
            found[lost] = np.nan
            status[lost] = Status.NO_FACE.code
            writer.append(estimates=found, status=status)


def read_estimates(path: Path | str, face_ids: Sequence[str]) -> Estimates:
    """Read the estimates of the given faces, in that order.

    Raises:
        StoreError: the store is incomplete or lacks a face.
        DataError: the store holds other quantities than it says.
    """
    store = Store.open(path)
    rows = store.rows_of(face_ids)
    quantities: list[str] = store.attributes["quantities"]
    found = store.take("status", rows) == Status.OK.code
    return Estimates(unpack(quantities, store.take(ESTIMATES, rows)), found)


@dataclass(frozen=True)
class _Known:
    """The landmarks of some faces: row i of `rows` is that of face i."""

    store: Store
    rows: NDArray[np.int64]

    def of(self, part: slice, ok: NDArray[np.bool_]) -> dict[str, Any]:
        """The arrays of the faces of a batch that have a crop."""
        rows = self.rows[part][ok]
        return {name: self.store.take(name, rows) for name in self.store.arrays if name != "status"}


def _batches_from(
    images: Store, rows: NDArray[np.int64], estimator: LandmarkEstimator, known: _Known, first: int
) -> Iterator[tuple[Floats, NDArray[np.uint8]]]:
    """The batches of `distinct_batches`, from known landmarks; originals are seldom equal."""
    columns = width(estimator.quantities)
    for start in range(first, len(rows), BATCH):
        part = slice(start, start + BATCH)
        status = images.take("status", rows[part])
        ok = status == Status.OK.code
        numbers = np.full((len(status), columns), np.nan, dtype=np.float32)
        if ok.any():
            crops = images.take("images", rows[part][ok])
            numbers[ok] = estimator.estimate_from(crops, known.of(part, ok))
        yield numbers, status
