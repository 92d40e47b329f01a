"""MediaPipe's FaceLandmarker: the 478 points of its face mesh, and 52 blendshapes.

Kartynnik et al., Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs, CVPRW 2019.
"""

import weakref
from typing import Any, Self

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from bauta.contract import CropContract
from bauta.errors import DataError, ModelError
from bauta.io.egress import cut_off_curl
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARD = Card(
    name="mediapipe478",
    kind="landmarker",
    implementation="bauta.landmarks.mediapipe478:MediaPipe478",
    about="The 478 points of a face mesh, and 52 blendshapes.",
    files=("mediapipe_face_landmarker",),
    source="Kartynnik et al., CVPRW 2019",
)


POINTS = 478
BLENDSHAPES = 52

MIN_CONFIDENCE = 0.5
"""MediaPipe's default thresholds for face detection, which runs first, and for the presence of a face."""


class MediaPipe478:
    """Detects the face in the crop and then fits the mesh.

    The network's threads end only when it is closed, and the process does not exit before they do: use it in
    a `with` block or call `close`. A network left open is closed when the object is garbage-collected; at the
    end of the process this raises a traceback, although nothing is lost (see `inference.closing`).

    Args:
        contract: Geometry of the crops.
        models: Store that holds the model's file.

    Raises:
        ModelError: the file is missing, is not the expected one, or is not a FaceLandmarker bundle.
    """

    points = POINTS

    def __init__(self, contract: CropContract, models: ModelStore) -> None:
        self._size = contract.size
        path = models.path("mediapipe_face_landmarker")
        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(path)),
            running_mode=vision.RunningMode.IMAGE,
            num_faces=1,
            min_face_detection_confidence=MIN_CONFIDENCE,
            min_face_presence_confidence=MIN_CONFIDENCE,
            output_face_blendshapes=True,
        )
        cut_off_curl()
        try:
            self._landmarker = vision.FaceLandmarker.create_from_options(options)
        except (RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ModelError(f"{path} is not a FaceLandmarker bundle ({reason}); download it again") from None
        self.close = weakref.finalize(self, self._landmarker.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def locate(self, crops: Images) -> Floats:
        """Landmarks float32 (N, 478, 2) in crop pixels of uint8 (N, size, size, 3) RGB crops, NaN if none.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return self.locate_with_blendshapes(crops)[0]

    def locate_with_blendshapes(self, crops: Images) -> tuple[Floats, Floats]:
        """Landmarks as from `locate`, and the strength of each blendshape.

        Returns:
            float32 (N, 478, 2) crop pixels, and float32 (N, 52) in [0, 1] in the order of MediaPipe's
            blendshape model (`_neutral`, `browDownLeft`, …); NaN where no face was found.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        expected = (self._size, self._size, 3)
        if crops.shape[1:] != expected or crops.dtype != np.uint8:
            raise DataError(
                f"landmarker: expected uint8 crops (N, {self._size}, {self._size}, 3), "
                f"got {crops.dtype} {crops.shape}; recompute the crops with this contract"
            )
        points = np.full((len(crops), POINTS, 2), np.nan, dtype=np.float32)
        shapes = np.full((len(crops), BLENDSHAPES), np.nan, dtype=np.float32)
        for row, crop in enumerate(crops):
            image = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(crop))
            found = self._landmarker.detect(image)
            if found.face_landmarks:
                points[row] = self._to_pixels(found.face_landmarks[0])
                shapes[row] = [shape.score for shape in found.face_blendshapes[0]]
        return points, shapes

    def _to_pixels(self, landmarks: list[Any]) -> Floats:
        """MediaPipe counts in fractions of the image from its edge, half a pixel before the first centre."""
        parts = np.array([(point.x, point.y) for point in landmarks], dtype=np.float64)
        return (parts * self._size - 0.5).astype(np.float32)
