"""dlib's face recognition ResNet (King, dlib 19.3; 29 layers after He et al., CVPR 2016), 128 dimensions.

dlib's file is read as data and its network runs in ONNX Runtime, so dlib itself is not needed.
"""

import numpy as np
from numpy.typing import NDArray

from bauta.alignment.crop import Warp
from bauta.contract import CropContract
from bauta.inference.onnx_session import open_session
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images
from bauta.recognize.batches import embed_batches
from bauta.recognize.dlib_graph import INPUT, dlib_graph
from bauta.recognize.dlib_network import CHIP_SIZE, DIMENSIONS, read_dlib_network
from bauta.registry import Card

CARD = Card(
    name="dlib_resnet",
    kind="recognizer",
    implementation="bauta.recognize.dlib_resnet:DlibResnet",
    about="dlib's ResNet of 29 layers, 128 dimensions, in ONNX Runtime.",
    files=("dlib_face_resnet",),
    gpu=True,
    source="King, dlib 19.3",
)


CHIP_CENTRE = (56.0, 71.9)
CHIP_SIDE = 98.0
"""Position of dlib's chips in the 112-pixel ArcFace crop, in its pixels.

Centre and side are the medians of `dlib.get_face_chip_details(landmarks, size=150, padding=0.25)`, the
geometry that the network was trained with, over 198 aligned photographs of LFW. On 155 photographs of 60
people the fixed chip is recognized as well as dlib's own chip (leave-one-out rank-1 0.994 with both).
"""


class DlibChip:
    """The chip that dlib would cut, at a fixed position in the crop."""

    def matrix(self, contract: CropContract) -> NDArray[np.float64]:
        """2×3 affine from crop pixels to pixels of the chip; pixel centres have integer coordinates."""
        centre = contract.from_arcface(np.array(CHIP_CENTRE)).astype(np.float64)
        ratio = CHIP_SIZE / (CHIP_SIDE * contract.scale)
        offset = (CHIP_SIZE - 1) / 2 - ratio * centre
        return np.array([[ratio, 0.0, offset[0]], [0.0, ratio, offset[1]]])

    def render(self, crops: Images, contract: CropContract) -> Images:
        """Render chips uint8 (N, 150, 150, 3) RGB of uint8 (N, size, size, 3) RGB crops."""
        chips = np.empty((len(crops), CHIP_SIZE, CHIP_SIZE, 3), dtype=np.uint8)
        warp = Warp.of(self.matrix(contract), CHIP_SIZE, crops.shape[1:])
        for chip, crop in zip(chips, crops, strict=True):
            chip[:] = warp.apply(crop)
        return chips


class DlibResnet:
    """Embeds dlib's chips.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the weights.

    Raises:
        ModelError: the weights file is missing or is not the expected one.
    """

    dimensions = DIMENSIONS

    def __init__(self, contract: CropContract, models: ModelStore) -> None:
        # In one expression, so that the weights are in memory no more often than necessary.
        graph = dlib_graph(read_dlib_network(models.path("dlib_face_resnet")))
        self._session = open_session(graph, name=CARD.name)
        self._contract = contract

    def embed(self, crops: Images) -> Floats:
        """Compute unit vectors float32 (N, 128) of uint8 (N, size, size, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return embed_batches(crops, self._contract, DlibChip(), self._forward, dimensions=self.dimensions)

    def _forward(self, chips: Images) -> Floats:
        return self._session.run(None, {INPUT: chips})[0]
