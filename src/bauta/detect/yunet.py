"""YuNet (Wu et al., Machine Intelligence Research 20, 2023), OpenCV's small detector with five points."""

import cv2
import numpy as np

from bauta.detect.working_size import WorkingSize, no_faces, resize, to_image
from bauta.errors import ModelError
from bauta.models.store import ModelStore
from bauta.protocols import Detections, Images
from bauta.registry import Card

CARD = Card(
    name="yunet",
    kind="detector",
    implementation="bauta.detect.yunet:YuNet",
    about="OpenCV's small detector.",
    files=("yunet",),
    source="Wu et al., Machine Intelligence Research 20, 2023",
)


WORKING_SIZE = WorkingSize(shortest=128, longest=640)
"""The network was trained on images of 320 and 640 pixels, for faces of about 10 to 300."""

MIN_SCORE = 0.6
MAX_OVERLAP = 0.3
"""Thresholds of the demo in OpenCV's model zoo."""


class YuNet:
    """OpenCV's `FaceDetectorYN`.

    Args:
        models: Store that holds the model's file.

    Raises:
        ModelError: the file is missing, is not the expected one, or cannot be read by OpenCV.
    """

    def __init__(self, models: ModelStore) -> None:
        path = models.path("yunet")
        try:
            self._detector = cv2.FaceDetectorYN.create(str(path), "", (320, 320), MIN_SCORE, MAX_OVERLAP)
        except cv2.error as error:
            reason = " ".join(str(error).split())[:300]
            raise ModelError(f"{path} cannot be read by OpenCV ({reason}); download it again") from None

    def detect(self, image: Images) -> Detections:
        """Faces of one uint8 (H, W, 3) RGB image, best score first; scores are probabilities."""
        working = resize(image, WORKING_SIZE.scale(*image.shape[:2]))
        self._detector.setInputSize(working.shape[1::-1])
        _, faces = self._detector.detect(np.ascontiguousarray(working[..., ::-1]))
        if faces is None:
            return no_faces()
        faces = faces[np.argsort(-faces[:, 14], kind="stable")]
        # The grid is measured from the image's edge, half a pixel before the first pixel's centre.
        low = faces[:, :2] - 0.5
        result = Detections(
            boxes=np.concatenate([low, low + faces[:, 2:4]], axis=1).astype(np.float32),
            scores=faces[:, 14].astype(np.float32),
            points=(faces[:, 4:14].reshape(-1, 5, 2) - 0.5).astype(np.float32),
        )
        return to_image(result, working, image)
