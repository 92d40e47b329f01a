"""Teachers that consist of one PyTorch network on a view of the crop, standardised as ImageNet's pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.batches import predict_in_batches
from bauta.inference.face_view import FaceView
from bauta.inference.inputs import IMAGENET_MEAN, IMAGENET_STD, standardise
from bauta.inference.torch_network import run
from bauta.labels import LABEL_SPACES
from bauta.models.torch_weights import load_weights
from bauta.protocols import Floats, Images


class TorchTeacher:
    """Predicts expressions with a network from RGB views to logits.

    Depending on the batch, a probability varies by less than 1e-5.

    Args:
        network: The network with its weights.
        view: What the network sees of a crop.
        space: Name of the label space.
        contract: Geometry of the crops.

    Attributes:
        space: Name of the label space.
        classes: Label of each column of `predict`.
    """

    def __init__(self, network: nn.Module, view: FaceView, space: str, contract: CropContract) -> None:
        self.space = space
        self.classes = LABEL_SPACES[space].classes
        self._network = network
        self._view = view
        self._contract = contract

    def predict(self, crops: Images) -> Floats:
        """Class probabilities float32 (N, K), whose rows sum to 1, of uint8 (N, H, W, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return predict_in_batches(
            crops, self._contract, len(self.classes), self._prepare, lambda given: run(self._network, given)
        )

    def _prepare(self, crops: Images) -> Floats:
        return standardise(self._view.render(crops, self._contract), IMAGENET_MEAN, IMAGENET_STD)


def model_state(path: Path, program: str) -> Mapping[str, Any]:
    """Read the tensors of an official file that holds them as `model_state_dict`.

    Args:
        path: The file.
        program: Whose file it is, for the message.

    Raises:
        ModelError: the file is damaged, or holds no such tensors.
    """
    content = load_weights(path)
    state = content.get("model_state_dict")
    if not isinstance(state, Mapping):
        raise ModelError(
            f"{path}: expected 'model_state_dict' as in {program}'s files, got {sorted(content)[:5]}"
        )
    return state
