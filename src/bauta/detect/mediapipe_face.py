"""MediaPipe's FaceDetector: BlazeFace (Bazarevsky et al., arXiv:1907.05047) with six points."""

import weakref
from typing import Self

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from bauta.contract import ARCFACE_TEMPLATE
from bauta.detect.working_size import no_faces
from bauta.errors import ModelError
from bauta.io.egress import cut_off_curl
from bauta.models.store import ModelStore
from bauta.protocols import Detections, Floats, Images
from bauta.registry import Card

CARD = Card(
    name="mediapipe_face",
    kind="detector",
    implementation="bauta.detect.mediapipe_face:MediapipeFace",
    about="MediaPipe's short-range BlazeFace.",
    files=("mediapipe_face_short_range",),
    source="Bazarevsky et al., BlazeFace, arXiv:1907.05047",
)


LEFT_EYE, RIGHT_EYE, NOSE, MOUTH = range(4)
"""Order of its points, by sides of the image; two points at the ears follow."""


class MediapipeFace:
    """Detects faces that fill a large part of the image (the short-range model).

    It locates the middle of the mouth, not its corners. These are **reconstructed** on a line through the
    middle, parallel to the line between the eyes, with the template's ratio of mouth width to eye distance,
    and so say nothing about the width of this mouth.

    The network's threads end only when it is closed, and the process does not exit before they do: use it in
    a `with` block or call `close`. A network left open is closed when the object is garbage-collected; at the
    end of the process this raises a traceback, although nothing is lost (see `inference.closing`).

    Args:
        models: Store that holds the model's file.

    Raises:
        ModelError: the file is missing, is not the expected one, or is not a face detector.
    """

    def __init__(self, models: ModelStore) -> None:
        path = models.path("mediapipe_face_short_range")
        options = vision.FaceDetectorOptions(
            base_options=BaseOptions(model_asset_path=str(path)), running_mode=vision.RunningMode.IMAGE
        )
        cut_off_curl()
        try:
            self._detector = vision.FaceDetector.create_from_options(options)
        except (RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ModelError(f"{path} is no MediaPipe face detector ({reason}); download it again") from None
        self.close = weakref.finalize(self, self._detector.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def detect(self, image: Images) -> Detections:
        """Faces of one uint8 (H, W, 3) RGB image, best score first; scores are probabilities."""
        found = self._detector.detect(
            mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(image))
        ).detections
        if not found:
            return no_faces()
        found = sorted(found, key=lambda face: -face.categories[0].score)
        boxes = [face.bounding_box for face in found]
        parts = np.array([[(point.x, point.y) for point in face.keypoints] for face in found])
        corners = [
            (box.origin_x, box.origin_y, box.origin_x + box.width, box.origin_y + box.height) for box in boxes
        ]
        return Detections(
            # MediaPipe measures from the image's edge, half a pixel before the first pixel's centre.
            boxes=np.array(corners, dtype=np.float32) - np.float32(0.5),
            scores=np.array([face.categories[0].score for face in found], dtype=np.float32),
            points=five_points((parts * image.shape[1::-1] - 0.5).astype(np.float32)),
        )


def five_points(points: Floats) -> Floats:
    """Convert BlazeFace's points (F, 6, 2) to (F, 5, 2) in the order of the template."""
    template = np.asarray(ARCFACE_TEMPLATE)
    reach = (template[4] - template[3])[0] / (template[1] - template[0])[0] / 2
    eyes = points[:, RIGHT_EYE] - points[:, LEFT_EYE]
    corners = (points[:, MOUTH] - reach * eyes, points[:, MOUTH] + reach * eyes)
    return np.stack([points[:, LEFT_EYE], points[:, RIGHT_EYE], points[:, NOSE], *corners], axis=1).astype(
        np.float32
    )
