"""Local binary patterns as a recognizer: no network, no weights."""

import cv2
import numpy as np

from bauta.contract import CropContract
from bauta.inference.face_view import check_crops
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARD = Card(
    name="lbp",
    kind="recognizer",
    implementation="bauta_example.lbp:Lbp",
    about="Histograms of local binary patterns in a grid of cells.",
    source="Ahonen, Hadid and Pietikäinen, IEEE TPAMI 28(12), 2006",
)

SIDE, CELLS, PATTERNS = 96, 6, 256
"""Side of the reduced crop in pixels, cells per side, and number of patterns of eight neighbours."""

NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


class Lbp:
    """Square roots of the patterns' frequencies in each cell, whose cosine is the Bhattacharyya coefficient.

    Args:
        contract: Geometry of the crops.
        models: Unused, because there are no weights.
    """

    dimensions = CELLS * CELLS * PATTERNS

    def __init__(self, contract: CropContract, models: ModelStore) -> None:
        del models
        self._contract = contract

    def embed(self, crops: Images) -> Floats:
        """Embed uint8 (N, size, size, 3) RGB crops as unit vectors float32 (N, 9216)."""
        check_crops(crops, self._contract)
        vectors = [np.sqrt(_histograms(crop)) for crop in crops]
        stacked = np.array(vectors, dtype=np.float32).reshape(len(crops), self.dimensions)
        return stacked / np.linalg.norm(stacked, axis=1, keepdims=True)


def _histograms(crop: Images) -> Floats:
    """Counts of the patterns in each cell of one uint8 (H, W, 3) crop, float32 (dimensions,)."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE + 2, SIDE + 2), interpolation=cv2.INTER_AREA)
    centre = small[1:-1, 1:-1]
    codes = np.zeros(centre.shape, dtype=np.uint8)
    for bit, (down, right) in enumerate(NEIGHBOURS):
        other = small[1 + down : SIDE + 1 + down, 1 + right : SIDE + 1 + right]
        codes |= (other >= centre).astype(np.uint8) << bit
    cell = SIDE // CELLS
    cells = codes.reshape(CELLS, cell, CELLS, cell).swapaxes(1, 2).reshape(CELLS * CELLS, cell * cell)
    return np.array([np.bincount(each, minlength=PATTERNS) for each in cells], dtype=np.float32).ravel()
