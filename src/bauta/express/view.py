"""The input of a teacher: a grey, centred, smaller view of a crop."""

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from bauta.contract import ARCFACE_SIZE, CropContract
from bauta.errors import DataError
from bauta.protocols import Images


class TeacherView(BaseModel):
    """Geometry of a teacher's input.

    The view is grey because expression lies in the shape and the shading of a face, and datasets such as
    FER-2013 have no colour.

    Attributes:
        size: Side of the square input in pixels.
        margin: Fraction of the ArcFace template's side that is added in total. The bare template ends at the
            chin; a jaw that drops in surprise needs more.
        centre: Centre of the view, x and y in pixels of the 112-pixel ArcFace crop.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(112, ge=32, le=256)
    margin: float = Field(0.1, ge=-0.5, le=2.0)
    centre: tuple[float, float] = ((ARCFACE_SIZE - 1) / 2, (ARCFACE_SIZE - 1) / 2)

    def render(self, crops: Images, contract: CropContract) -> NDArray[np.uint8]:
        """Render views of crops.

        If the view is smaller than the crop, the crop is first low-pass filtered with the sigma that
        `skimage.transform.resize` uses, (factor − 1) / 2, because `cv2.warpAffine` cannot average areas.

        Args:
            crops: uint8 (N, H, W, 3) RGB crops of the contract's size.
            contract: Geometry of the crops.

        Returns:
            uint8 (N, size, size) grey views.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        expected = (contract.size, contract.size, 3)
        if crops.shape[1:] != expected or crops.dtype != np.uint8:
            raise DataError(
                f"teacher: expected uint8 crops (N, {contract.size}, {contract.size}, 3), "
                f"got {crops.dtype} {crops.shape}; recompute the crops with this contract"
            )
        matrix = contract.view_matrix(self.size, self.margin, self.centre)
        sigma = (1.0 / matrix[0, 0] - 1.0) / 2.0
        views = np.empty((len(crops), self.size, self.size), dtype=np.uint8)
        for view, crop in zip(views, crops, strict=True):
            grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
            if sigma > 0:
                grey = cv2.GaussianBlur(grey, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
            view[:] = cv2.warpAffine(
                grey, matrix, (self.size, self.size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
        return views
