"""GANonymization's drawing of the face mesh, and its letterbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bauta.anonymize.generator import channels_first
from bauta.protocols import Floats, Images

BOX_MARGINS = (-0.011, 0.142, -0.017, -0.006)
"""Left, top, right and bottom margins of RetinaFace's box around the mesh, as fractions of the mesh.

Medians over 279 photographs of LFW for RetinaFace with MobileNet, whose box this one overlaps by 0.91 (mean
intersection over union); the boxes of two detectors overlap by 0.92; see `benchmarks/official_crops.py`.
"""

CANVAS = 512
"""Side of the drawing, whatever the network's input size: the official preparation of training data and the
official command draw at 512. A network of 256 pixels is trained on such drawings scaled down, in which the
dots are a quarter as bright as dots drawn at 256."""

DOT = 224
PLUS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
"""Pixels of a dot, as (row, column): a circle of radius 1 without its corners, as MediaPipe draws it."""


@dataclass(frozen=True)
class Letterbox:
    """The position of a face's box on a square canvas: as large as fits, in the middle.

    Attributes:
        left: First column of the box in crop pixels.
        top: First row.
        width: Its width.
        height: Its height.
        side: Side of the canvas.
    """

    left: int
    top: int
    width: int
    height: int
    side: int

    @classmethod
    def round(cls, mesh: Floats, margins: tuple[float, float, float, float], side: int) -> Self:
        """Fit the box of a mesh (478, 2) in crop pixels; left, top, right, bottom margins are fractions."""
        low, high = mesh.min(axis=0), mesh.max(axis=0)
        extent = high - low
        start = np.rint(low - extent * margins[:2]).astype(int)
        end = np.rint(high + extent * margins[2:]).astype(int) + 1
        return cls(int(start[0]), int(start[1]), int(end[0] - start[0]), int(end[1] - start[1]), side)

    @classmethod
    def of(cls, mesh: Floats) -> Self:
        """Fit the box of a mesh (478, 2) in crop pixels on the canvas on which its dots are drawn."""
        return cls.round(mesh, BOX_MARGINS, CANVAS)

    @property
    def inner(self) -> tuple[int, int]:
        """Width and height of the box on the canvas, truncated as in the official program."""
        scale = min(self.side / self.width, self.side / self.height)
        return max(int(scale * self.width), 1), max(int(scale * self.height), 1)

    @property
    def offset(self) -> tuple[int, int]:
        """Left and top of the box on the canvas."""
        width, height = self.inner
        return (self.side - width) // 2, (self.side - height) // 2

    def parts(self, mesh: Floats) -> NDArray[np.float64]:
        """The mesh as fractions of the canvas; pixel centres of the crop are integers, edges are halves."""
        scale = np.array(self.inner) / (self.width, self.height)
        edges = mesh.astype(np.float64) + 0.5 - (self.left, self.top)
        return np.asarray((edges * scale + self.offset) / self.side)

    def paste(self, picture: Images, size: int) -> Images:
        """Paste an image (side, side, 3) on the canvas into a black crop (size, size, 3)."""
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


def network_inputs(meshes: Sequence[Floats], boxes: Sequence[Letterbox], side: int) -> Floats:
    """Draw meshes (478, 2) as the network is shown them, float32 (N, 3, side, side) in [-1, 1].

    Args:
        meshes: The meshes in crop pixels.
        boxes: The box of each, from `Letterbox.of`.
        side: Side of the network's input.
    """
    drawings = [draw_dots(box.parts(mesh), CANVAS) for mesh, box in zip(meshes, boxes, strict=True)]
    pictures = channels_first([shown(drawing, side) for drawing in drawings])
    return pictures / np.float32(127.5) - np.float32(1.0)


def shown(canvas: Images, side: int) -> Images:
    """Scale a drawing to the network's input size with PIL's bilinear filter, as in training."""
    if canvas.shape[0] == side:
        return canvas
    return np.asarray(Image.fromarray(canvas).resize((side, side), Image.Resampling.BILINEAR))


def draw_dots(parts: NDArray[np.floating], side: int) -> Images:
    """Draw a grey dot of five pixels at each point on black: uint8 (side, side, 3).

    Args:
        parts: (P, 2), x and y as fractions of the canvas; points outside it are skipped.
        side: Side of the canvas in pixels.
    """
    inside = ((parts >= 0.0) & (parts <= 1.0)).all(axis=1)
    pixels = np.minimum(np.floor(parts[inside] * side).astype(np.int64), side - 1)
    canvas = np.zeros((side + 2, side + 2, 3), dtype=np.uint8)
    for row, column in PLUS:
        canvas[pixels[:, 1] + 1 + row, pixels[:, 0] + 1 + column] = DOT
    return canvas[1:-1, 1:-1]
