"""No detection, for images that already show one face each, such as FER-2013's."""

import numpy as np

from bauta.detect.box_points import points_in_box
from bauta.models.store import ModelStore
from bauta.protocols import Detections, Images
from bauta.registry import Card

CARD = Card(
    name="full_frame",
    kind="detector",
    implementation="bauta.detect.full_frame:FullFrame",
    about="The whole image, for images that are one face each already.",
)


class FullFrame:
    """Takes the whole image as the box of one face.

    It does not check that there is a face: use it only on images that their dataset has cropped.
    """

    def __init__(self, models: ModelStore) -> None:
        del models

    def detect(self, image: Images) -> Detections:
        """One face as large as the uint8 (H, W, 3) RGB image, with the score 1."""
        height, width = image.shape[:2]
        box = np.array([-0.5, -0.5, width - 0.5, height - 0.5], dtype=np.float32)
        return Detections(
            boxes=box[None], scores=np.ones(1, dtype=np.float32), points=points_in_box(box)[None]
        )
