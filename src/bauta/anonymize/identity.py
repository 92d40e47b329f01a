"""The control that changes nothing: its scores must equal the clear baseline."""

import numpy as np

from bauta.anonymize.settings import IdentitySetting
from bauta.contract import CropContract, Status
from bauta.protocols import AnonymizedBatch, FaceBatch


class Identity:
    """Returns every crop bit for bit; the only backend whose purpose is to pass pixels on.

    Args:
        setting: It has no options.
        contract: Geometry of the crops.
    """

    def __init__(self, setting: IdentitySetting, contract: CropContract) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Copies of uint8 (N, size, size, 3) crops, status ok, mask 1 everywhere; `seed` has no effect."""
        images = np.array(batch.images, dtype=np.uint8)
        return AnonymizedBatch(
            images=images,
            status=np.full(len(batch), Status.OK.code, dtype=np.uint8),
            mask=np.ones(images.shape[:3], dtype=np.uint8),
        )
