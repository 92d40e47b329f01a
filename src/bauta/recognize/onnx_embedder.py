"""Recognizers that are one ONNX graph from a batch of images to a batch of vectors."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import onnx

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.models.network_input import normalized_planes
from bauta.models.onnx import open_session
from bauta.protocols import Floats, Images
from bauta.recognize.views import BATCH, FaceView, embed_batches


class OnnxEmbedder:
    """Embeds 112×112 RGB views of the ArcFace crop.

    A vector depends on its batch by less than 1e-5 in each entry, as ONNX Runtime may choose other kernels
    for other batch sizes.

    Args:
        contract: Geometry of the crops.
        path: The graph, one input (N, 3, 112, 112) and one output (N, D); N may be fixed to 1.
        mean: Taken off the pixel values, 0 to 255.
        std: What they are then divided by.

    Attributes:
        dimensions: D.

    Raises:
        ModelError: the file is no ONNX graph, or has other inputs and outputs.
    """

    def __init__(self, contract: CropContract, path: Path, *, mean: float, std: float) -> None:
        self._session = open_session(path)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        shape, result = inputs[0].shape, outputs[0].shape
        if len(inputs) != 1 or len(shape) != 4 or shape[1] != 3 or len(result) != 2:
            raise ModelError(
                f"{path}: expected a graph from (N, 3, 112, 112) to (N, D), got {shape} to {result}: "
                "is it the file of a recognizer?"
            )
        if not isinstance(result[1], int) or not _is_size(shape[2:], (112, 112)):
            raise ModelError(
                f"{path}: expected views of 112×112 and a fixed dimension, got {shape} to {result}"
            )
        self.dimensions: int = result[1]
        self._input = inputs[0].name
        self._batch = shape[0] if isinstance(shape[0], int) else BATCH
        self._contract, self._view = contract, FaceView()
        self._mean, self._std = mean, std

    def embed(self, crops: Images) -> Floats:
        """Unit vectors float32 (N, dimensions) of uint8 (N, size, size, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return embed_batches(
            crops, self._contract, self._view, self._forward, dimensions=self.dimensions, batch=self._batch
        )

    def _forward(self, views: Images) -> Floats:
        blob = normalized_planes(views, self._mean, self._std)
        return self._session.run(None, {self._input: blob})[0]


def normalises_its_input(path: Path) -> bool:
    """Whether a graph begins with a subtraction and a multiplication, and so takes values of 0 to 255.

    Exports from MXNet hold their normalisation; InsightFace's `ArcFaceONNX` tells them in the same way.
    """
    nodes = onnx.load(path, load_external_data=False).graph.node
    operations = (node.op_type for node in nodes if node.op_type != "Constant")
    return list(islice(operations, 2)) == ["Sub", "Mul"]


def _is_size(shape: Sequence[int | str | None], size: tuple[int, int]) -> bool:
    """Whether a graph takes images of a size; names stand for sides that may have any length."""
    return all(not isinstance(side, int) or side == wanted for side, wanted in zip(shape, size, strict=True))
