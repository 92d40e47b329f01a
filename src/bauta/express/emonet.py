"""EmoNet as a teacher of expressions in the wild, trained on AffectNet."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import nn

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.batches import BATCH, predict_in_batches
from bauta.express.emonet_network import EmoNetwork
from bauta.inference.face_view import FaceView, check_crops
from bauta.inference.gpu_memory import Halving
from bauta.inference.inputs import standardise
from bauta.inference.torch_network import load_strictly, run
from bauta.labels import LABEL_SPACES
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_weights
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARDS = (
    Card(
        name="emonet5",
        kind="teacher",
        implementation="bauta.express.emonet:emonet5",
        about="EmoNet for five expressions: neither fear nor disgust.",
        files=("emonet5",),
        gpu=True,
        space="emonet5",
        source="Toisoul et al., Nature Machine Intelligence 3, 2021",
    ),
    Card(
        name="emonet8",
        kind="teacher",
        implementation="bauta.express.emonet:emonet8",
        about="EmoNet for eight expressions.",
        files=("emonet8",),
        gpu=True,
        space="emonet8",
        source="Toisoul et al., Nature Machine Intelligence 3, 2021",
    ),
)


log = logging.getLogger(__name__)

COUNTER = "num_batches_tracked"
"""Buffers used only in training, which files of old versions of torch lack."""


LANDMARK_SQUARE = (-17.7, 5.9, 129.9, 153.5)
"""The square that EmoNet's official preprocessing cuts, in pixels of the 112-pixel ArcFace crop.

It is centred on the box around the 68 landmarks, and its side is the sum of the box's width and height
divided by 1.1; this is the median over 500 aligned photographs of LFW with dlib's landmarks. Its lowest 13 %
lie below bauta's crop and are black, as in the official code where the square leaves the photograph.
"""


class EmoNet:
    """EmoNet on RGB 256×256 views with values in [0, 1].

    Depending on the batch, a probability varies by less than 1e-5.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the model's file.
        space: `emonet8` or `emonet5`, which is also the name of the model.

    Attributes:
        space: Name of the label space.
        classes: Label of each column of `predict`.

    Raises:
        ModelError: the file is missing, is not the expected one, or lacks weights.
    """

    view = FaceView(256, 256, LANDMARK_SQUARE)

    def __init__(self, contract: CropContract, models: ModelStore, space: str) -> None:
        self.space = space
        self.classes = LABEL_SPACES[space].classes
        self._contract = contract
        path = models.path(space)
        network = EmoNetwork(len(self.classes))
        self._network = load_strictly(network, _state(load_weights(path), network), path)

    def predict(self, crops: Images) -> Floats:
        """Class probabilities float32 (N, K), whose rows sum to 1, of uint8 (N, H, W, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return predict_in_batches(crops, self._contract, len(self.classes), self._prepare, self._logits)

    def affect(self, crops: Images) -> Floats:
        """Valence and arousal float32 (N, 2) in [−1, 1] of uint8 (N, H, W, 3) RGB crops.

        They are clipped to the scale, as in the official evaluation.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
            GpuMemoryError: a single crop does not fit into the GPU's memory.
            ModelError: the network returns values that are not finite.
        """
        check_crops(crops, self._contract)
        answers_of, found = Halving(self._answers), np.empty((len(crops), 2), dtype=np.float32)
        for start in range(0, len(crops), BATCH):
            given = self._prepare(crops[start : start + BATCH])
            found[start : start + BATCH] = answers_of(given)[:, len(self.classes) :]
        if not np.isfinite(found).all():
            raise ModelError("emonet: valence or arousal is not finite; download its file again")
        return np.clip(found, -1.0, 1.0)

    def _prepare(self, crops: Images) -> Floats:
        return standardise(self.view.render(crops, self._contract), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))

    def _logits(self, given: Floats) -> Floats:
        return self._answers(given)[:, : len(self.classes)]

    def _answers(self, given: Floats) -> Floats:
        """Logits, valence and arousal (N, classes + 2)."""
        return run(self._network, given)


def _state(content: Mapping[str, Any], network: nn.Module) -> dict[str, Any]:
    """Map the tensors of an official file to the network's names.

    The official code loads with `strict=False`. Here every weight must be present; only the counters of the
    batch normalisations may be missing, and tensors unknown to the network are named in the log.
    """
    own = network.state_dict()
    given = {name.removeprefix("module."): tensor for name, tensor in content.items()}
    superfluous = sorted(set(given) - set(own))
    if superfluous:
        log.warning("EmoNet does not use %d tensors of its file: %s", len(superfluous), superfluous[:5])
    counters = {name: own[name] for name in own if name.endswith(COUNTER)}
    return {**counters, **{name: tensor for name, tensor in given.items() if name in own}}


def emonet8(contract: CropContract, models: ModelStore) -> EmoNet:
    """Load EmoNet trained for 8 expressions."""
    return EmoNet(contract, models, "emonet8")


def emonet5(contract: CropContract, models: ModelStore) -> EmoNet:
    """Load EmoNet trained for 5 expressions, which knows neither fear nor disgust."""
    return EmoNet(contract, models, "emonet5")
