"""MobileFaceNet (Chen et al., CCBR 2018, arXiv:1804.07573) with 128 dimensions, as an ONNX graph."""

from bauta.contract import CropContract
from bauta.models.store import ModelStore
from bauta.recognize.onnx_embedder import OnnxEmbedder, recognizer_session
from bauta.registry import Card

CARD = Card(
    name="mobilefacenet",
    kind="recognizer",
    implementation="bauta.recognize.mobilefacenet:mobilefacenet",
    about="MobileFaceNet of diandianti/photo_analyze, 128 dimensions.",
    files=("mobilefacenet",),
    gpu=True,
    source="Chen et al., MobileFaceNets, CCBR 2018",
)


def mobilefacenet(contract: CropContract, models: ModelStore) -> OnnxEmbedder:
    """Load the network of diandianti/photo_analyze, which sees the ArcFace crop in RGB, (x − 127.5) / 128.

    Raises:
        ModelError: the file is missing, is not the expected one, or is not a recognizer.
    """
    return OnnxEmbedder(contract, recognizer_session(models.path("mobilefacenet")), mean=127.5, std=128.0)
