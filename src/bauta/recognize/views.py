"""What a recognizer sees of a crop: a fixed rectangle of the ArcFace crop, and the loop over batches."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.contract import ARCFACE_SIZE, CropContract
from bauta.crop import warp_crop
from bauta.errors import DataError, ModelError
from bauta.memory import Halving
from bauta.protocols import Floats, Images

ARCFACE_SQUARE = (-0.5, -0.5, ARCFACE_SIZE - 0.5, ARCFACE_SIZE - 0.5)
"""The whole 112-pixel ArcFace crop; its edges, as pixel centres have whole coordinates."""

BATCH = 16


@dataclass(frozen=True)
class FaceView:
    """An upright rectangle of the aligned face, resampled to the input size of a network.

    Attributes:
        height: Rows of the view.
        width: Columns of the view.
        box: x0, y0, x1, y1 of its edges in pixels of the 112-pixel ArcFace crop; it is stretched where its
            sides do not have the ratio of the view's.
    """

    height: int = ARCFACE_SIZE
    width: int = ARCFACE_SIZE
    box: tuple[float, float, float, float] = ARCFACE_SQUARE

    def matrix(self, contract: CropContract) -> NDArray[np.float64]:
        """2×3 affine from crop pixels to pixels of the view."""
        edges = contract.from_arcface(np.reshape(self.box, (2, 2))).astype(np.float64)
        low, high = edges
        ratio = np.array([self.width, self.height]) / (high - low)
        offset = -0.5 - ratio * low
        return np.array([[ratio[0], 0.0, offset[0]], [0.0, ratio[1], offset[1]]])

    def render(self, crops: Images, contract: CropContract) -> Images:
        """Views uint8 (N, height, width, 3) RGB of uint8 (N, size, size, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        check_crops(crops, contract)
        matrix, side = self.matrix(contract), max(self.height, self.width)
        views = np.empty((len(crops), self.height, self.width, 3), dtype=np.uint8)
        for view, crop in zip(views, crops, strict=True):
            view[:] = warp_crop(crop, matrix, side)[: self.height, : self.width]
        return views


def check_crops(crops: Images, contract: CropContract) -> None:
    """Refuse what is no batch of crops of a contract.

    Raises:
        DataError: another shape or type.
    """
    if crops.shape[1:] != (contract.size, contract.size, 3) or crops.dtype != np.uint8:
        raise DataError(
            f"recognizer: expected uint8 crops (N, {contract.size}, {contract.size}, 3), "
            f"got {crops.dtype} {crops.shape}; make the crops again with this contract"
        )


def embed_batches(
    crops: Images,
    contract: CropContract,
    view: FaceView,
    forward: Callable[[Images], Floats],
    *,
    dimensions: int,
    batch: int = BATCH,
) -> Floats:
    """Unit vectors of crops, computed in batches of a fixed size.

    Args:
        crops: uint8 (N, size, size, 3) RGB.
        contract: Geometry of the crops.
        view: What the network sees of them.
        forward: From uint8 (B, height, width, 3) RGB views to float32 (B, dimensions), of any length.
        dimensions: Length of a vector.
        batch: How many views go through the network at once.

    Returns:
        float32 (N, dimensions) of length 1.

    Raises:
        DataError: the crops do not have the contract's shape or are not uint8.
        GpuMemoryError: a single view does not fit into the GPU's memory.
        ModelError: the network's vectors are zero or not finite, and so have no direction.
    """
    check_crops(crops, contract)
    vectors = np.empty((len(crops), dimensions), dtype=np.float32)
    forward = Halving(forward)
    for start in range(0, len(crops), batch):
        vectors[start : start + batch] = forward(view.render(crops[start : start + batch], contract))
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(norms) & (norms > 0)).all():
        raise ModelError(
            "recognizer: the network gave vectors that are zero or not finite: get its file again"
        )
    return vectors / norms
