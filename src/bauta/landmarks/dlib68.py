"""dlib's 68 landmarks (Kazemi and Sullivan, CVPR 2014), trained on iBUG 300-W."""

import dlib
import numpy as np

from bauta.contract import CropContract
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARD = Card(
    name="dlib68",
    kind="landmarker",
    implementation="bauta.landmarks.dlib68:Dlib68",
    about="dlib's 68 iBUG points.",
    files=("dlib_shape_predictor_68",),
    source="Kazemi and Sullivan, CVPR 2014",
)


FACE_BOX: tuple[tuple[float, float], tuple[float, float]] = ((14.5, 30.0), (96.5, 112.0))
"""Top-left and bottom-right corners of the face in pixels of the 112-pixel ArcFace crop.

The predictor starts from the box of dlib's HOG detector. This is the mean of its boxes on 198 aligned
photographs of LFW; landmarks from it differ from those of each face's own box by 1 % of the distance between
the outer eye corners (median).
"""


class Dlib68:
    """Regression trees on the crop; aligned faces are always in the same place, so nothing is detected.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the weights.

    Raises:
        ModelError: the predictor's file is missing or is not the expected one.
    """

    points = 68

    def __init__(self, contract: CropContract, models: ModelStore) -> None:
        self._predictor = dlib.shape_predictor(str(models.path("dlib_shape_predictor_68")))
        (left, top), (right, bottom) = (
            contract.from_arcface(np.asarray(FACE_BOX)).round().astype(int).tolist()
        )
        self._box = dlib.rectangle(left, top, right, bottom)

    def locate(self, crops: Images) -> Floats:
        """Landmarks float32 (N, 68, 2) in crop pixels of uint8 (N, size, size, 3) RGB crops; always found."""
        found = [predict_68(self._predictor, np.ascontiguousarray(crop), self._box) for crop in crops]
        return np.array(found, dtype=np.float32).reshape(-1, 68, 2)


def predict_68(predictor: dlib.shape_predictor, image: Images, box: dlib.rectangle) -> Floats:
    """The 68 iBUG points of the face in a box, float32 (68, 2) pixels."""
    shape = predictor(image, box)
    return np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float32)
