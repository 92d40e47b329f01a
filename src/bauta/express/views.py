"""What a pretrained teacher sees of a crop: the part of the face that it was trained on."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.contract import CropContract
from bauta.crop import warp_crop
from bauta.errors import DataError
from bauta.protocols import Images


@dataclass(frozen=True)
class FaceView:
    """An upright rectangle of the aligned face, resampled to the square input of a network.

    Attributes:
        size: Side of the input in pixels.
        box: x0, y0, x1, y1 of the rectangle's edges in pixels of the 112-pixel ArcFace crop; it is stretched
            where it is no square.
    """

    size: int
    box: tuple[float, float, float, float]

    def matrix(self, contract: CropContract) -> NDArray[np.float64]:
        """2×3 affine from crop pixels to pixels of the view."""
        low, high = contract.from_arcface(np.reshape(self.box, (2, 2))).astype(np.float64)
        ratio = self.size / (high - low)
        return np.column_stack([np.diag(ratio), -0.5 - ratio * low])

    def colour(self, crops: Images, contract: CropContract) -> Images:
        """Views uint8 (N, size, size, 3) RGB of uint8 (N, H, W, 3) RGB crops of the contract's size."""
        matrix = self.matrix(contract)
        views = np.empty((len(crops), self.size, self.size, 3), dtype=np.uint8)
        for view, crop in zip(views, crops, strict=True):
            view[:] = warp_crop(crop, matrix, self.size)
        return views

    def grey(self, crops: Images, contract: CropContract) -> Images:
        """Views uint8 (N, size, size) of the same crops in the grey of ITU-R BT.601."""
        matrix = self.matrix(contract)
        views = np.empty((len(crops), self.size, self.size), dtype=np.uint8)
        for view, crop in zip(views, crops, strict=True):
            view[:] = warp_crop(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), matrix, self.size)
        return views


FER2013_BOX = (5.66, 13.56, 105.34, 113.24)
"""The frame of FER-2013's images: 0.89 ArcFace sides wide, about (55.5, 63.4).

The median over the 602 of 700 images in which MTCNN finds a face.
"""


def check_crops(crops: Images, contract: CropContract) -> None:
    """Refuse what is no batch of crops of a contract.

    Raises:
        DataError: another shape or type.
    """
    if crops.shape[1:] != (contract.size, contract.size, 3) or crops.dtype != np.uint8:
        raise DataError(
            f"teacher: expected uint8 crops (N, {contract.size}, {contract.size}, 3), "
            f"got {crops.dtype} {crops.shape}; make the crops again with this contract"
        )
