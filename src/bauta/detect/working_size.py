"""Resizing before detection, because detectors find faces in a limited range of sizes."""

from dataclasses import dataclass

import cv2
import numpy as np

from bauta.protocols import Detections, Floats, Images


@dataclass(frozen=True)
class WorkingSize:
    """Limits to which the sides of an image are resized before detection.

    Attributes:
        shortest: A shorter side below this many pixels is enlarged to it, as far as `longest` allows.
        longest: A longer side above this many pixels is shrunk to it.
    """

    shortest: int
    longest: int

    def scale(self, height: int, width: int) -> float:
        """Factor by which an image is resized."""
        enlarge = max(1.0, self.shortest / min(height, width))
        return min(enlarge, self.longest / max(height, width))


def resize(image: Images, scale: float) -> Images:
    """Resize a uint8 (H, W, 3) image by a factor; no side becomes shorter than one pixel."""
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size == (width, height):
        return image
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=method), dtype=np.uint8)


def to_image(found: Detections, resized: Images, image: Images) -> Detections:
    """Map detections in a resized image back to the original; pixel centres have integer coordinates."""
    ratio = np.array(image.shape[1::-1]) / np.array(resized.shape[1::-1])

    def back(points: Floats) -> Floats:
        return ((points + 0.5) * ratio - 0.5).astype(np.float32)

    return Detections(
        boxes=back(found.boxes.reshape(-1, 2, 2)).reshape(-1, 4),
        scores=found.scores,
        points=back(found.points),
    )


def no_faces() -> Detections:
    """Detections of an image without a face."""
    return Detections(
        boxes=np.zeros((0, 4), dtype=np.float32),
        scores=np.zeros(0, dtype=np.float32),
        points=np.zeros((0, 5, 2), dtype=np.float32),
    )
