"""POSTER++ (POSTER V2) as a teacher of expressions in the wild, trained on RAF-DB or AffectNet."""

import re
from collections.abc import Mapping
from typing import Any

from bauta.contract import CropContract
from bauta.express.poster_network import PosterNetwork
from bauta.express.torch_teacher import TorchTeacher
from bauta.inference.face_view import FER2013_BOX, FaceView
from bauta.inference.torch_network import load_strictly, without
from bauta.labels import LABEL_SPACES
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_lightning
from bauta.registry import Card

CARDS = (
    Card(
        name="poster_rafdb",
        kind="teacher",
        implementation="bauta.express.poster:poster_rafdb",
        about="POSTER++ trained on RAF-DB.",
        files=("poster_rafdb",),
        gpu=True,
        space="poster_rafdb",
        source="Mao et al., POSTER++, Pattern Recognition 157, 2025",
    ),
    Card(
        name="poster_affectnet7",
        kind="teacher",
        implementation="bauta.express.poster:poster_affectnet7",
        about="POSTER++ trained on AffectNet, without contempt.",
        files=("poster_affectnet7",),
        gpu=True,
        space="poster_affectnet7",
        source="Mao et al., POSTER++, Pattern Recognition 157, 2025",
    ),
    Card(
        name="poster_affectnet8",
        kind="teacher",
        implementation="bauta.express.poster:poster_affectnet8",
        about="POSTER++ trained on AffectNet.",
        files=("poster_affectnet8",),
        gpu=True,
        space="poster_affectnet8",
        source="Mao et al., POSTER++, Pattern Recognition 157, 2025",
    ),
)


UNUSED = re.compile(
    r"(face_landback|ir_back)\.output_layer\..*|attn[123]\.relative_position_index|"
    r"VIT\.(patch_embed|eca_block|CON1|IRLinear1|IRLinear2|blocks\.[01]\.conv)\..*"
)
"""Tensors in the official files that the official code never uses, and one that holds no weights."""


VIEW = FaceView(224, 224, FER2013_BOX)


def open_poster(contract: CropContract, models: ModelStore, space: str) -> TorchTeacher:
    """Load POSTER++ on RGB 224×224 views with ImageNet's mean and standard deviation.

    It was trained on the aligned images of RAF-DB and the faces of AffectNet, resized to 224 pixels without a
    further cut; the view is FER-2013's frame, as for DAN, which was trained on the same images. The official
    code names no classes: they are folders in the order of their names, which are the codes of RAF-DB and
    AffectNet.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the model's file.
        space: Name of the label space, which is also the name of the model.

    Raises:
        ModelError: the file is missing, is not the expected one, or holds another network.
    """
    path = models.path(space)
    network = PosterNetwork(len(LABEL_SPACES[space].classes))
    return TorchTeacher(load_strictly(network, _state(load_lightning(path)), path), VIEW, space, contract)


def _state(content: Mapping[str, Any]) -> dict[str, Any]:
    """The used tensors of an official file, saved from a data-parallel model, by the network's names."""
    return without({name.removeprefix("module."): tensor for name, tensor in content.items()}, UNUSED)


def poster_rafdb(contract: CropContract, models: ModelStore) -> TorchTeacher:
    """Load POSTER++ trained on RAF-DB, 7 classes."""
    return open_poster(contract, models, "poster_rafdb")


def poster_affectnet7(contract: CropContract, models: ModelStore) -> TorchTeacher:
    """Load POSTER++ trained on AffectNet, 7 classes, without contempt."""
    return open_poster(contract, models, "poster_affectnet7")


def poster_affectnet8(contract: CropContract, models: ModelStore) -> TorchTeacher:
    """Load POSTER++ trained on AffectNet, 8 classes."""
    return open_poster(contract, models, "poster_affectnet8")
