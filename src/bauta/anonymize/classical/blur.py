"""Gaussian blur of the face or of the whole crop."""

from collections.abc import Sequence

import cv2
import numpy as np

from bauta.anonymize.classical.deblur import WienerDeblur
from bauta.anonymize.classical.deblur_inside import InsideDeblur
from bauta.anonymize.classical.kernel import sigma_of
from bauta.anonymize.classical.settings import BlurSetting
from bauta.anonymize.region import edited_masks, images_of, replace_inside
from bauta.contract import CropContract
from bauta.protocols import AnonymizedBatch, FaceBatch, Images, Restoration
from bauta.registry import Card

CARD = Card(
    name="blur",
    kind="anonymizer",
    implementation="bauta.anonymize.classical.blur:Blur",
    about="Gaussian blur.",
    sees=("images", "landmarks"),
    settings="bauta.anonymize.classical.settings:BlurSetting",
)

NOISES = ((0.3, 2.0), (0.3, 3.0), (1.0, 2.0), (1.0, 3.0), (3.0, 2.0), (3.0, 3.0))
"""Standard deviations of the noise in grey levels, and powers of the frequency, of the offered filters."""


def blur(image: Images, kernel: int) -> Images:
    """Blur a uint8 (H, W, 3) image with a Gaussian kernel of an odd width in pixels.

    Pixels are mirrored at the border without repeating it (`cv2.BORDER_REFLECT_101`). The result is computed
    in float32 and rounded to the nearest grey level, which for wide kernels is several times as fast as
    OpenCV's integer filter.
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
    """Gaussian blur with a kernel in crop pixels, which makes it relative to the face.

    The whole crop is blurred and the region is taken from the result: pixels at the edge of the face hull are
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
            DataError: a field that the backend sees is missing.
        """
        images = images_of(batch)
        blurred = np.empty_like(images)
        for row, image in enumerate(images):
            blurred[row] = blur(image, self.setting.kernel)
        return replace_inside(batch, blurred, edited_masks(batch, self.setting.region, self.contract))

    def restorations(self) -> Sequence[Restoration]:
        """Wiener filters for less to more noise: from rounding to that of JPEG at a quality of 75."""
        kernel = self.setting.kernel
        if self.setting.region == "crop":
            return [WienerDeblur(kernel, noise, rise) for noise, rise in NOISES]
        return [InsideDeblur(kernel, self.contract, noise, rise) for noise, rise in NOISES]
