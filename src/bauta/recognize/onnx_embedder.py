"""Recognizers that consist of one ONNX graph from a batch of images to a batch of vectors."""

from collections.abc import Sequence
from pathlib import Path

import onnxruntime

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.face_view import FaceView
from bauta.inference.inputs import normalized_planes
from bauta.inference.onnx_session import open_session
from bauta.protocols import Floats, Images
from bauta.recognize.batches import BATCH, embed_batches


class OnnxEmbedder:
    """Embeds 112×112 RGB views of the ArcFace crop.

    Depending on the batch, an entry of a vector varies by less than 1e-5, because ONNX Runtime may choose
    other kernels for other batch sizes.

    Args:
        contract: Geometry of the crops.
        session: What `recognizer_session` opened.
        mean: Taken off the pixel values, 0 to 255.
        std: What they are then divided by.

    Attributes:
        dimensions: D, the length of a vector.
    """

    def __init__(
        self, contract: CropContract, session: onnxruntime.InferenceSession, *, mean: float, std: float
    ) -> None:
        self._session = session
        given = session.get_inputs()[0]
        self.dimensions: int = session.get_outputs()[0].shape[1]
        self._input = given.name
        self._batch = given.shape[0] if isinstance(given.shape[0], int) else BATCH
        self._contract, self._view = contract, FaceView()
        self._mean, self._std = mean, std

    def embed(self, crops: Images) -> Floats:
        """Compute unit vectors float32 (N, dimensions) of uint8 (N, size, size, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return embed_batches(
            crops,
            self._contract,
            self._view,
            lambda planes: self._session.run(None, {self._input: planes})[0],
            dimensions=self.dimensions,
            batch=self._batch,
            prepare=lambda views: normalized_planes(views, self._mean, self._std),
        )


def recognizer_session(path: Path) -> onnxruntime.InferenceSession:
    """Open a graph with one input (N, 3, 112, 112) and one output (N, D); N may be fixed.

    Raises:
        ModelError: the file is no ONNX graph, or has other inputs and outputs.
    """
    session = open_session(path)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shape, result = inputs[0].shape, outputs[0].shape
    if len(inputs) != 1 or len(outputs) != 1 or len(shape) != 4 or shape[1] != 3 or len(result) != 2:
        raise ModelError(
            f"{path}: expected a graph from (N, 3, 112, 112) to (N, D), got {shape} to {result}: "
            "is it the file of a recognizer?"
        )
    if not isinstance(result[1], int) or not _is_size(shape[2:], (112, 112)):
        raise ModelError(f"{path}: expected views of 112×112 and a fixed dimension, got {shape} to {result}")
    return session


def _is_size(shape: Sequence[int | str | None], size: tuple[int, int]) -> bool:
    """Whether a graph takes images of a size; a name stands for a side of any length."""
    return all(not isinstance(side, int) or side == wanted for side, wanted in zip(shape, size, strict=True))
