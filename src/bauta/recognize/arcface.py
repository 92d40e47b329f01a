"""InsightFace's ArcFace recognizers (Deng et al., ArcFace, CVPR 2019), 512 dimensions.

The networks see the 112-pixel ArcFace crop in RGB, (x − 127.5) / 127.5 unless the graph normalises by itself.
"""

import hashlib
from pathlib import Path

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.models.store import ModelStore
from bauta.recognize.onnx_embedder import OnnxEmbedder, normalises_its_input

AURAFACE_SHA256 = "a7933ea5330113b01c9b60351d8f4c33003f145d8470ac5f0e52ee2effe25c60"
"""A file that is passed around as `glintr100.onnx` and is AuraFace: another model under another licence."""


def arcface_r50(contract: CropContract, models: ModelStore) -> OnnxEmbedder:
    """ResNet-50 trained on WebFace600K, of the packs buffalo_l and buffalo_m.

    Raises:
        ModelError: the file is missing, is not the expected one, or is no recognizer.
    """
    return _open(contract, models.path("arcface_r50"))


def arcface_mbf(contract: CropContract, models: ModelStore) -> OnnxEmbedder:
    """MobileFaceNet trained on WebFace600K, of the packs buffalo_s and buffalo_sc.

    Raises:
        ModelError: the file is missing, is not the expected one, or is no recognizer.
    """
    return _open(contract, models.path("arcface_mbf"))


def arcface_glint(contract: CropContract, models: ModelStore) -> OnnxEmbedder:
    """ResNet-100 trained on Glint360K, of the pack antelopev2.

    Raises:
        ModelError: the file is missing, is AuraFace under this file's name, or is no recognizer.
    """
    path = models.path("arcface_glint")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest == AURAFACE_SHA256:
        raise ModelError(
            f"model 'arcface_glint': {path} is AuraFace, which is passed around under this name: "
            "get glintr100.onnx from InsightFace's pack antelopev2"
        )
    return _open(contract, path)


def _open(contract: CropContract, path: Path) -> OnnxEmbedder:
    mean, std = (0.0, 1.0) if normalises_its_input(path) else (127.5, 127.5)
    return OnnxEmbedder(contract, path, mean=mean, std=std)
