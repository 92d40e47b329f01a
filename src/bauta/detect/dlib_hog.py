"""dlib's HOG face detector (Dalal and Triggs, CVPR 2005; King, arXiv:1502.00046) with its 68 landmarks."""

import dlib
import numpy as np

from bauta.detect.working_size import WorkingSize, no_faces, resize, to_image
from bauta.landmarks.ibug import LEFT_EYE, LEFT_MOUTH_CORNER, NOSE_TIP, RIGHT_EYE, RIGHT_MOUTH_CORNER
from bauta.models.store import ModelStore
from bauta.protocols import Detections, Floats, Images

WORKING_SIZE = WorkingSize(shortest=300, longest=1024)
"""The detector's window is 80 pixels wide; in the working image that is the smallest face."""


class DlibHog:
    """Sliding-window detector for frontal faces; its five points come from the 68-point predictor.

    Args:
        models: Where the weights are found.

    Raises:
        ModelError: the predictor's file is missing or is not the one that is expected.
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


def predict_68(predictor: dlib.shape_predictor, image: Images, box: dlib.rectangle) -> Floats:
    """The 68 iBUG points of the face in a box, float32 (68, 2) pixels."""
    shape = predictor(image, box)
    return np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float32)


def five_points(points: Floats) -> Floats:
    """Eye centres, nose tip and mouth corners of 68 iBUG points, float32 (5, 2)."""
    return np.stack(
        [
            points[LEFT_EYE].mean(axis=0),
            points[RIGHT_EYE].mean(axis=0),
            points[NOSE_TIP],
            points[LEFT_MOUTH_CORNER],
            points[RIGHT_MOUTH_CORNER],
        ]
    )
