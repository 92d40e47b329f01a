"""Mosaic of block means over the face or the whole crop."""

from collections.abc import Sequence

import numpy as np

from bauta.anonymize.classical.blocks import block_sizes, block_sums
from bauta.anonymize.classical.settings import PixelateSetting
from bauta.anonymize.classical.unpixelate import Upsampling
from bauta.anonymize.classical.unpixelate_inside import InsideUpsampling
from bauta.anonymize.region import edited_masks, images_of, replace_inside
from bauta.contract import CropContract
from bauta.protocols import AnonymizedBatch, FaceBatch, Images, Restoration
from bauta.registry import Card

CARD = Card(
    name="pixelate",
    kind="anonymizer",
    implementation="bauta.anonymize.classical.pixelate:Pixelate",
    about="Mean of square blocks.",
    sees=("images", "landmarks"),
    settings="bauta.anonymize.classical.settings:PixelateSetting",
)

RISES = (2.0, 3.0, 4.0)
"""Powers of the frequency with which the power of the signal falls, of the offered restorations."""


def block_means(images: Images, block: int) -> Images:
    """Replace every block of uint8 (N, H, W, 3) images by its mean, rounded to the nearest grey level.

    The grid starts in the top left corner. Left-over pixels at the right and at the bottom belong to the last
    whole block, so that every mean is over at least block × block pixels, or over all pixels of a smaller
    image.
    """
    height, width = images.shape[1:3]
    heights, widths = block_sizes(height, block), block_sizes(width, block)
    sums = block_sums(images, block)
    means = np.rint(sums / np.outer(heights, widths)[..., np.newaxis]).astype(np.uint8)
    return means.repeat(heights, axis=1).repeat(widths, axis=2)


class Pixelate:
    """Block means with a block size in crop pixels, which makes it relative to the face.

    The grid covers the whole crop, and the region is taken from the result: blocks at the edge of the face
    hull are means of pixels on both sides of it.

    Args:
        setting: Block side and region.
        contract: Geometry of the crops.
    """

    def __init__(self, setting: PixelateSetting, contract: CropContract) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Pixelate uint8 (N, size, size, 3) crops; `seed` has no effect.

        Raises:
            DataError: a field that the backend sees is missing.
        """
        mosaic = block_means(images_of(batch), self.setting.block)
        return replace_inside(batch, mosaic, edited_masks(batch, self.setting.region, self.contract))

    def restorations(self) -> Sequence[Restoration]:
        """Interpolations between the blocks, and the likeliest image for spectra that fall more or less."""
        block = self.setting.block
        if self.setting.region == "crop":
            likeliest = [Upsampling(block, "likeliest", rise) for rise in RISES]
            return [Upsampling(block, "spline"), *likeliest]
        return [InsideUpsampling(block, self.contract, rise) for rise in RISES]
