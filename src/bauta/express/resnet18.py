"""The teacher that bauta trains itself, run by ONNX Runtime.

Inference does not need torch: importing it takes ten times as long as importing ONNX Runtime, and a run has
one short inference job for each anonymized set.
"""

from pathlib import Path
from typing import Any, Self

import numpy as np
from scipy.special import softmax

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.card import WEIGHTS, TeacherCard
from bauta.memory import Halving
from bauta.models.onnx import open_session
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images

BATCH = 64
SHIPPED = "resnet18_fer2013"


class ResNet18Teacher:
    """A narrow ResNet-18 (He et al., CVPR 2016) on grey views, temperature-scaled.

    The probabilities of a face do not depend on its batch, nor on the number of threads.

    Attributes:
        card: What the weights are.
        space: Name of the label space.
        classes: Label of each column of `predict`.
    """

    space = "fer2013"

    def __init__(self, card: TeacherCard, contract: CropContract, session: Any) -> None:
        self.card = card
        self.classes = card.classes
        self._contract = contract
        self._session = session

    @classmethod
    def load(cls, path: Path | str, contract: CropContract, *, threads: int = 1) -> Self:
        """Load trained weights and their card.

        Args:
            path: Folder with `weights.onnx` and `card.json`, as `train_teacher` writes it.
            contract: Geometry of the crops that will be read.
            threads: CPU threads for inference.

        Raises:
            ModelError: a file is missing, is not what its card says, or was trained on other crops.
        """
        path = Path(path)
        card = TeacherCard.read(path)
        if card.contract != contract:
            raise ModelError(
                f"teacher: {path} was trained on crops of {card.contract}, "
                f"got {contract}; train the teacher on these crops"
            )
        return cls(card, contract, open_session(path / WEIGHTS, threads=threads))

    def predict(self, crops: Images) -> Floats:
        """Class probabilities float32 (N, 7), rows sum to 1, of uint8 (N, H, W, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape.
        """
        probabilities = np.empty((len(crops), len(self.classes)), dtype=np.float32)
        logits_of = Halving(lambda views: self._session.run(None, {"views": views})[0])
        for start in range(0, len(crops), BATCH):
            views = self.card.view.render(crops[start : start + BATCH], self._contract)
            logits = logits_of(views[:, None].astype(np.float32) / 255.0)
            probabilities[start : start + BATCH] = softmax(
                logits.astype(np.float64) / self.card.temperature, axis=1
            )
        return probabilities


def resnet18_fer2013(contract: CropContract, models: ModelStore) -> ResNet18Teacher:
    """The teacher that comes with bauta; its view is cut from crops of any size and margin that hold it.

    Args:
        contract: Geometry of the crops that will be read.
        models: Where the weights are found.

    Raises:
        ModelError: the weights are missing or are not the ones that are expected.
    """
    weights = models.path(SHIPPED)
    return ResNet18Teacher(TeacherCard.read(weights.parent), contract, open_session(weights))
