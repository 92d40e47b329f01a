"""The control that changes nothing; its scores must equal the clear baseline."""

import numpy as np

from bauta.anonymize.classical.settings import IdentitySetting
from bauta.contract import CropContract, Status
from bauta.protocols import AnonymizedBatch, FaceBatch
from bauta.registry import Card

CARD = Card(
    name="identity",
    kind="anonymizer",
    implementation="bauta.anonymize.classical.identity:Identity",
    about="Control: the unchanged crop.",
    sees=("images",),
    settings="bauta.anonymize.classical.settings:IdentitySetting",
)


class Identity:
    """Returns every crop bit for bit; the only backend that is meant to pass pixels on.

    Args:
        setting: Empty, as there are no options.
        contract: Geometry of the crops.
    """

    def __init__(self, setting: IdentitySetting, contract: CropContract) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Copy uint8 (N, size, size, 3) crops with status ok and mask 1 everywhere; `seed` has no effect."""
        images = np.array(batch.images, dtype=np.uint8)
        return AnonymizedBatch(
            images=images,
            status=np.full(len(batch), Status.OK.code, dtype=np.uint8),
            mask=np.ones(images.shape[:3], dtype=np.uint8),
        )
