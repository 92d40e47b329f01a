"""The crop contract: the geometry of every crop, and the statuses that a face can have."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

ARCFACE_SIZE = 112
ARCFACE_TEMPLATE: tuple[tuple[float, float], ...] = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
"""Left eye, right eye, nose tip, left and right mouth corner (image left/right) in a 112-pixel crop.

Source: InsightFace, `face_align.arcface_dst` (Deng et al., ArcFace, CVPR 2019, section 3.1 uses this crop).
"""


class Status(StrEnum):
    """The outcome for one face; every table and store carries one per row."""

    OK = "ok"
    UNREADABLE = "unreadable"
    NO_FACE = "no_face"
    FAILED = "failed"

    @property
    def code(self) -> int:
        """The uint8 code of this status in a store."""
        return list(Status).index(self)


@dataclass(frozen=True)
class CropContract:
    """Geometry of an aligned crop.

    Attributes:
        size: Side of the square crop in pixels.
        margin: Fraction of the ArcFace template's side that is added in total; at 0.4 the crop is 1.4 times
            as wide as the ArcFace crop, slightly wider than FFHQ's crops, and so holds the whole head.
    """

    size: int = 256
    margin: float = 0.4

    @property
    def scale(self) -> float:
        """Crop pixels per pixel of the 112-pixel ArcFace template."""
        return self.size / (ARCFACE_SIZE * (1.0 + self.margin))

    def template(self) -> NDArray[np.float32]:
        """The five points in crop pixels, float32 (5, 2)."""
        return self.from_arcface(np.asarray(ARCFACE_TEMPLATE))

    def from_arcface(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """Map points (..., 2) in pixels of the 112-pixel ArcFace crop to crop pixels.

        Pixel centres have integer coordinates, so the two images share their centre, not their origin.
        """
        centred = np.asarray(points, dtype=np.float64) - (ARCFACE_SIZE - 1) / 2
        return (centred * self.scale + (self.size - 1) / 2).astype(np.float32)

    def view_matrix(
        self,
        size: int,
        margin: float = 0.0,
        centre: tuple[float, float] = ((ARCFACE_SIZE - 1) / 2, (ARCFACE_SIZE - 1) / 2),
    ) -> NDArray[np.float64]:
        """2×3 affine from crop pixels to a `size`-pixel view of 1 + `margin` ArcFace sides.

        The inputs of recognizers and teachers are such views of the same crop; no face is detected again. The
        view is centred on a point in pixels of the 112-pixel ArcFace crop, by default on the crop's centre.
        """
        ratio = size / (ARCFACE_SIZE * (1.0 + margin)) / self.scale
        offset = (size - 1) / 2 - ratio * self.from_arcface(np.array(centre)).astype(np.float64)
        return np.array([[ratio, 0.0, offset[0]], [0.0, ratio, offset[1]]])
