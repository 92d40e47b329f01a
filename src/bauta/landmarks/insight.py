"""InsightFace's landmark networks (Guo et al., InsightFace project): 106 points, or 68 points with depth.

`insightface.model_zoo.landmark.Landmark` says how a graph wants its view scaled, and which points it gives.
Its `get` is not called, as other points would come out: it shrinks the view without a filter, so that on 63
aligned faces of LFW one value in a hundred differs by 3 grey levels or more, and one by 48. It also takes one
face at a time, and fits a head pose to points with depth: 0.86 of the speed, round a small network.
"""

from pathlib import Path

import numpy as np
from insightface.model_zoo.landmark import Landmark
from numpy.typing import NDArray

from bauta.alignment.crop import Warp
from bauta.contract import CropContract
from bauta.errors import DataError, ModelError
from bauta.inference.gpu_memory import Halving
from bauta.inference.inputs import normalized_planes
from bauta.inference.onnx_session import open_session
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARDS = (
    Card(
        name="insight106",
        kind="landmarker",
        implementation="bauta.landmarks.insight:insight106",
        about="106 points in the plane, of the packs buffalo_l and buffalo_s.",
        files=("insight_2d106",),
        gpu=True,
        source="Guo et al., InsightFace project",
    ),
    Card(
        name="insight68_3d",
        kind="landmarker",
        implementation="bauta.landmarks.insight:insight68_3d",
        about="The 68 iBUG points with depth, of the packs buffalo_l and buffalo_s.",
        files=("insight_1k3d68",),
        gpu=True,
        source="Guo et al., InsightFace project",
    ),
)


FACE_BOX = (16.0, 7.7, 96.5, 120.2)
"""The box of the face in pixels of the 112-pixel ArcFace crop; the networks start from SCRFD's box.

This is the median of SCRFD-500M's boxes on 200 aligned photographs of LFW.
"""

CONTEXT = 1.5
"""Side of a network's view relative to the longer side of the box, as in InsightFace's `Landmark.get`."""

SIZE = 192
BATCH = 16


class InsightLandmarks:
    """A network that regresses points in its square view, in units in which the view spans −1 to 1.

    Depending on the batch, a point varies by less than 0.01 crop pixels, because ONNX Runtime may choose
    other kernels for other batch sizes.

    Args:
        contract: Geometry of the crops.
        path: The graph, from (N, 3, 192, 192) to (N, K).
        task: What it finds, as InsightFace names it: `landmark_2d_106`, or `landmark_3d_68`, which are the
            last 68 of the graph's 1,103 points.

    Attributes:
        points: Number of points P.

    Raises:
        ModelError: the file is not an ONNX graph, or has other inputs and outputs.
    """

    def __init__(self, contract: CropContract, path: Path, task: str) -> None:
        self._contract = contract
        self._session = open_session(path)
        given, answers = self._session.get_inputs()[0], [out.shape for out in self._session.get_outputs()]
        numbers = answers[0][-1] if [len(shape) for shape in answers] == [2] else None
        if given.shape[1:] != [3, SIZE, SIZE] or not isinstance(numbers, int):
            raise ModelError(
                f"{path}: expected a graph from (N, 3, {SIZE}, {SIZE}) to (N, K), "
                f"got {given.shape} to {answers}: is it the file of another model?"
            )
        network = Landmark(model_file=str(path), session=self._session)
        if network.taskname != task or numbers % network.lmk_dim:
            raise ModelError(
                f"{path}: expected a graph for {task}, got {network.taskname} of {numbers} numbers: "
                "is it the file of another model?"
            )
        self.points: int = network.lmk_num
        self._dimensions: int = network.lmk_dim
        self._input = given.name
        self._batch = given.shape[0] if isinstance(given.shape[0], int) else BATCH
        self._mean, self._std = network.input_mean, network.input_std

    def locate(self, crops: Images) -> Floats:
        """Landmarks float32 (N, P, 2) in crop pixels of uint8 (N, size, size, 3) RGB crops; always found.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return np.ascontiguousarray(self.locate_in_space(crops)[:, :, :2])

    def locate_in_space(self, crops: Images) -> Floats:
        """Landmarks float32 (N, P, 2 or 3) in crop pixels; depth increases away from the camera.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        side = self._contract.size
        if crops.shape[1:] != (side, side, 3) or crops.dtype != np.uint8:
            raise DataError(
                f"landmarker: expected uint8 crops (N, {side}, {side}, 3), got {crops.dtype} {crops.shape}; "
                "recompute the crops with this contract"
            )
        matrix = view_matrix(self._contract)
        found = np.empty((len(crops), self.points, self._dimensions), dtype=np.float32)
        answer_of = Halving(lambda blob: self._session.run(None, {self._input: blob})[0])
        warp = Warp.of(matrix, SIZE, (side, side))
        for start in range(0, len(crops), self._batch):
            views = [warp.apply(crop) for crop in crops[start : start + self._batch]]
            blob = normalized_planes(np.stack(views), self._mean, self._std)
            answer = answer_of(blob).reshape(len(views), -1, self._dimensions)
            found[start : start + len(views)] = answer[:, -self.points :]
        found[..., :2] += 1.0
        found *= SIZE / 2
        found[..., :2] -= matrix[:, 2].astype(np.float32)
        return found / np.float32(matrix[0, 0])


def view_matrix(contract: CropContract) -> NDArray[np.float64]:
    """2×3 affine from crop pixels to pixels of a network's view.

    InsightFace scales in pixel coordinates, so the centre of the box is mapped to (96, 96).
    """
    low, high = contract.from_arcface(np.reshape(FACE_BOX, (2, 2))).astype(np.float64)
    scale = SIZE / (CONTEXT * (high - low).max())
    offset = SIZE / 2 - scale * (low + high) / 2
    return np.array([[scale, 0.0, offset[0]], [0.0, scale, offset[1]]])


def insight106(contract: CropContract, models: ModelStore) -> InsightLandmarks:
    """2d106det of the packs buffalo_l and buffalo_s: 106 points in the plane.

    Raises:
        ModelError: the file is missing, is not the expected one, or is not such a network.
    """
    return InsightLandmarks(contract, models.path("insight_2d106"), "landmark_2d_106")


def insight68_3d(contract: CropContract, models: ModelStore) -> InsightLandmarks:
    """1k3d68 of the packs buffalo_l and buffalo_s: 68 iBUG points with depth, after 1,035 points of a mesh.

    Raises:
        ModelError: the file is missing, is not the expected one, or is not such a network.
    """
    return InsightLandmarks(contract, models.path("insight_1k3d68"), "landmark_3d_68")
