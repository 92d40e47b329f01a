"""MTCNN (Zhang et al., Joint Face Detection and Alignment, IEEE SPL 2016) with facenet-pytorch's weights."""

import numpy as np
import torch

from bauta.detect.mtcnn_cascade import Cascade
from bauta.detect.mtcnn_networks import (
    CascadeNetwork,
    output_network,
    proposal_network,
    refinement_network,
)
from bauta.detect.working_size import WorkingSize, no_faces, resize, to_image
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_weights
from bauta.protocols import Detections, Images
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
        models: Store that holds the weights.
        device: Name of a torch device.

    Raises:
        ModelError: a weights file is missing or is not the expected one.
    """

    def __init__(self, models: ModelStore, device: str = "cpu") -> None:
        place = torch.device(device)

        def opened(network: CascadeNetwork, name: str) -> CascadeNetwork:
            network.load_state_dict(load_weights(models.path(name)))
            # The pooling of many small windows is up to 1.6 times as fast in this layout.
            return network.eval().to(place).to(memory_format=torch.channels_last)

        self._cascade = Cascade(
            proposal=opened(proposal_network(), "mtcnn_pnet"),
            refinement=opened(refinement_network(), "mtcnn_rnet"),
            output=opened(output_network(), "mtcnn_onet"),
            smallest=SMALLEST_FACE,
            device=place,
        )

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
