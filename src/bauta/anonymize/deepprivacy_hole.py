"""The hole that both DeepPrivacy generators fill: boxes, picture, mask and paste-back."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from bauta.anonymize.generator import to_bytes
from bauta.anonymize.influence import Reach, area_reach, influencing, kernel_reach
from bauta.protocols import Floats, Images

SIMPLE_GROWTH = 0.4
SQUARE_GROWTH = 0.35
BICUBIC_RADIUS = 2.0

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, the last two not in it."""


def clipped(box: NDArray[np.floating], size: int) -> Box:
    """A box in whole pixels inside a picture."""
    left, top, right, bottom = np.clip(box, 0, size).astype(int).tolist()
    return left, top, right, bottom


def simple_expansion(box: Box, growth: float = SIMPLE_GROWTH) -> Box:
    """The square of 1 + `growth` times the longer side round a box; it may leave the picture (FDF256)."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    half = int((1 + growth) * max(width, height) // 2)
    x, y = left + width // 2, top + height // 2
    return x - half, y - half, x + half, y + half


def square_expansion(box: Box, size: int, growth: float = SQUARE_GROWTH) -> Box:
    """The square round a box that stays in a square picture (FDF128).

    The shorter side is grown to the longer one, then each side by `growth` of it in both directions, as far
    as the picture goes; what sticks out is moved inside.
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
    """A face's box and the square round it that the network is shown.

    Attributes:
        box: What is replaced.
        square: What is seen; black where it leaves the crop.
        crop: Side of the crop in pixels.
        size: Side of the network's picture.
    """

    box: Box
    square: Box
    crop: int
    size: int

    @property
    def side(self) -> int:
        """Of the square, in crop pixels."""
        return self.square[2] - self.square[0]

    @property
    def inside(self) -> Box:
        """The part of the square that lies in the crop."""
        left, top, right, bottom = self.square
        return max(left, 0), max(top, 0), min(right, self.crop), min(bottom, self.crop)

    @property
    def _shrinks(self) -> bool:
        """Upstream compares the part in the picture, not the whole square, with the network's picture."""
        left, top, right, bottom = self.inside
        return (right - left) * (bottom - top) >= self.size * self.size

    def cut(self, crop: Images) -> Images:
        """The square at the network's size: uint8 (size, size, 3)."""
        left, top, right, bottom = self.inside
        square = np.zeros((self.side, self.side, 3), dtype=np.uint8)
        x, y = left - self.square[0], top - self.square[1]
        square[y : y + bottom - top, x : x + right - left] = crop[top:bottom, left:right]
        if self.side == self.size:
            return square
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
        """Replaced pixels that no resize carries into what is seen round the box: (crop, crop)."""
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
        """The crop with the box replaced, and where.

        Args:
            crop: uint8 (crop, crop, 3).
            result: The network's picture, float32 (size, size, 3) in [-1, 1] and beyond.
        """
        levels = np.clip((result + 1.0) / 2.0, 0.0, 1.0) * np.float32(255.0)
        picture = to_bytes(resized(levels, self.side))
        replaced = self.replaced()
        left, top, right, bottom = self.inside
        x, y = left - self.square[0], top - self.square[1]
        pasted = crop.copy()
        part = pasted[top:bottom, left:right]
        here = replaced[top:bottom, left:right]
        part[here] = picture[y : y + bottom - top, x : x + right - left][here]
        return pasted, replaced.astype(np.uint8)


def normalised(picture: Images) -> Floats:
    """Grey levels to [-1, 1], 127.5 to 0."""
    return (picture.astype(np.float32) - np.float32(127.5)) / np.float32(127.5)


def resized(image: Floats, side: int) -> Floats:
    """A picture (H, W, 3) brought to (side, side, 3) by torch's bicubic filter with antialiasing."""
    planes = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]
    large = functional.interpolate(planes, size=(side, side), mode="bicubic", antialias=True)
    return np.ascontiguousarray(large[0].numpy().transpose(1, 2, 0))


def _moved_inside(start: int, side: int, size: int) -> int:
    """Start of a side in a picture, moved so that neither end sticks out."""
    return min(max(start, 0), size - side)
