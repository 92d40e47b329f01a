"""MobileFaceNet (Chen et al., CCBR 2018, arXiv:1804.07573) with 128 dimensions, as an ONNX graph."""

from bauta.contract import CropContract
from bauta.models.store import ModelStore
from bauta.recognize.onnx_embedder import OnnxEmbedder


def mobilefacenet(contract: CropContract, models: ModelStore) -> OnnxEmbedder:
    """The network of diandianti/photo_analyze: the ArcFace crop in RGB, (x − 127.5) / 128.

    Raises:
        ModelError: the file is missing, is not the expected one, or is no recognizer.
    """
    return OnnxEmbedder(contract, models.path("mobilefacenet"), mean=127.5, std=128.0)
