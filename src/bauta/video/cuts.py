"""Scene cuts: frames that differ from the one before as a whole.

The measure and its threshold are those of PySceneDetect's `ContentDetector` (mean difference of hue,
saturation and value). It is computed here because a flash has to be told from a cut, which takes the
difference of frames that do not follow one another.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.protocols import Images

THRESHOLD = 27.0
"""Mean difference of hue, saturation and value from which a frame begins a new scene."""

SIDE = 64
"""Longer side of the thumbnails that are compared."""

FLASH_S = 0.25
"""Longest time after which the picture before a flash may return."""


class CutFinder:
    """Finds cuts in frames that come in order.

    A flash, or a damaged frame, is no cut: the picture before it returns. Were it one, a face that the
    detector misses in the flash could not be bridged.
    """

    def __init__(self) -> None:
        self._last: NDArray[np.uint8] | None = None
        self._open: list[tuple[int, float, NDArray[np.uint8]]] = []
        self._cuts: set[int] = set()

    @property
    def cuts(self) -> NDArray[np.int64]:
        """Numbers of the frames that begin a scene, in order, without the first of the video."""
        return np.array(sorted(self._cuts), dtype=np.int64)

    def add(self, frame: int, time: float, image: Images) -> bool:
        """Look at the next frame, and return whether it differs from the one before as a whole.

        Args:
            frame: Its number.
            time: When it is shown, in seconds.
            image: uint8 (H, W, 3) RGB.
        """
        thumbnail = _thumbnail(image)
        differs = self._last is not None and difference(thumbnail, self._last) >= THRESHOLD
        if differs and self._last is not None:
            self._cuts.add(frame)
            self._open = [one for one in self._open if time - one[1] <= FLASH_S]
            returned = [
                number
                for number, (_, _, before) in enumerate(self._open)
                if difference(thumbnail, before) < THRESHOLD
            ]
            if returned:
                first = self._open[returned[0]][0]
                self._cuts = {cut for cut in self._cuts if not first <= cut <= frame}
                self._open = self._open[: returned[0]]
            else:
                self._open.append((frame, time, self._last))
        self._last = thumbnail
        return differs


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean absolute difference of two uint8 (h, w, 3) thumbnails of hue, saturation and value."""
    return float(np.abs(one.astype(np.int16) - other).mean())


def _thumbnail(image: Images) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2HSV), dtype=np.uint8)
