"""Which pixels of a picture have an influence on which pixels of what it is resized to.

A generator that fills a hole must not see what was there. Its picture is resized before the hole is cut, so
that pixels at the rim of the hole shine through. From the supports of the filters follows which pixels
cannot: those are what the backend protects, and what it is audited on.
"""

import math
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Reach = NDArray[np.bool_]
"""(outputs, inputs), True where an input has an influence on an output, along one axis."""


@cache
def kernel_reach(inputs: int, outputs: int, radius: float) -> Reach:
    """Of a resize with a kernel that is widened when it shrinks: PIL's filters, torch with `antialias`.

    Args:
        inputs: Pixels in.
        outputs: Pixels out.
        radius: Half the kernel's width at full size: 2 for bicubic, 3 for Lanczos.
    """
    scale = inputs / outputs
    support = radius * max(scale, 1.0)
    reach = np.zeros((outputs, inputs), dtype=bool)
    for output in range(outputs):
        centre = (output + 0.5) * scale
        reach[output, max(math.floor(centre - support), 0) : math.ceil(centre + support)] = True
    return reach


def area_reach(inputs: int, outputs: int) -> Reach:
    """Of OpenCV's `INTER_AREA` where it shrinks."""
    return kernel_reach(inputs, outputs, 0.5)


def taps_reach(inputs: int, outputs: int) -> Reach:
    """Of OpenCV's `INTER_CUBIC`: four taps at every size, the outer ones repeated at the border."""
    first = np.floor((np.arange(outputs) + 0.5) * inputs / outputs - 0.5).astype(np.int64) - 1
    reach = np.zeros((outputs, inputs), dtype=bool)
    for tap in range(4):
        reach[np.arange(outputs), np.clip(first + tap, 0, inputs - 1)] = True
    return reach


def influencing(seen: NDArray[np.bool_], rows: Reach, columns: Reach) -> NDArray[np.bool_]:
    """Which inputs (H, W) have an influence on an output that is seen (H', W'), for a separable filter."""
    wide = rows.T.astype(np.float32) @ seen.astype(np.float32) @ columns.astype(np.float32)
    return np.asarray(wide > 0)


def jpeg_influencing(seen: NDArray[np.bool_], unit: int = 16, chroma: int = 2) -> NDArray[np.bool_]:
    """Which pixels (H, W) have an influence on a pixel that is seen (H, W), through a JPEG file.

    All pixels of a unit of 4:2:0 compression share its coefficients, and a decoder that smooths the chroma
    reads one sample beyond.

    Args:
        seen: The pixels that are looked at.
        unit: Side of a unit in pixels.
        chroma: Pixels in a sample of chroma.
    """
    height, width = seen.shape
    reach = np.ones((2 * chroma + 1, 2 * chroma + 1), dtype=np.uint8)
    near = cv2.dilate(seen.astype(np.uint8), reach, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    whole = np.pad(near, ((0, -height % unit), (0, -width % unit)))
    units = whole.reshape(len(whole) // unit, unit, -1, unit).any(axis=(1, 3))
    return np.asarray(units.repeat(unit, axis=0).repeat(unit, axis=1)[:height, :width])
