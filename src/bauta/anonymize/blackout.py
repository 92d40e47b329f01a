"""The control that removes everything: every attack on it must be at chance."""

import numpy as np

from bauta.anonymize.settings import BlackoutSetting
from bauta.contract import CropContract, Status
from bauta.protocols import AnonymizedBatch, FaceBatch


class Blackout:
    """Makes the whole crop black, hair and background too; it sees nothing of the face.

    Args:
        setting: It has no options.
        contract: Geometry of the crops.
    """

    def __init__(self, setting: BlackoutSetting, contract: CropContract) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Black uint8 (N, size, size, 3) crops, status ok, mask 1 everywhere; `seed` has no effect."""
        shape = (len(batch), self.contract.size, self.contract.size)
        return AnonymizedBatch(
            images=np.zeros((*shape, 3), dtype=np.uint8),
            status=np.full(len(batch), Status.OK.code, dtype=np.uint8),
            mask=np.ones(shape, dtype=np.uint8),
        )
