"""DDAMFN++ as a teacher of expressions in the wild, trained on RAF-DB or AffectNet."""

import re

from bauta.contract import CropContract
from bauta.express.ddamfn_network import DdamfnNetwork
from bauta.express.torch_teacher import TorchTeacher, model_state
from bauta.inference.face_view import FaceView
from bauta.inference.torch_network import load_strictly, without
from bauta.labels import LABEL_SPACES
from bauta.models.store import ModelStore
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


VIEW = FaceView(112, 112, FRONTAL_BOX)


def open_ddamfn(contract: CropContract, models: ModelStore, space: str) -> TorchTeacher:
    """Load DDAMFN++ on RGB 112×112 views with ImageNet's mean and standard deviation.

    The official files for RAF-DB have AffectNet's order of classes, as the authors' confusion matrix beside
    them shows.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the model's file.
        space: Name of the label space, which is also the name of the model.

    Raises:
        ModelError: the file is missing, is not the expected one, or holds another network.
    """
    path = models.path(space)
    network = DdamfnNetwork(len(LABEL_SPACES[space].classes))
    state = without(model_state(path, "DDAMFN"), UNUSED)
    return TorchTeacher(load_strictly(network, state, path), VIEW, space, contract)


def ddamfn_rafdb(contract: CropContract, models: ModelStore) -> TorchTeacher:
    """Load DDAMFN++ trained on RAF-DB, 7 classes."""
    return open_ddamfn(contract, models, "ddamfn_rafdb")


def ddamfn_affectnet7(contract: CropContract, models: ModelStore) -> TorchTeacher:
    """Load DDAMFN++ trained on AffectNet, 7 classes, without contempt."""
    return open_ddamfn(contract, models, "ddamfn_affectnet7")


def ddamfn_affectnet8(contract: CropContract, models: ModelStore) -> TorchTeacher:
    """Load DDAMFN++ trained on AffectNet, 8 classes."""
    return open_ddamfn(contract, models, "ddamfn_affectnet8")
