"""dlib's face recognition ResNet (King, dlib 19.3; 29 layers after He et al., CVPR 2016), 128 dimensions."""

import dlib
import numpy as np

from bauta.contract import CropContract
from bauta.crop import warp_crop
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images

CHIP_SIZE = 150
CHIP_CENTRE = (56.0, 71.9)
CHIP_SIDE = 98.0
"""Where dlib's chips lie in the 112-pixel ArcFace crop, in its pixels.

Centre and side are the medians of `dlib.get_face_chip_details(landmarks, size=150, padding=0.25)`, the
geometry that the network was trained with, over 198 aligned photographs of LFW. On 155 photographs of 60
people the fixed chip recognizes as well as dlib's own chip (leave-one-out rank-1 0.994 with both).
"""

BATCH = 16


class DlibResnet:
    """Embeds the chip that dlib would cut, at its fixed place in the crop.

    Args:
        contract: Geometry of the crops.
        models: Where the weights are found.

    Raises:
        ModelError: the weights file is missing or is not the one that is expected.
    """

    dimensions = 128

    def __init__(self, contract: CropContract, models: ModelStore) -> None:
        self._network = dlib.face_recognition_model_v1(str(models.path("dlib_face_resnet")))
        centre = contract.from_arcface(np.array(CHIP_CENTRE)).astype(np.float64)
        ratio = CHIP_SIZE / (CHIP_SIDE * contract.scale)
        offset = (CHIP_SIZE - 1) / 2 - ratio * centre
        self._to_chip = np.array([[ratio, 0.0, offset[0]], [0.0, ratio, offset[1]]])

    def embed(self, crops: Images) -> Floats:
        """Unit vectors float32 (N, 128) of uint8 (N, size, size, 3) RGB crops."""
        vectors = np.zeros((0, self.dimensions))
        for start in range(0, len(crops), BATCH):
            chips = [warp_crop(crop, self._to_chip, CHIP_SIZE) for crop in crops[start : start + BATCH]]
            vectors = np.concatenate([vectors, np.array(self._network.compute_face_descriptor(chips))])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
