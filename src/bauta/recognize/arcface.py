"""InsightFace's ArcFace recognizers (Deng et al., ArcFace, CVPR 2019), 512 dimensions.

The networks see the 112-pixel ArcFace crop in RGB; `insightface.model_zoo.arcface_onnx.ArcFaceONNX` says how
they want it scaled: (x − 127.5) / 127.5, unless the graph normalises by itself. Its `get_feat` is not called,
as other vectors would come out: it rounds the input differently by 1.2e-7, which makes up to 3.5e-7 in an
entry of a unit vector (63 faces of LFW, the network of `mobilefacenet`), and it scales 16 views in 2.7 ms,
where `normalized_planes` takes 0.9 ms.
"""

import hashlib
from pathlib import Path

from insightface.model_zoo.arcface_onnx import ArcFaceONNX

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.models.store import ModelStore
from bauta.recognize.onnx_embedder import OnnxEmbedder, recognizer_session
from bauta.registry import Card

CARDS = (
    Card(
        name="arcface_glint",
        kind="recognizer",
        implementation="bauta.recognize.arcface:arcface_glint",
        about="ArcFace, ResNet-100 trained on Glint360K, of the pack antelopev2.",
        files=("arcface_glint",),
        gpu=True,
        source="Deng et al., ArcFace, CVPR 2019",
    ),
    Card(
        name="arcface_mbf",
        kind="recognizer",
        implementation="bauta.recognize.arcface:arcface_mbf",
        about="ArcFace, MobileFaceNet trained on WebFace600K, of the pack buffalo_s.",
        files=("arcface_mbf",),
        gpu=True,
        source="Deng et al., ArcFace, CVPR 2019",
    ),
    Card(
        name="arcface_r50",
        kind="recognizer",
        implementation="bauta.recognize.arcface:arcface_r50",
        about="ArcFace, ResNet-50 trained on WebFace600K, of the pack buffalo_l.",
        files=("arcface_r50",),
        gpu=True,
        source="Deng et al., ArcFace, CVPR 2019",
    ),
)

AURAFACE_SHA256 = "a7933ea5330113b01c9b60351d8f4c33003f145d8470ac5f0e52ee2effe25c60"
"""A file distributed as `glintr100.onnx` that is AuraFace: another model under another licence."""


def arcface_r50(contract: CropContract, models: ModelStore) -> OnnxEmbedder:
    """Load the ResNet-50 trained on WebFace600K, from the packs buffalo_l and buffalo_m.

    Raises:
        ModelError: the file is missing, is not the expected one, or is not a recognizer.
    """
    return _open(contract, models.path("arcface_r50"))


def arcface_mbf(contract: CropContract, models: ModelStore) -> OnnxEmbedder:
    """Load the MobileFaceNet trained on WebFace600K, from the packs buffalo_s and buffalo_sc.

    Raises:
        ModelError: the file is missing, is not the expected one, or is not a recognizer.
    """
    return _open(contract, models.path("arcface_mbf"))


def arcface_glint(contract: CropContract, models: ModelStore) -> OnnxEmbedder:
    """Load the ResNet-100 trained on Glint360K, from the pack antelopev2.

    Raises:
        ModelError: the file is missing, is AuraFace under this file's name, or is not a recognizer.
    """
    path = models.path("arcface_glint")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest == AURAFACE_SHA256:
        raise ModelError(
            f"model 'arcface_glint': {path} is AuraFace, which is distributed under this name: "
            "download glintr100.onnx from InsightFace's pack antelopev2"
        )
    return _open(contract, path)


def _open(contract: CropContract, path: Path) -> OnnxEmbedder:
    session = recognizer_session(path)
    network = ArcFaceONNX(model_file=str(path), session=session)
    return OnnxEmbedder(contract, session, mean=network.input_mean, std=network.input_std)
