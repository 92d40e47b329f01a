"""MTCNN (Zhang et al., Joint Face Detection and Alignment, IEEE SPL 2016) as packed in facenet-pytorch."""

import numpy as np
import torch
from facenet_pytorch import MTCNN

from bauta.detect.working_size import WorkingSize, no_faces, resize, to_image
from bauta.models.store import ModelStore
from bauta.protocols import Detections, Images

WORKING_SIZE = WorkingSize(shortest=128, longest=1024)
SMALLEST_FACE = 40
"""Side of the smallest face in pixels of the working image; smaller ones carry too little identity."""

_POINT_OFFSET = 1.0
"""What facenet-pytorch's points are too large by, in working pixels.

They count from the pixel's edge (0.5) and add the untruncated corner of a box to what was found in the box
with the truncated corner (0.5 on average). Points of mirrored images agree to half a pixel with the offset
taken off, for faces of 75 to 300 pixels, and are more than a pixel apart without.
"""


class Mtcnn:
    """Three cascaded networks that find faces and five points each.

    Args:
        models: Where the weights are found.
        device: Name of a torch device.

    Raises:
        ModelError: a weights file is missing or is not the one that is expected.
    """

    def __init__(self, models: ModelStore, device: str = "cpu") -> None:
        for name in ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet"):
            models.path(name)
        network = MTCNN(keep_all=True, min_face_size=SMALLEST_FACE, device=torch.device(device)).eval()
        # The pooling of many small windows is up to 1.6 times as fast in this layout.
        self._network = network.to(memory_format=torch.channels_last)

    def detect(self, image: Images) -> Detections:
        """Faces of one uint8 (H, W, 3) RGB image, best score first; scores are probabilities."""
        working = resize(image, WORKING_SIZE.scale(*image.shape[:2]))
        if min(working.shape[:2]) < SMALLEST_FACE:
            return no_faces()
        boxes, scores, points = self._network.detect(working, landmarks=True)
        if boxes is None:
            return no_faces()
        order = np.argsort(-np.asarray(scores, dtype=np.float32), kind="stable")
        found = Detections(
            boxes=np.asarray(boxes, dtype=np.float32)[order],
            scores=np.asarray(scores, dtype=np.float32)[order],
            points=np.asarray(points, dtype=np.float32)[order] - np.float32(_POINT_OFFSET),
        )
        return to_image(found, working, image)
