"""The influence of an image's pixels on the pixels of its resized version.

A generator that fills a hole must not see what was there. Its image is resized before the hole is cut, so
pixels at the edge of the hole leak through. The supports of the filters determine which pixels cannot leak;
those are the pixels that the backend protects and is audited on.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Reach:
    """The outputs of a filter that each input influences along one axis, a contiguous range.

    Attributes:
        first: int64 (inputs,), the first output.
        end: int64 (inputs,), one past the last output.
    """

    first: NDArray[np.int64]
    end: NDArray[np.int64]

    @classmethod
    def of(cls, matrix: NDArray[np.bool_]) -> Self:
        """The reach for an (outputs, inputs) matrix that is True where an input influences an output."""
        first = matrix.argmax(axis=0)
        end = np.where(matrix.any(axis=0), len(matrix) - matrix[::-1].argmax(axis=0), first)
        return cls(first, end)

    def repeated(self, starts: NDArray[np.int64]) -> Self:
        """The reach of inputs that are runs of these, each beginning at one of `starts`."""
        return type(self)(self.first[starts], self.end[np.append(starts[1:], len(self.end)) - 1])


@lru_cache(maxsize=256)
def kernel_reach(inputs: int, outputs: int, radius: float) -> Reach:
    """The reach of a resize whose kernel is widened when shrinking: PIL's filters, torch with `antialias`.

    Args:
        inputs: Number of input pixels.
        outputs: Number of output pixels.
        radius: Half the kernel's width at full size: 2 for bicubic, 3 for Lanczos.
    """
    scale = inputs / outputs
    support = radius * max(scale, 1.0)
    reach = np.zeros((outputs, inputs), dtype=bool)
    for output in range(outputs):
        centre = (output + 0.5) * scale
        reach[output, max(math.floor(centre - support), 0) : math.ceil(centre + support)] = True
    return Reach.of(reach)


def area_reach(inputs: int, outputs: int) -> Reach:
    """The reach of OpenCV's `INTER_AREA` when shrinking."""
    return kernel_reach(inputs, outputs, 0.5)


@lru_cache(maxsize=256)
def taps_reach(inputs: int, outputs: int) -> Reach:
    """The reach of OpenCV's `INTER_CUBIC`: four taps at every size, with border pixels repeated."""
    first = np.floor((np.arange(outputs) + 0.5) * inputs / outputs - 0.5).astype(np.int64) - 1
    reach = np.zeros((outputs, inputs), dtype=bool)
    for tap in range(4):
        reach[np.arange(outputs), np.clip(first + tap, 0, inputs - 1)] = True
    return Reach.of(reach)


def influencing(seen: NDArray[np.bool_], rows: Reach, columns: Reach) -> NDArray[np.bool_]:
    """The inputs (H, W) that influence an output that is seen (H', W'), for a separable filter."""
    return _influencing(_influencing(seen, rows).T, columns).T


def _influencing(seen: NDArray[np.bool_], reach: Reach) -> NDArray[np.bool_]:
    """The influencing inputs along the first axis."""
    counts = np.zeros((len(seen) + 1, *seen.shape[1:]), dtype=np.int16)
    np.cumsum(seen, axis=0, out=counts[1:], dtype=np.int16)
    return np.asarray(counts[reach.end] != counts[reach.first])


def jpeg_influencing(seen: NDArray[np.bool_], unit: int = 16, chroma: int = 2) -> NDArray[np.bool_]:
    """The pixels (H, W) that influence a pixel that is seen (H, W) through a JPEG file.

    All pixels of a unit of 4:2:0 compression share its coefficients, and a decoder that smooths the chroma
    reads one sample beyond.

    Args:
        seen: The pixels that are seen.
        unit: Side of a unit in pixels.
        chroma: Side of a chroma sample in pixels.
    """
    height, width = seen.shape
    reach = np.ones((2 * chroma + 1, 2 * chroma + 1), dtype=np.uint8)
    near = cv2.dilate(seen.astype(np.uint8), reach, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    whole = np.pad(near, ((0, -height % unit), (0, -width % unit)))
    units = whole.reshape(len(whole) // unit, unit, -1, unit).any(axis=(1, 3))
    return np.asarray(units.repeat(unit, axis=0).repeat(unit, axis=1)[:height, :width])
