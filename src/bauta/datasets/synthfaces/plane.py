"""Canvases over the rest plane: pixel grid, drawing and lookup."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.anatomy import Array

LEFT, TOP, RIGHT, BOTTOM = -82.0, -125.0, 82.0, 133.0
"""Limits of the canvas, mm."""

SCALE = 2.5
"""Pixels for each mm of a full-resolution canvas."""

_SHIFT = 4


def coordinates(scale: float = SCALE) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rest-plane x and y in mm at the pixel centres of a canvas, float32 (H, W) each."""
    width, height = round((RIGHT - LEFT) * scale), round((BOTTOM - TOP) * scale)
    x = LEFT + (np.arange(width, dtype=np.float32) + 0.5) / scale
    y = TOP + (np.arange(height, dtype=np.float32) + 0.5) / scale
    return np.broadcast_to(x, (height, width)), np.broadcast_to(y[:, None], (height, width))


def enlarge(canvas: NDArray[np.float32]) -> NDArray[np.float32]:
    """Resize a coarse canvas to full resolution with cubic interpolation."""
    size = (round((RIGHT - LEFT) * SCALE), round((BOTTOM - TOP) * SCALE))
    return cv2.resize(canvas, size, interpolation=cv2.INTER_CUBIC).astype(np.float32, copy=False)


def draw_strokes(
    strokes: Sequence[NDArray[np.floating]],
    strength: Sequence[float],
    thickness: int = 1,
    scale: float = SCALE,
) -> NDArray[np.float32]:
    """Draw anti-aliased polylines.

    Args:
        strokes: Polylines, (K, 2) in mm each.
        strength: Value of each stroke, 0 to 1.
        thickness: In canvas pixels.
        scale: Canvas pixels for each mm.

    Returns:
        float32 (H, W) canvas in [0, 1].
    """
    canvas = np.zeros(coordinates(scale)[0].shape, np.uint8)
    for stroke, value in zip(strokes, strength, strict=True):
        pixels = ((stroke - (LEFT, TOP)) * scale - 0.5) * (1 << _SHIFT)
        points = np.round(pixels).astype(np.int32)[:, None]
        cv2.polylines(canvas, [points], False, int(255 * value), thickness, cv2.LINE_AA, _SHIFT)
    return canvas.astype(np.float32) / np.float32(255)


def look_up(canvas: NDArray[np.float32], x: Array, y: Array) -> NDArray[np.float32]:
    """Sample a full-resolution canvas bilinearly.

    Args:
        canvas: float32 (H, W) or (H, W, 3).
        x: (N,), mm.
        y: (N,), mm.

    Returns:
        (N,) or (N, 3); the border is repeated outside the canvas.
    """
    return sample_flat(canvas, (x - LEFT) * SCALE - 0.5, (y - TOP) * SCALE - 0.5)


def sample_flat(
    canvas: NDArray, columns: Array, rows: Array, outside: int = cv2.BORDER_REPLICATE, value: float = 0.0
) -> NDArray:
    """Sample a canvas bilinearly at a list of positions.

    Args:
        canvas: float32 (H, W) or (H, W, 3).
        columns: (N,), pixels.
        rows: (N,), pixels.
        outside: A border mode of OpenCV.
        value: The value outside, for a constant border.

    Returns:
        float32 (N,) or (N, 3).
    """
    # cv2.remap limits the side of its maps to 32,767 pixels: fold the list into a rectangle.
    width = 1024
    padded = -(-len(columns) // width) * width
    maps = []
    for positions in (columns, rows):
        folded = np.zeros(padded, np.float32)
        folded[: len(positions)] = positions
        maps.append(folded.reshape(-1, width))
    sampled = cv2.remap(canvas, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=outside, borderValue=value)
    return sampled.reshape(padded, *canvas.shape[2:])[: len(columns)]


def noise(rng: np.random.Generator, cell: float, octaves: int = 1) -> NDArray[np.float32]:
    """Smooth noise of unit variance.

    Args:
        rng: Source of randomness.
        cell: Size of the coarsest blotch, mm.
        octaves: Each one adds blotches of half the size at 0.6 of the strength.

    Returns:
        float32 (H, W) at full resolution.
    """
    width, height = round((RIGHT - LEFT) * SCALE), round((BOTTOM - TOP) * SCALE)
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        step = cell / 2**octave
        shape = (int((BOTTOM - TOP) / step) + 3, int((RIGHT - LEFT) / step) + 3)
        grain = rng.normal(size=shape).astype(np.float32)
        total += 0.6**octave * cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
    return total / max(float(total.std()), 1e-6)
