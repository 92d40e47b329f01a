"""The control that removes everything; every attack on it must perform at chance."""

import numpy as np

from bauta.anonymize.classical.settings import BlackoutSetting
from bauta.contract import CropContract, Status
from bauta.protocols import AnonymizedBatch, FaceBatch
from bauta.registry import Card

CARD = Card(
    name="blackout",
    kind="anonymizer",
    implementation="bauta.anonymize.classical.blackout:Blackout",
    about="Control: a black crop.",
    settings="bauta.anonymize.classical.settings:BlackoutSetting",
)


class Blackout:
    """Makes the whole crop black, hair and background too; it sees nothing of the face.

    Args:
        setting: Empty, as there are no options.
        contract: Geometry of the crops.
    """

    def __init__(self, setting: BlackoutSetting, contract: CropContract) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Return black uint8 (N, size, size, 3) crops, status ok, mask 1 everywhere; `seed` has no effect."""
        shape = (len(batch), self.contract.size, self.contract.size)
        return AnonymizedBatch(
            images=np.zeros((*shape, 3), dtype=np.uint8),
            status=np.full(len(batch), Status.OK.code, dtype=np.uint8),
            mask=np.ones(shape, dtype=np.uint8),
        )
