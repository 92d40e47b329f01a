"""The loop of parsers that see the whole crop: resized batches in, class ids at the crop's size out."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import nn

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.face_view import check_crops
from bauta.inference.gpu_memory import Halving
from bauta.inference.inputs import standardise
from bauta.inference.torch_network import run
from bauta.parse.classes import COUNTERPARTS, to_parsing_classes
from bauta.protocols import Floats, Images

BATCH = 4
"""Batch size; the feature maps of the first layers are large, and larger batches are not faster."""


def middle_of_face(contract: CropContract) -> float:
    """Column midway between the eyes of an aligned face, in crop pixels."""
    return float(contract.template()[:2, 0].mean())


class Segmenter:
    """A network that labels the pixels of the whole crop.

    Depending on the batch, a score varies by less than 1e-4 of its value, so a pixel whose two best classes
    are that close may change its class.

    Args:
        contract: Geometry of the crops.
        network: Maps images (N, 3, size, size) to scores (N, K, size, size).
        parser: Name of the parser in the table of classes.
        size: Side of the network's input in pixels.
        mean: Mean of each channel, subtracted from the values in [0, 1].
        std: Standard deviation by which each channel is then divided.

    Attributes:
        needs_landmarks: Always False.
    """

    needs_landmarks = False

    def __init__(
        self,
        contract: CropContract,
        network: nn.Module,
        parser: str,
        *,
        size: int,
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
    ) -> None:
        self._contract, self._network, self._parser, self._size = contract, network, parser, size
        self._middle = middle_of_face(contract)
        self._prepare: Callable[[Images], Floats] = partial(standardise, mean=mean, std=std)

    def parse(self, crops: Images, landmarks: Floats | None = None) -> NDArray[np.uint8]:
        """Class ids uint8 (N, size, size) of uint8 (N, size, size, 3) RGB crops; landmarks are not used.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
            GpuMemoryError: a single crop does not fit into the GPU's memory.
            ModelError: the network returns another number of classes.
        """
        del landmarks
        check_crops(crops, self._contract)
        side = self._contract.size
        classes = np.empty((len(crops), side, side), dtype=np.uint8)
        scores_of = Halving(lambda inputs: run(self._network, inputs))
        for start in range(0, len(crops), BATCH):
            views = np.stack([self._resized(crop) for crop in crops[start : start + BATCH]])
            scores = scores_of(self._prepare(views))
            if scores.shape[1] != len(COUNTERPARTS[self._parser]):
                raise ModelError(
                    f"parser '{self._parser}': expected {len(COUNTERPARTS[self._parser])} classes, "
                    f"got {scores.shape[1]}: its file belongs to another network"
                )
            found = scores.argmax(axis=1).astype(np.uint8)
            ids = np.stack([self._full(row) for row in found])
            classes[start : start + len(ids)] = to_parsing_classes(ids, self._parser, self._middle)
        return classes

    def _full(self, ids: NDArray[np.uint8]) -> NDArray[np.uint8]:
        side = self._contract.size
        return np.asarray(cv2.resize(ids, (side, side), interpolation=cv2.INTER_NEAREST), dtype=np.uint8)

    def _resized(self, crop: Images) -> Images:
        """Resize bilinearly, as the parsers' official code does; equal sizes are left unchanged."""
        if len(crop) == self._size:
            return crop
        return np.asarray(
            cv2.resize(crop, (self._size, self._size), interpolation=cv2.INTER_LINEAR), np.uint8
        )
