"""Mini- and big-Xception (Arriaga, Valdenegro-Toro and Plöger, ESANN 2019), trained on FER-2013."""

import numpy as np

from bauta.contract import CropContract
from bauta.device import torch_device
from bauta.express.batches import predict_in_batches
from bauta.express.keras_graph import read_keras_graph
from bauta.express.network import run
from bauta.express.views import FER2013_BOX, FaceView
from bauta.labels import LABEL_SPACES
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images


class Xception:
    """Grey 64×64 views of FER-2013's frame, values in [−1, 1].

    A probability depends on the batch of its face by less than 1e-5.

    Args:
        contract: Geometry of the crops.
        models: Where the model's file is found.
        model: Name of the model.

    Attributes:
        space: Name of the label space.
        classes: Label of each column of `predict`.

    Raises:
        ModelError: the file is missing, is not the one that is expected, or is no such network.
    """

    space = "xception"
    view = FaceView(64, FER2013_BOX)

    def __init__(self, contract: CropContract, models: ModelStore, model: str) -> None:
        self.classes = LABEL_SPACES[self.space].classes
        self._contract = contract
        self._network = read_keras_graph(models.path(model)).eval().requires_grad_(False).to(torch_device())

    def predict(self, crops: Images) -> Floats:
        """Class probabilities float32 (N, 7), rows sum to 1, of uint8 (N, H, W, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return predict_in_batches(crops, self._contract, len(self.classes), self._logits)

    def _logits(self, crops: Images) -> Floats:
        views = self.view.grey(crops, self._contract)[:, None].astype(np.float32)
        return run(self._network, views / 127.5 - 1.0)


def mini_xception(contract: CropContract, models: ModelStore) -> Xception:
    """The smaller one, with residual depthwise convolutions of 16 to 128 channels."""
    return Xception(contract, models, "fer2013_mini_xception")


def big_xception(contract: CropContract, models: ModelStore) -> Xception:
    """The larger one, with residual depthwise convolutions of 128 and 256 channels."""
    return Xception(contract, models, "fer2013_big_xception")
