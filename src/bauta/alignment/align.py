"""Alignment: the similarity transform from a face's five points to the crop contract's template."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bauta.contract import CropContract, Status
from bauta.errors import DataError
from bauta.io.tables import ALIGNMENT, rows_in, table_of

MIN_EXTENT = 1.0
"""RMS distance of the five points from their mean, in pixels, below which they count as one point."""

MIN_FIT = 0.3
"""Correlation with the template below which points are not a face; a mirrored template has 0.23."""


def fit_similarity(points: NDArray[np.floating], template: NDArray[np.floating]) -> NDArray[np.float64]:
    """Fit a least-squares similarity (rotation, uniform scale, translation; no reflection) to point pairs.

    In the plane, a similarity is w = a·z + b over the complex numbers, so the solution of Umeyama (IEEE TPAMI
    13(4), 1991, eq. 40–42) is the regression of the template on the points.

    Args:
        points: (P, 2) source points.
        template: (P, 2) target points.

    Returns:
        float64 (2, 3), to be applied to column vectors (x, y, 1).

    Raises:
        DataError: the points are not finite, coincide, or do not correlate with the template.
    """
    if not np.isfinite(points).all():
        raise DataError("expected finite points, got NaN or infinity")
    source = np.asarray(points, dtype=np.float64) @ (1, 1j)
    target = np.asarray(template, dtype=np.float64) @ (1, 1j)
    centred, centred_target = source - source.mean(), target - target.mean()
    extent = np.sqrt(np.mean(np.abs(centred) ** 2))
    if extent < MIN_EXTENT:
        raise DataError(f"expected points spread over at least {MIN_EXTENT} pixels, got {extent:.2f}")
    a = np.vdot(centred, centred_target) / np.vdot(centred, centred).real
    fit = abs(a) * extent / np.sqrt(np.mean(np.abs(centred_target) ** 2))
    if fit < MIN_FIT:
        raise DataError(f"expected points shaped like the template, got a correlation of {fit:.2f} with it")
    b = target.mean() - a * source.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def apply_affine(matrix: NDArray[np.float64], points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Map points (..., 2) by a 2×3 affine matrix."""
    return np.asarray(points, dtype=np.float64) @ matrix[:, :2].T + matrix[:, 2]


def align_detections(detections: pa.Table, contract: CropContract) -> pa.Table:
    """Align each detection to the crop contract's template.

    Args:
        detections: A table of `tables.DETECTIONS`.
        contract: The crop contract, which defines the template.

    Returns:
        A table of `tables.ALIGNMENT` with the same rows. Points that cannot be aligned get the status
        `failed` with the reason; other rows without a face keep their status and reason.
    """
    template = contract.template()
    return table_of((_align(row, template) for row in rows_in(detections)), ALIGNMENT)


def _align(row: dict, template: NDArray[np.float32]) -> dict:
    aligned = {name: row[name] for name in ("face_id", "image_id", "status", "reason")}
    if row["status"] != Status.OK:
        return aligned
    points = np.array(row["points"], dtype=np.float64).reshape(5, 2)
    try:
        matrix = fit_similarity(points, template)
    except DataError as error:
        return aligned | {"status": str(Status.FAILED), "reason": f"not aligned: {error}"}
    eyes = points[1] - points[0]
    return aligned | {"matrix": matrix.ravel().tolist(), "inter_ocular": float(np.hypot(*eyes))}
