"""DDAMFN++ as a teacher of expressions in the wild, trained on RAF-DB or AffectNet."""

import re
from collections.abc import Mapping

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.batches import predict_in_batches
from bauta.express.ddamfn_network import DdamfnNetwork
from bauta.inference.face_view import FaceView
from bauta.inference.inputs import IMAGENET_MEAN, IMAGENET_STD, standardise
from bauta.inference.torch_network import load_strictly, run, without
from bauta.labels import LABEL_SPACES
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_weights
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARDS = (
    Card(
        name="ddamfn_rafdb",
        kind="teacher",
        implementation="bauta.express.ddamfn:ddamfn_rafdb",
        about="DDAMFN++ trained on RAF-DB.",
        files=("ddamfn_rafdb",),
        gpu=True,
        space="ddamfn_rafdb",
        source="Zhang et al., Electronics 12(17), 2023",
    ),
    Card(
        name="ddamfn_affectnet7",
        kind="teacher",
        implementation="bauta.express.ddamfn:ddamfn_affectnet7",
        about="DDAMFN++ trained on AffectNet, without contempt.",
        files=("ddamfn_affectnet7",),
        gpu=True,
        space="ddamfn_affectnet7",
        source="Zhang et al., Electronics 12(17), 2023",
    ),
    Card(
        name="ddamfn_affectnet8",
        kind="teacher",
        implementation="bauta.express.ddamfn:ddamfn_affectnet8",
        about="DDAMFN++ trained on AffectNet.",
        files=("ddamfn_affectnet8",),
        gpu=True,
        space="ddamfn_affectnet8",
        source="Zhang et al., Electronics 12(17), 2023",
    ),
)


UNUSED = re.compile(r"features\..*\.conv_dw\.(bn|prelu)\..*|cat_head[01]\.CoordAtt\.Linear\..*|bn\.[a-z_]*")
"""Tensors in the official files that the official code never uses."""

FRONTAL_TEMPLATE = ((33.566, 40.559), (78.321, 40.559), (55.338, 64.967), (38.479, 90.276), (73.591, 90.276))
"""Five points of a frontal face in the 112-pixel images that DDAMFN++ was trained on."""

FRONTAL_BOX = (10.19, 18.41, 101.21, 109.42)
"""The frame of those images in pixels of the ArcFace crop: the similarity of the templates, without rotation.

The official alignment has five templates and uses the one that fits best; bauta's crops are already aligned,
so the view is that of the frontal one, also for a face in profile.
"""


class Ddamfn:
    """DDAMFN++ on RGB 112×112 views with ImageNet's mean and standard deviation.

    Depending on the batch, a probability varies by less than 1e-5.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the model's file.
        space: Name of the label space, which is also the name of the model.

    Attributes:
        space: Name of the label space.
        classes: Label of each column of `predict`. The official files for RAF-DB have AffectNet's order, as
            the authors' confusion matrix beside them shows.

    Raises:
        ModelError: the file is missing, is not the expected one, or holds another network.
    """

    view = FaceView(112, 112, FRONTAL_BOX)

    def __init__(self, contract: CropContract, models: ModelStore, space: str) -> None:
        self.space = space
        self.classes = LABEL_SPACES[space].classes
        self._contract = contract
        path = models.path(space)
        content = load_weights(path)
        state = content.get("model_state_dict")
        if not isinstance(state, Mapping):
            raise ModelError(
                f"{path}: expected 'model_state_dict' as in DDAMFN's files, got {sorted(content)[:5]}"
            )
        network = DdamfnNetwork(len(self.classes))
        self._network = load_strictly(network, without(state, UNUSED), path)

    def predict(self, crops: Images) -> Floats:
        """Class probabilities float32 (N, K), whose rows sum to 1, of uint8 (N, H, W, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return predict_in_batches(crops, self._contract, len(self.classes), self._logits)

    def _logits(self, crops: Images) -> Floats:
        views = self.view.render(crops, self._contract)
        return run(self._network, standardise(views, IMAGENET_MEAN, IMAGENET_STD))


def ddamfn_rafdb(contract: CropContract, models: ModelStore) -> Ddamfn:
    """Load DDAMFN++ trained on RAF-DB, 7 classes."""
    return Ddamfn(contract, models, "ddamfn_rafdb")


def ddamfn_affectnet7(contract: CropContract, models: ModelStore) -> Ddamfn:
    """Load DDAMFN++ trained on AffectNet, 7 classes, without contempt."""
    return Ddamfn(contract, models, "ddamfn_affectnet7")


def ddamfn_affectnet8(contract: CropContract, models: ModelStore) -> Ddamfn:
    """Load DDAMFN++ trained on AffectNet, 8 classes."""
    return Ddamfn(contract, models, "ddamfn_affectnet8")
