"""Gaussian blur of the face or of the whole crop."""

import cv2
import numpy as np

from bauta.anonymize.region import edited_masks, images_of, replace_inside
from bauta.anonymize.settings import BlurSetting
from bauta.contract import CropContract
from bauta.protocols import AnonymizedBatch, FaceBatch, Images


def sigma_of(kernel: int) -> float:
    """Standard deviation in pixels for a kernel width, as `cv2.getGaussianKernel` defines it."""
    return 0.3 * ((kernel - 1) * 0.5 - 1) + 0.8


def blur(image: Images, kernel: int) -> Images:
    """Blur a uint8 (H, W, 3) image with a Gaussian kernel of an odd width in pixels.

    Pixels are mirrored at the border without repeating it (`cv2.BORDER_REFLECT_101`). Computed in float32 and
    rounded to the nearest grey level: with wide kernels several times as fast as OpenCV's integer filter.
    """
    sigma = sigma_of(kernel)
    smooth = cv2.GaussianBlur(
        image.astype(np.float32),
        (kernel, kernel),
        sigmaX=sigma,
        sigmaY=sigma,
        borderType=cv2.BORDER_REFLECT_101,
    )
    return np.rint(smooth).clip(0, 255).astype(np.uint8)


class Blur:
    """Gaussian blur with a kernel in crop pixels, so that it is relative to the face.

    The whole crop is blurred and the region is taken from the result: pixels at the rim of the face hull are
    means of pixels on both sides of it.

    Args:
        setting: Kernel width and region.
        contract: Geometry of the crops.
    """

    def __init__(self, setting: BlurSetting, contract: CropContract) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Blur uint8 (N, size, size, 3) crops; `seed` has no effect.

        Raises:
            DataError: a field that it sees is missing.
        """
        images = images_of(batch)
        blurred = np.empty_like(images)
        for row, image in enumerate(images):
            blurred[row] = blur(image, self.setting.kernel)
        return replace_inside(batch, blurred, edited_masks(batch, self.setting.region, self.contract))
