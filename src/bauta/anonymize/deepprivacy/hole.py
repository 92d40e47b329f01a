"""The hole that both DeepPrivacy generators fill: boxes, image, mask and paste-back."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from bauta.anonymize.generator import to_bytes
from bauta.anonymize.influence import Reach, area_reach, influencing, kernel_reach, taps_reach
from bauta.protocols import Floats, Images

SIMPLE_GROWTH = 0.4
SQUARE_GROWTH = 0.35
BICUBIC_RADIUS = 2.0

Box = tuple[int, int, int, int]
"""Left, top, right and bottom; right and bottom are exclusive."""


def clipped(box: NDArray[np.floating], size: int) -> Box:
    """Clip a box to whole pixels inside an image."""
    left, top, right, bottom = np.clip(box, 0, size).astype(int).tolist()
    return left, top, right, bottom


def simple_expansion(box: Box, growth: float = SIMPLE_GROWTH) -> Box:
    """The square of 1 + `growth` times the longer side around a box; it may exceed the image (FDF256)."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    half = int((1 + growth) * max(width, height) // 2)
    x, y = left + width // 2, top + height // 2
    return x - half, y - half, x + half, y + half


def square_expansion(box: Box, size: int, growth: float = SQUARE_GROWTH) -> Box:
    """The square around a box that stays inside a square image (FDF128).

    The shorter side is extended to the longer one, then each side by `growth` of it in both directions, up to
    the image's border; a square that sticks out is moved inside.
    """
    left, top, right, bottom = box
    if left < 0 or top < 0 or right > size or bottom > size:
        return simple_expansion(box, 2 * growth)
    side = max(right - left, bottom - top)
    left = _moved_inside(left - (side - (right - left)) // 2, side, size)
    top = _moved_inside(top - (side - (bottom - top)) // 2, side, size)
    more = min(int(side * growth), (size - side) // 2)
    side += 2 * more
    left, top = _moved_inside(left - more, side, size), _moved_inside(top - more, side, size)
    return left, top, left + side, top + side


@dataclass(frozen=True)
class Hole:
    """A face's box and the square around it that the network sees.

    Attributes:
        box: The region that is replaced.
        square: The region that is seen; black beyond the crop.
        crop: Side of the crop in pixels.
        size: Side of the network's image.
    """

    box: Box
    square: Box
    crop: int
    size: int

    @property
    def side(self) -> int:
        """Side of the square in crop pixels."""
        return self.square[2] - self.square[0]

    @property
    def inside(self) -> Box:
        """The part of the square that lies in the crop."""
        left, top, right, bottom = self.square
        return max(left, 0), max(top, 0), min(right, self.crop), min(bottom, self.crop)

    @property
    def _shrinks(self) -> bool:
        """Upstream compares the part inside the image, not the whole square, with the network's image."""
        left, top, right, bottom = self.inside
        return (right - left) * (bottom - top) >= self.size * self.size

    def cut(self, crop: Images) -> Images:
        """Cut the square at the network's size: uint8 (size, size, 3)."""
        left, top, right, bottom = self.inside
        square = np.zeros((self.side, self.side, 3), dtype=np.uint8)
        x, y = left - self.square[0], top - self.square[1]
        square[y : y + bottom - top, x : x + right - left] = crop[top:bottom, left:right]
        return square if self.side == self.size else self._fitted(square)

    def _fitted(self, square: Images) -> Images:
        """Resize a square (side, side, 3) to the network's size."""
        if self._shrinks:
            return np.asarray(
                cv2.resize(square, (self.size, self.size), interpolation=cv2.INTER_AREA), np.uint8
            )
        return to_bytes(resized(square.astype(np.float32), self.size))

    def mask(self) -> Floats:
        """0 in the box and 1 elsewhere: float32 (size, size)."""
        mask = np.ones((self.size, self.size), dtype=np.float32)
        offset = np.array(self.square[:2] * 2)
        left, top, right, bottom = (
            ((np.array(self.box) - offset) * (self.size / self.side)).astype(int).tolist()
        )
        mask[max(top, 0) : bottom, max(left, 0) : right] = 0.0
        return mask

    def replaced(self) -> NDArray[np.bool_]:
        """Pixels of the crop that the result replaces: (crop, crop)."""
        mask = torch.from_numpy(self.mask())[None, None]
        large = functional.interpolate(mask, size=(self.side, self.side), mode="nearest")[0, 0].numpy()
        left, top, right, bottom = self.inside
        x, y = left - self.square[0], top - self.square[1]
        replaced = np.zeros((self.crop, self.crop), dtype=bool)
        replaced[top:bottom, left:right] = large[y : y + bottom - top, x : x + right - left] <= 0.5
        return replaced

    def protected(self) -> NDArray[np.bool_]:
        """Replaced pixels that no resize carries into the context of the box: (crop, crop)."""
        part = influencing(self.mask() > 0, self._reach(), self._reach())
        left, top, right, bottom = self.inside
        x, y = left - self.square[0], top - self.square[1]
        seen = np.ones((self.crop, self.crop), dtype=bool)
        seen[top:bottom, left:right] = part[y : y + bottom - top, x : x + right - left]
        return self.replaced() & ~seen

    def _reach(self) -> Reach:
        if self.side == self.size:
            return Reach.of(np.eye(self.size, dtype=bool))
        if self._shrinks:
            return area_reach(self.side, self.size)
        return kernel_reach(self.side, self.size, BICUBIC_RADIUS)

    def paste(self, crop: Images, result: Floats) -> tuple[Images, NDArray[np.uint8]]:
        """Replace the box in the crop; also return the mask of replaced pixels.

        Args:
            crop: uint8 (crop, crop, 3).
            result: The network's image, float32 (size, size, 3), nominally in [-1, 1].
        """
        levels = np.clip((result + 1.0) / 2.0, 0.0, 1.0) * np.float32(255.0)
        picture = to_bytes(self._enlarged(levels))
        replaced = self.replaced()
        left, top, right, bottom = self.inside
        x, y = left - self.square[0], top - self.square[1]
        pasted = crop.copy()
        part = pasted[top:bottom, left:right]
        here = replaced[top:bottom, left:right]
        part[here] = picture[y : y + bottom - top, x : x + right - left][here]
        return pasted, replaced.astype(np.uint8)

    def _enlarged(self, levels: Floats) -> Floats:
        """Resize grey levels (size, size, 3) to the square's size."""
        return resized(levels, self.side)


class OriginalHole(Hole):
    """The hole of the first DeepPrivacy's program: OpenCV's filters, with the whole box replaced.

    That program also resizes the context of the box to 256×256 pixels and back. This is omitted here because
    it would change pixels that the anonymizer does not replace.
    """

    def replaced(self) -> NDArray[np.bool_]:
        """Pixels of the crop that the result replaces: (crop, crop)."""
        replaced = np.zeros((self.crop, self.crop), dtype=bool)
        left, top, right, bottom = self.box
        replaced[top:bottom, left:right] = True
        return replaced

    def _fitted(self, square: Images) -> Images:
        return np.asarray(cv2.resize(square, (self.size, self.size), interpolation=cv2.INTER_CUBIC), np.uint8)

    def _enlarged(self, levels: Floats) -> Floats:
        return np.asarray(
            cv2.resize(levels, (self.side, self.side), interpolation=cv2.INTER_LINEAR), np.float32
        )

    def _reach(self) -> Reach:
        if self.side == self.size:
            return super()._reach()
        return taps_reach(self.side, self.size)


def normalised(picture: Images) -> Floats:
    """Scale grey levels to [-1, 1], with 127.5 at 0."""
    return (picture.astype(np.float32) - np.float32(127.5)) / np.float32(127.5)


def resized(image: Floats, side: int) -> Floats:
    """Resize an image (H, W, 3) to (side, side, 3) with torch's antialiased bicubic filter."""
    planes = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]
    large = functional.interpolate(planes, size=(side, side), mode="bicubic", antialias=True)
    return np.ascontiguousarray(large[0].numpy().transpose(1, 2, 0))


def _moved_inside(start: int, side: int, size: int) -> int:
    """Start of a side in an image, moved so that neither end sticks out."""
    return min(max(start, 0), size - side)
