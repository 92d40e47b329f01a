"""Mini- and big-Xception (Arriaga, Valdenegro-Toro and Plöger, ESANN 2019), trained on FER-2013."""

import numpy as np

from bauta.contract import CropContract
from bauta.express.batches import predict_in_batches
from bauta.express.keras_graph import read_keras_graph
from bauta.inference.device import torch_device
from bauta.inference.face_view import FER2013_BOX, FaceView
from bauta.inference.torch_network import run
from bauta.labels import LABEL_SPACES
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARDS = (
    Card(
        name="big_xception",
        kind="teacher",
        implementation="bauta.express.xception:big_xception",
        about="Big Xception trained on FER-2013.",
        files=("fer2013_big_xception",),
        gpu=True,
        space="xception",
        source="Arriaga, Valdenegro-Toro and Plöger, ESANN 2019",
    ),
    Card(
        name="mini_xception",
        kind="teacher",
        implementation="bauta.express.xception:mini_xception",
        about="Mini Xception trained on FER-2013.",
        files=("fer2013_mini_xception",),
        gpu=True,
        space="xception",
        source="Arriaga, Valdenegro-Toro and Plöger, ESANN 2019",
    ),
)


class Xception:
    """Mini- or big-Xception on grey 64×64 views of FER-2013's frame with values in [−1, 1].

    Depending on the batch, a probability varies by less than 1e-5.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the model's file.
        model: Name of the model.

    Attributes:
        space: Name of the label space.
        classes: Label of each column of `predict`.

    Raises:
        ModelError: the file is missing, is not the expected one, or is not such a network.
    """

    space = "xception"
    view = FaceView(64, 64, FER2013_BOX)

    def __init__(self, contract: CropContract, models: ModelStore, model: str) -> None:
        self.classes = LABEL_SPACES[self.space].classes
        self._contract = contract
        self._network = read_keras_graph(models.path(model)).eval().requires_grad_(False).to(torch_device())

    def predict(self, crops: Images) -> Floats:
        """Class probabilities float32 (N, 7), whose rows sum to 1, of uint8 (N, H, W, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return predict_in_batches(
            crops, self._contract, len(self.classes), self._prepare, lambda given: run(self._network, given)
        )

    def _prepare(self, crops: Images) -> Floats:
        return self.view.grey(crops, self._contract)[:, None].astype(np.float32) / 127.5 - 1.0


def mini_xception(contract: CropContract, models: ModelStore) -> Xception:
    """Load the smaller network, with residual depthwise convolutions of 16 to 128 channels."""
    return Xception(contract, models, "fer2013_mini_xception")


def big_xception(contract: CropContract, models: ModelStore) -> Xception:
    """Load the larger network, with residual depthwise convolutions of 128 and 256 channels."""
    return Xception(contract, models, "fer2013_big_xception")
