"""InsightFace's landmark networks (Guo et al., InsightFace project): 106 points, or 68 points with depth."""

from itertools import islice
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from bauta.contract import CropContract
from bauta.crop import warp_crop
from bauta.errors import DataError, ModelError
from bauta.memory import Halving
from bauta.models.network_input import normalized_planes
from bauta.models.onnx import open_session
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images

FACE_BOX = (16.0, 7.7, 96.5, 120.2)
"""The box of the face in pixels of the 112-pixel ArcFace crop: the networks start from that of SCRFD.

The median of the boxes that SCRFD-500M gives for 200 aligned photographs of LFW.
"""

CONTEXT = 1.5
"""Side of what a network sees in the longer sides of the box, as in InsightFace's `Landmark.get`."""

SIZE = 192
BATCH = 16


class InsightLandmarks:
    """A network that regresses points in its square view, scaled so that the view reaches from −1 to 1.

    A point depends on the batch of its face by less than 0.01 crop pixels, as ONNX Runtime may choose other
    kernels for other batch sizes.

    Args:
        contract: Geometry of the crops.
        path: The graph, from (N, 3, 192, 192) to (N, K).
        points: How many points are used, the last of the graph's.
        dimensions: 2, or 3 with depth.

    Attributes:
        points: P.

    Raises:
        ModelError: the file is no ONNX graph, or has other inputs and outputs.
    """

    def __init__(self, contract: CropContract, path: Path, points: int, dimensions: int) -> None:
        self.points = points
        self._dimensions = dimensions
        self._contract = contract
        self._session = open_session(path)
        given, answer = self._session.get_inputs()[0], self._session.get_outputs()[0]
        numbers = answer.shape[-1]
        if given.shape[1:] != [3, SIZE, SIZE] or not isinstance(numbers, int):
            raise ModelError(
                f"{path}: expected a graph from (N, 3, {SIZE}, {SIZE}) to (N, K), "
                f"got {given.shape} to {answer.shape}: is it the file of another model?"
            )
        if numbers % dimensions or numbers < points * dimensions:
            raise ModelError(
                f"{path}: expected at least {points} points in {dimensions}D, got {numbers} numbers"
            )
        self._input = given.name
        self._batch = given.shape[0] if isinstance(given.shape[0], int) else BATCH
        self._mean, self._std = (0.0, 1.0) if _normalises_its_input(path) else (127.5, 128.0)

    def locate(self, crops: Images) -> Floats:
        """Landmarks float32 (N, P, 2) in crop pixels of uint8 (N, size, size, 3) RGB crops, always found.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return np.ascontiguousarray(self.locate_in_space(crops)[:, :, :2])

    def locate_in_space(self, crops: Images) -> Floats:
        """Landmarks float32 (N, P, 2 or 3) in crop pixels; depth grows away from the camera.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        side = self._contract.size
        if crops.shape[1:] != (side, side, 3) or crops.dtype != np.uint8:
            raise DataError(
                f"landmarker: expected uint8 crops (N, {side}, {side}, 3), got {crops.dtype} {crops.shape}; "
                "make the crops again with this contract"
            )
        matrix = view_matrix(self._contract)
        found = np.empty((len(crops), self.points, self._dimensions), dtype=np.float32)
        answer_of = Halving(lambda blob: self._session.run(None, {self._input: blob})[0])
        for start in range(0, len(crops), self._batch):
            views = [warp_crop(crop, matrix, SIZE) for crop in crops[start : start + self._batch]]
            blob = normalized_planes(np.stack(views), self._mean, self._std)
            answer = answer_of(blob).reshape(len(views), -1, self._dimensions)
            found[start : start + len(views)] = answer[:, -self.points :]
        found[..., :2] += 1.0
        found *= SIZE / 2
        found[..., :2] -= matrix[:, 2].astype(np.float32)
        return found / np.float32(matrix[0, 0])


def view_matrix(contract: CropContract) -> NDArray[np.float64]:
    """2×3 affine from crop pixels to pixels of a network's view.

    InsightFace scales about pixel coordinates: the centre of the box comes to lie on (96, 96).
    """
    low, high = contract.from_arcface(np.reshape(FACE_BOX, (2, 2))).astype(np.float64)
    scale = SIZE / (CONTEXT * (high - low).max())
    offset = SIZE / 2 - scale * (low + high) / 2
    return np.array([[scale, 0.0, offset[0]], [0.0, scale, offset[1]]])


def _normalises_its_input(path: Path) -> bool:
    """Whether a graph normalises by itself, and so takes values of 0 to 255.

    Exports from MXNet do; InsightFace's `Landmark` tells them in the same way.
    """
    nodes = list(islice(onnx.load(path, load_external_data=False).graph.node, 8))
    return {"Sub", "Mul"} <= {node.op_type for node in nodes} or "bn_data" in [
        node.name for node in nodes[:3]
    ]


def insight106(contract: CropContract, models: ModelStore) -> InsightLandmarks:
    """2d106det of the packs buffalo_l and buffalo_s: 106 points in the plane.

    Raises:
        ModelError: the file is missing, is not the expected one, or is no such network.
    """
    return InsightLandmarks(contract, models.path("insight_2d106"), 106, 2)


def insight68_3d(contract: CropContract, models: ModelStore) -> InsightLandmarks:
    """1k3d68 of the packs buffalo_l and buffalo_s: the 68 iBUG points with depth, after 1,035 of its mesh.

    Raises:
        ModelError: the file is missing, is not the expected one, or is no such network.
    """
    return InsightLandmarks(contract, models.path("insight_1k3d68"), 68, 3)
