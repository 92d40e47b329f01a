"""dlib's HOG face detector (Dalal and Triggs, CVPR 2005; King, arXiv:1502.00046) with its 68 landmarks."""

import dlib
import numpy as np

from bauta.detect.working_size import WorkingSize, no_faces, resize, to_image
from bauta.landmarks.dlib68 import predict_68
from bauta.landmarks.ibug import five_points
from bauta.models.store import ModelStore
from bauta.protocols import Detections, Images
from bauta.registry import Card

CARD = Card(
    name="dlib_hog",
    kind="detector",
    implementation="bauta.detect.dlib_hog:DlibHog",
    about="Sliding-window detector for frontal faces.",
    files=("dlib_shape_predictor_68",),
    source="Dalal and Triggs, CVPR 2005; King, arXiv:1502.00046",
)


WORKING_SIZE = WorkingSize(shortest=300, longest=1024)
"""The detector's window is 80 pixels wide, which is the smallest face in the working image."""


class DlibHog:
    """Sliding-window detector for frontal faces; its five points come from the 68-point predictor.

    Args:
        models: Store that holds the weights.

    Raises:
        ModelError: the predictor's file is missing or is not the expected one.
    """

    def __init__(self, models: ModelStore) -> None:
        self._detector = dlib.get_frontal_face_detector()
        self._predictor = dlib.shape_predictor(str(models.path("dlib_shape_predictor_68")))

    def detect(self, image: Images) -> Detections:
        """Faces of one uint8 (H, W, 3) RGB image, best score first; scores are distances to a hyperplane."""
        working = np.ascontiguousarray(resize(image, WORKING_SIZE.scale(*image.shape[:2])))
        boxes, scores, _ = self._detector.run(working, 0, 0.0)
        if not boxes:
            return no_faces()
        points = [five_points(predict_68(self._predictor, working, box)) for box in boxes]
        order = np.argsort(-np.asarray(scores, dtype=np.float32), kind="stable")
        found = Detections(
            boxes=np.array([(b.left(), b.top(), b.right(), b.bottom()) for b in boxes], dtype=np.float32)[
                order
            ],
            scores=np.asarray(scores, dtype=np.float32)[order],
            points=np.stack(points)[order],
        )
        return to_image(found, working, image)
