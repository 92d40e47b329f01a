"""EmoNet as a teacher: expressions of faces in the wild, trained on AffectNet."""

import logging
from collections.abc import Mapping
from typing import Any

from torch import nn

from bauta.contract import CropContract
from bauta.express.batches import predict_in_batches, standardise
from bauta.express.emonet_network import EmoNetwork
from bauta.express.network import load_strictly, run
from bauta.express.views import FaceView
from bauta.labels import LABEL_SPACES
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_weights
from bauta.protocols import Floats, Images

log = logging.getLogger(__name__)

COUNTER = "num_batches_tracked"
"""Buffers that only training uses, and that files of old versions of torch do not have."""


LANDMARK_SQUARE = (-17.7, 5.9, 129.9, 153.5)
"""The square that EmoNet's own preparation cuts, in pixels of the 112-pixel ArcFace crop.

It is centred on the box round the 68 landmarks and its side is the box's width and height together divided by
1.1; this is the median over 500 aligned photographs of LFW with dlib's landmarks. Its lowest 13 % lie under
bauta's crop and are black, as in the official code where the square leaves the photograph.
"""


class EmoNet:
    """RGB 256×256 views, values in [0, 1].

    A probability depends on the batch of its face
    by less than 1e-5.

    Args:
        contract: Geometry of the crops.
        models: Where the model's file is found.
        space: `emonet8` or `emonet5`, also the name of the model.

    Attributes:
        space: Name of the label space.
        classes: Label of each column of `predict`.

    Raises:
        ModelError: the file is missing, is not the one that is expected, or lacks weights.
    """

    view = FaceView(256, LANDMARK_SQUARE)

    def __init__(self, contract: CropContract, models: ModelStore, space: str) -> None:
        self.space = space
        self.classes = LABEL_SPACES[space].classes
        self._contract = contract
        path = models.path(space)
        network = EmoNetwork(len(self.classes))
        self._network = load_strictly(network, _state(load_weights(path), network), path)

    def predict(self, crops: Images) -> Floats:
        """Class probabilities float32 (N, K), rows sum to 1, of uint8 (N, H, W, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return predict_in_batches(crops, self._contract, len(self.classes), self._logits)

    def _logits(self, crops: Images) -> Floats:
        views = self.view.colour(crops, self._contract)
        answers = run(self._network, standardise(views, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))
        return answers[:, : len(self.classes)]


def _state(content: Mapping[str, Any], network: nn.Module) -> dict[str, Any]:
    """The tensors of an official file under the network's names.

    The official code loads with `strict=False`. Here every weight must be there; only the counters of the
    batch normalisations may be missing, and tensors that the network has no place for are named in the log.
    """
    own = network.state_dict()
    given = {name.removeprefix("module."): tensor for name, tensor in content.items()}
    superfluous = sorted(set(given) - set(own))
    if superfluous:
        log.warning("EmoNet has no place for %d tensors of its file: %s", len(superfluous), superfluous[:5])
    counters = {name: own[name] for name in own if name.endswith(COUNTER)}
    return {**counters, **{name: tensor for name, tensor in given.items() if name in own}}


def emonet8(contract: CropContract, models: ModelStore) -> EmoNet:
    """Trained for 8 expressions."""
    return EmoNet(contract, models, "emonet8")


def emonet5(contract: CropContract, models: ModelStore) -> EmoNet:
    """Trained for 5 expressions; it knows neither fear nor disgust."""
    return EmoNet(contract, models, "emonet5")
