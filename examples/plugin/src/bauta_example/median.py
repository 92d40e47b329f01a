"""Median filter of the face or of the whole crop.

The module is imported while the Snakefile is parsed, because it contains the setting. If an anonymizer
needs a package that is slow to import, such as torch, put its setting in a separate module.
"""

import cv2
import numpy as np
from pydantic import Field

from bauta.anonymize.region import edited_masks, images_of, replace_inside
from bauta.anonymize.settings import Region, Setting, edits
from bauta.contract import CropContract
from bauta.protocols import AnonymizedBatch, FaceBatch
from bauta.registry import Card

CARD = Card(
    name="median",
    kind="anonymizer",
    implementation="bauta_example.median:Median",
    about="Median filter.",
    sees=("images", "landmarks"),
    settings="bauta_example.median:MedianSetting",
    source="Tukey, Exploratory Data Analysis, 1977",
)


class MedianSetting(Setting):
    """Median filter."""

    radius: int = Field(ge=1, le=60, description="the filter is 2 radius + 1 crop pixels wide")
    region: Region = Field(default="hull", description="region to filter: the face hull or the whole crop")

    @property
    def sees(self) -> frozenset[str]:
        """The fields of `protocols.FaceBatch` that the anonymizer receives."""
        return edits(self.region)


class Median:
    """Replaces each pixel by the median of a square around it, in each channel.

    Args:
        setting: Radius and region.
        contract: Geometry of the crops.
    """

    def __init__(self, setting: MedianSetting, contract: CropContract) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:
        """Filter uint8 (N, size, size, 3) crops; `seed` has no effect."""
        del seed
        width = 2 * self.setting.radius + 1
        filtered = np.stack([cv2.medianBlur(image, width) for image in images_of(batch)])
        return replace_inside(batch, filtered, edited_masks(batch, self.setting.region, self.contract))
