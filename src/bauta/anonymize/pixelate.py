"""Mosaic of block means over the face or the whole crop."""

import numpy as np

from bauta.anonymize.region import edited_masks, images_of, replace_inside
from bauta.anonymize.settings import PixelateSetting
from bauta.contract import CropContract
from bauta.protocols import AnonymizedBatch, FaceBatch, Images


def block_means(images: Images, block: int) -> Images:
    """Replace every block of uint8 (N, H, W, 3) images by its mean, rounded to the nearest grey level.

    The grid starts in the top left corner. What is left over at the right and at the bottom belongs to the
    last whole block, so that no mean is taken over fewer than block × block pixels (of a smaller image: over
    fewer than all).
    """
    height, width = images.shape[1:3]
    rows = np.arange(0, max(height - block, 0) + 1, block)
    columns = np.arange(0, max(width - block, 0) + 1, block)
    sums = np.add.reduceat(images, rows, axis=1, dtype=np.int64)
    sums = np.add.reduceat(sums, columns, axis=2)
    heights = np.diff(rows, append=height)
    widths = np.diff(columns, append=width)
    means = np.rint(sums / np.outer(heights, widths)[..., np.newaxis]).astype(np.uint8)
    return means.repeat(heights, axis=1).repeat(widths, axis=2)


class Pixelate:
    """Block means with a block in crop pixels, so that it is relative to the face.

    The grid lies over the whole crop, and the region is taken from the result: blocks at the rim of the face
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
            DataError: a field that it sees is missing.
        """
        mosaic = block_means(images_of(batch), self.setting.block)
        return replace_inside(batch, mosaic, edited_masks(batch, self.setting.region, self.contract))
