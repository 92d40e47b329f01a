"""GANonymization's drawing of the face mesh, and the letterbox that it is made in."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.protocols import Floats, Images

DOT = 224
PLUS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
"""Pixels of a dot, as (row, column): a circle of radius 1 without its corners, as MediaPipe draws it."""


@dataclass(frozen=True)
class Letterbox:
    """Where the box of a face lies on a square canvas: as large as fits, in the middle.

    Attributes:
        left: First column of the box in crop pixels.
        top: First row.
        width: Its width.
        height: Its height.
        side: Of the canvas.
    """

    left: int
    top: int
    width: int
    height: int
    side: int

    @classmethod
    def round(cls, mesh: Floats, margins: tuple[float, float, float, float], side: int) -> Self:
        """Round a mesh (478, 2) in crop pixels; margins are left, top, right and bottom, in parts of it."""
        low, high = mesh.min(axis=0), mesh.max(axis=0)
        extent = high - low
        start = np.rint(low - extent * margins[:2]).astype(int)
        end = np.rint(high + extent * margins[2:]).astype(int) + 1
        return cls(int(start[0]), int(start[1]), int(end[0] - start[0]), int(end[1] - start[1]), side)

    @property
    def inner(self) -> tuple[int, int]:
        """Width and height of the box on the canvas."""
        scale = min(self.side / self.height, self.side / self.width)
        return min(round(self.width * scale), self.side), min(round(self.height * scale), self.side)

    @property
    def offset(self) -> tuple[int, int]:
        """Where the box starts on the canvas."""
        width, height = self.inner
        return (self.side - width) // 2, (self.side - height) // 2

    def parts(self, mesh: Floats) -> NDArray[np.float64]:
        """The mesh in parts of the canvas; pixel centres of the crop have whole coordinates, edges halves."""
        scale = np.array(self.inner) / (self.width, self.height)
        edges = mesh.astype(np.float64) + 0.5 - (self.left, self.top)
        return np.asarray((edges * scale + self.offset) / self.side)

    def paste(self, picture: Images, size: int) -> Images:
        """What was drawn on the canvas, on black in a crop: (size, size, 3) of (side, side, 3)."""
        (x, y), (width, height) = self.offset, self.inner
        head = cv2.resize(
            picture[y : y + height, x : x + width], (self.width, self.height), interpolation=cv2.INTER_AREA
        )
        crop = np.zeros((size, size, 3), dtype=np.uint8)
        left, top = max(self.left, 0), max(self.top, 0)
        right, bottom = min(self.left + self.width, size), min(self.top + self.height, size)
        if right > left and bottom > top:
            crop[top:bottom, left:right] = head[
                top - self.top : bottom - self.top, left - self.left : right - self.left
            ]
        return crop


def draw_dots(parts: NDArray[np.floating], side: int) -> Images:
    """A grey dot of five pixels at each point, on black: uint8 (side, side, 3).

    Args:
        parts: (P, 2), x and y in parts of the canvas; points outside it are left out.
        side: Of the canvas in pixels.
    """
    inside = ((parts >= 0.0) & (parts <= 1.0)).all(axis=1)
    pixels = np.minimum(np.floor(parts[inside] * side).astype(np.int64), side - 1)
    canvas = np.zeros((side + 2, side + 2, 3), dtype=np.uint8)
    for row, column in PLUS:
        canvas[pixels[:, 1] + 1 + row, pixels[:, 0] + 1 + column] = DOT
    return canvas[1:-1, 1:-1]
