"""A z-buffer rasteriser for small triangles, vectorised over triangles with boxes of the same size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Discard = Callable[[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]], NDArray[np.bool_]]

_EDGE_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Fragments:
    """The visible point of the scene at each covered pixel.

    Attributes:
        pixel: int64 (N,), index into the flattened image.
        face: int64 (N,), index of the triangle.
        weights: float32 (N, 3), barycentric coordinates in the triangle.
    """

    pixel: NDArray[np.int64]
    face: NDArray[np.int64]
    weights: NDArray[np.float32]


def rasterize(
    points: NDArray[np.float64],
    depth: NDArray[np.float64],
    faces: NDArray[np.int64],
    *,
    two_sided: NDArray[np.bool_],
    shape: tuple[int, int],
    discard: Discard,
) -> Fragments:
    """Find the nearest triangle at the centre of each pixel.

    Args:
        points: float64 (V, 2), x and y in pixels.
        depth: float64 (V,), greater is nearer.
        faces: int64 (F, 3), clockwise in the image when the outside is seen.
        two_sided: bool (F,), whether the inside of a face is visible too.
        shape: Height and width of the image.
        discard: Decides for faces (K,), weights (K, 3) and pixels (K,) which candidate points are holes.

    Returns:
        One fragment for each covered pixel.
    """
    height, width = shape
    x, y = points.T.astype(np.float32)
    corners = np.ascontiguousarray(faces.T)
    (x0, x1, x2), (y0, y1, y2) = x[corners], y[corners]
    area = (x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0)
    facing = np.flatnonzero((area > 1e-6) | (two_sided & (area < -1e-6)))
    x0, x1, x2, y0, y1, y2, area = (values[facing] for values in (x0, x1, x2, y0, y1, y2, area))
    left, right = _pixel_range(x0, x1, x2, width)
    top, bottom = _pixel_range(y0, y1, y2, height)
    seen = np.flatnonzero((right >= left) & (bottom >= top))
    chosen = facing[seen]
    x0, x1, x2, y0, y1, y2, area = (values[seen] for values in (x0, x1, x2, y0, y1, y2, area))
    left, top, columns_of, rows_of = left[seen], top[seen], (right - left + 1)[seen], (bottom - top + 1)[seen]

    # The weights are affine in the pixel: value at the first pixel of the box, step to the right, step down.
    right_1, down_1 = (y2 - y0) / area, (x0 - x2) / area
    right_2, down_2 = (y0 - y1) / area, (x1 - x0) / area
    dx, dy = left - x0, top - y0
    first_1, first_2 = dx * right_1 + dy * down_1, dx * right_2 + dy * down_2
    coefficients = np.stack([first_1, first_2, right_1, down_1, right_2, down_2]).astype(np.float32)
    corner_pixel = top * width + left

    found: list[tuple[NDArray, ...]] = []
    for (columns, rows), members in _groups(columns_of, rows_of):
        along, across = np.divmod(np.arange(columns * rows)[:, None], columns)
        along, across = along.astype(np.float32), across.astype(np.float32)
        b1, b2, r1, d1, r2, d2 = coefficients.take(members, axis=1)
        w1, w2 = b1 + across * r1 + along * d1, b2 + across * r2 + along * d2
        inside = (w1 >= -_EDGE_TOLERANCE) & (w2 >= -_EDGE_TOLERANCE) & (w1 + w2 <= 1 + _EDGE_TOLERANCE)
        cell, member = np.nonzero(inside)
        owner = members[member]
        pixel = corner_pixel[owner] + (cell // columns) * width + cell % columns
        found.append((chosen[owner], w1[cell, member], w2[cell, member], pixel))
    face, w1, w2, pixel = (np.concatenate(parts) for parts in zip(*found, strict=True))
    weights = np.stack([1 - w1 - w2, w1, w2], axis=1)
    kept = np.flatnonzero(~discard(face, weights, pixel))
    face, weights, pixel = face.take(kept), weights.take(kept, axis=0), pixel.take(kept)
    z_0, z_1, z_2 = depth.astype(np.float32)[corners]
    z = z_0.take(face) * weights[:, 0] + z_1.take(face) * weights[:, 1] + z_2.take(face) * weights[:, 2]
    visible = _nearest(z, pixel, height * width)
    return Fragments(pixel[visible], face[visible], weights[visible])


def _pixel_range(
    a: NDArray[np.float32], b: NDArray[np.float32], c: NDArray[np.float32], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last pixel centre between three coordinates, cut to the image."""
    low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    return np.maximum(np.ceil(low), 0).astype(np.int64), np.minimum(np.floor(high), size - 1).astype(np.int64)


def _groups(
    columns: NDArray[np.int64], rows: NDArray[np.int64]
) -> list[tuple[tuple[int, int], NDArray[np.int64]]]:
    """Members of each box size, as ((columns, rows), indices)."""
    key = columns * 65536 + rows
    order = np.argsort(key, kind="stable")
    values, starts = np.unique(key[order], return_index=True)
    members = np.split(order, starts[1:])
    return [((int(v) // 65536, int(v) % 65536), m) for v, m in zip(values, members, strict=True)]


def _nearest(z: NDArray[np.float32], pixel: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Index of the fragment with the greatest z at each pixel that has one."""
    best = np.full(count, -1, np.int64)
    contenders = np.arange(len(z))
    while len(contenders):
        best[pixel[contenders]] = contenders
        holder = best[pixel[contenders]]
        contenders = contenders[z[contenders] > z[holder]]
    return best[best >= 0]
