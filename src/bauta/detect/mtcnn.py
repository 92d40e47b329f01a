"""MTCNN (Zhang et al., Joint Face Detection and Alignment, IEEE SPL 2016) with facenet-pytorch's weights."""

import numpy as np

from bauta.detect.mtcnn_cascade import Cascade, Network
from bauta.detect.working_size import WorkingSize, no_faces, resize, to_image
from bauta.inference.onnx_session import open_session
from bauta.models.store import ModelStore
from bauta.protocols import Detections, Floats, Images
from bauta.registry import Card

CARD = Card(
    name="mtcnn",
    kind="detector",
    implementation="bauta.detect.mtcnn:Mtcnn",
    about="Three cascaded networks, as packed in facenet-pytorch.",
    files=("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet"),
    source="Zhang et al., IEEE SPL 2016",
)


WORKING_SIZE = WorkingSize(shortest=128, longest=1024)
SMALLEST_FACE = 40
"""Side of the smallest face in pixels of the working image; smaller ones carry too little identity."""

_POINT_OFFSET = 1.0
"""Offset by which the cascade's points are too large, in working pixels.

They are measured from the pixel's edge (0.5) and add the untruncated corner of a box to positions found in
the box with the truncated corner (0.5 on average). Points of mirrored images agree to half a pixel once the
offset is subtracted, for faces of 75 to 300 pixels, and differ by more than a pixel otherwise.
"""


class Mtcnn:
    """Three cascaded networks that detect faces with five points each.

    Args:
        models: Store that holds the networks.

    Raises:
        ModelError: a file is missing or is not the expected one.
    """

    def __init__(self, models: ModelStore) -> None:
        proposal, refinement, output = (_opened(models, name) for name in CARD.files)
        self._cascade = Cascade(proposal, refinement, output, smallest=SMALLEST_FACE)

    def detect(self, image: Images) -> Detections:
        """Detect the faces of one uint8 (H, W, 3) RGB image, best score first; scores are probabilities."""
        working = resize(image, WORKING_SIZE.scale(*image.shape[:2]))
        if min(working.shape[:2]) < SMALLEST_FACE:
            return no_faces()
        faces = self._cascade.search(working)
        if len(faces.boxes) == 0:
            return no_faces()
        order = np.argsort(-faces.scores, kind="stable")
        found = Detections(
            boxes=faces.boxes[order],
            scores=faces.scores[order],
            points=faces.points[order] - np.float32(_POINT_OFFSET),
        )
        return to_image(found, working, image)


def _opened(models: ModelStore, name: str) -> Network:
    session = open_session(models.path(name), name=name, threads=1)

    def run(images: Floats) -> list[Floats]:
        return session.run(None, {"images": images})

    return run
