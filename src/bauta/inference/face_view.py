"""The part of an aligned face that a network was trained on, cut from a crop."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.alignment.crop import Warp
from bauta.contract import ARCFACE_SIZE, CropContract
from bauta.errors import DataError
from bauta.protocols import Images

ARCFACE_SQUARE = (-0.5, -0.5, ARCFACE_SIZE - 0.5, ARCFACE_SIZE - 0.5)
"""The edges of the whole 112-pixel ArcFace crop, where pixel centres have integer coordinates."""

FER2013_BOX = (5.66, 13.56, 105.34, 113.24)
"""The frame of FER-2013's images: 0.89 ArcFace sides wide, about (55.5, 63.4).

The median over the 602 of 700 images in which MTCNN finds a face.
"""


@dataclass(frozen=True)
class FaceView:
    """An upright rectangle of the aligned face, resampled to the input size of a network.

    Attributes:
        height: Rows of the view.
        width: Columns of the view.
        box: x0, y0, x1, y1 of its edges in pixels of the 112-pixel ArcFace crop; the image is stretched if
            the aspect ratio differs from the view's.
    """

    height: int = ARCFACE_SIZE
    width: int = ARCFACE_SIZE
    box: tuple[float, float, float, float] = ARCFACE_SQUARE

    def matrix(self, contract: CropContract) -> NDArray[np.float64]:
        """2×3 affine from crop pixels to pixels of the view."""
        low, high = contract.from_arcface(np.reshape(self.box, (2, 2))).astype(np.float64)
        ratio = np.array([self.width, self.height]) / (high - low)
        return np.column_stack([np.diag(ratio), -0.5 - ratio * low])

    def render(self, crops: Images, contract: CropContract) -> Images:
        """Render views uint8 (N, height, width, 3) RGB of uint8 (N, size, size, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        check_crops(crops, contract)
        views = np.empty((len(crops), self.height, self.width, 3), dtype=np.uint8)
        warp = self._warp(contract)
        for view, crop in zip(views, crops, strict=True):
            view[:] = warp.apply(crop)[: self.height, : self.width]
        return views

    def grey(self, crops: Images, contract: CropContract) -> Images:
        """Render views uint8 (N, height, width) of such crops in grey, by ITU-R BT.601.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        check_crops(crops, contract)
        views = np.empty((len(crops), self.height, self.width), dtype=np.uint8)
        warp = self._warp(contract)
        for view, crop in zip(views, crops, strict=True):
            grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
            view[:] = warp.apply(grey)[: self.height, : self.width]
        return views

    def _warp(self, contract: CropContract) -> Warp:
        """The warp to the square that contains the view."""
        return Warp.of(self.matrix(contract), max(self.height, self.width), (contract.size, contract.size))


def check_crops(crops: Images, contract: CropContract) -> None:
    """Check that an array is a batch of crops of a contract.

    Raises:
        DataError: the shape or the dtype differs.
    """
    if crops.shape[1:] != (contract.size, contract.size, 3) or crops.dtype != np.uint8:
        raise DataError(
            f"expected uint8 crops (N, {contract.size}, {contract.size}, 3), "
            f"got {crops.dtype} {crops.shape}; recompute the crops with this contract"
        )
