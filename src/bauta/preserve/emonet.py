"""Valence and arousal by EmoNet, whose network predicts them beside the expressions."""

import numpy as np

from bauta.contract import CropContract
from bauta.express.emonet import EmoNet
from bauta.models.store import ModelStore
from bauta.preserve.presence import FacePresence
from bauta.preserve.quantities import pack
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARD = Card(
    name="emonet",
    kind="estimator",
    implementation="bauta.preserve.emonet:EmoNetEstimator",
    about="Valence and arousal, by EmoNet for eight expressions.",
    files=("emonet8",),
    gpu=True,
    source="Toisoul et al., Nature Machine Intelligence 3, 2021",
)


class EmoNetEstimator:
    """EmoNet where dlib's detector finds a face in the crop, as the network answers for anything.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the model's file.

    Raises:
        ModelError: the file is missing, is not the expected one, or lacks weights.
    """

    quantities = ("affect",)

    def __init__(self, contract: CropContract, models: ModelStore) -> None:
        self._network = EmoNet(contract, models, "emonet8")
        self._presence = FacePresence(contract)

    def estimate(self, crops: Images) -> Floats:
        """Estimate valence and arousal in uint8 (N, size, size, 3) RGB crops: float32 (N, 2), NaN if no face.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        affect = self._network.affect(crops)
        affect[~self._presence.of(crops)] = np.nan
        return pack(self.quantities, {"affect": affect})
