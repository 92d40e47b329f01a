"""RetinaFace (Deng et al., CVPR 2020) with a ResNet-50, from the package retina-face."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from bauta.detect.working_size import no_faces
from bauta.errors import ModelError
from bauta.inference.onnx_session import open_session
from bauta.models.store import ModelStore
from bauta.protocols import Detections, Floats, Images
from bauta.registry import Card

CARD = Card(
    name="retina_face",
    kind="detector",
    implementation="bauta.detect.retina_face:RetinaFace",
    about="RetinaFace with a ResNet-50, by the package retina-face.",
    files=("retina_face",),
    gpu=True,
    source="Deng et al., RetinaFace, CVPR 2020",
)


ENGINE = "DEEPFACE_BACKEND_ENGINE"
"""The variable that sets the package's engine; without it, TensorFlow or PyTorch is preferred."""


@contextmanager
def _onnx_engine() -> Iterator[None]:
    """Set the package's engine for its import, and undo that and its silencing of all warnings afterwards."""
    before = os.environ.get(ENGINE)
    os.environ[ENGINE] = "onnx"
    try:
        with warnings.catch_warnings():
            yield
    finally:
        if before is None:
            del os.environ[ENGINE]
        else:
            os.environ[ENGINE] = before


with _onnx_engine():
    from retinaface.commons.backend_utils import is_onnx
    from retinaface.RetinaFace import detect_faces

MIN_SCORE = 0.9
POINTS = ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")
"""The package's names in the order of the template; its left and right are the person's, not the image's."""


class RetinaFace:
    """The package's pre- and post-processing around a graph from bauta's model store.

    Args:
        models: Store that holds the file.

    Raises:
        ModelError: the file is missing, is not the expected one, or is not an ONNX graph; or the package
            already uses another engine in this process.
    """

    def __init__(self, models: ModelStore) -> None:
        if not is_onnx():
            raise ModelError(
                "retina-face was already imported with another engine: set DEEPFACE_BACKEND_ENGINE=onnx"
            )
        self._session = open_session(models.path("retina_face"))
        self._input = self._session.get_inputs()[0].name

    def detect(self, image: Images) -> Detections:
        """Faces of one uint8 (H, W, 3) RGB image, best score first; scores are probabilities.

        The package truncates the boxes to whole pixels.
        """
        faces = detect_faces(np.ascontiguousarray(image[..., ::-1]), MIN_SCORE, self._run)
        if not faces:
            return no_faces()
        found = sorted(faces.values(), key=lambda face: -face["score"])
        return Detections(
            boxes=np.array([face["facial_area"] for face in found], dtype=np.float32),
            scores=np.array([face["score"] for face in found], dtype=np.float32),
            points=np.array(
                [[face["landmarks"][name] for name in POINTS] for face in found], dtype=np.float32
            ),
        )

    def _run(self, batch: Floats) -> list[Floats]:
        return self._session.run(None, {self._input: batch})
