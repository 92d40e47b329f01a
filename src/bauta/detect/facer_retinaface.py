"""RetinaFace (Deng et al., CVPR 2020) with a MobileNet-0.25, the network of the package facer (pyfacer)."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from facer.face_detection.retinaface import RetinaFace, cfg_mnet, remove_prefix
from torch import nn

from bauta.detect.suppress import suppress
from bauta.detect.working_size import WorkingSize, no_faces, resize, to_image
from bauta.errors import ModelError
from bauta.inference.device import torch_device
from bauta.models.reason import plain
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_weights
from bauta.protocols import Detections, Floats, Images
from bauta.registry import Card

CARDS = (
    Card(
        name="facer_retinaface",
        kind="detector",
        implementation="bauta.detect.facer_retinaface:facer_retinaface",
        about="RetinaFace with a MobileNet-0.25, the weights of facer.",
        files=("facer_retinaface",),
        gpu=True,
        source="Deng et al., RetinaFace, CVPR 2020",
    ),
    Card(
        name="retinaface_mobilenet",
        kind="detector",
        implementation="bauta.detect.facer_retinaface:retinaface_mobilenet",
        about="RetinaFace with a MobileNet-0.25, the weights of Pytorch_Retinaface.",
        files=("retinaface_mobilenet",),
        gpu=True,
        source="Deng et al., RetinaFace, CVPR 2020",
    ),
)


WORKING_SIZE = WorkingSize(shortest=128, longest=1024)
"""The largest anchor has 512 pixels."""

MEAN = (104.0, 117.0, 123.0)
MIN_SCORE = 0.8
"""facer's default."""


class FacerRetinaFace:
    """facer's network and thresholds, with strictly loaded weights and vectorised decoding of positions.

    Args:
        path: File of the weights.
        slope: Slope of the leaky ReLUs.

    Raises:
        ModelError: the file does not fit the network.
    """

    def __init__(self, path: Path, slope: float) -> None:
        network = RetinaFace(cfg=cfg_mnet, phase="test")
        try:
            network.load_state_dict(remove_prefix(load_weights(path), "module."), strict=True)
        except (RuntimeError, TypeError, AttributeError) as error:
            reason = plain(str(error))[:300]
            raise ModelError(
                f"{path} holds other tensors than the network ({reason}); download it again"
            ) from None
        for module in network.modules():
            if isinstance(module, nn.LeakyReLU):
                module.negative_slope = slope
        self._device = torch_device()
        self._network = network.eval().to(self._device, memory_format=torch.channels_last)

    def detect(self, image: Images) -> Detections:
        """Faces of one uint8 (H, W, 3) RGB image, best score first; scores are probabilities."""
        working = resize(image, WORKING_SIZE.scale(*image.shape[:2]))
        offsets, scores, points = self._run(working)
        found = np.flatnonzero(scores > MIN_SCORE)
        if len(found) == 0:
            return no_faces()
        found = found[np.argsort(-scores[found], kind="stable")]
        anchors = _anchors(*working.shape[:2])[found]
        centre, side = anchors[:, :2], anchors[:, 2:]
        move, grow = cfg_mnet["variance"]
        middle = centre + offsets[found, :2] * move * side
        half = side * np.exp(offsets[found, 2:] * grow) / 2
        boxes = np.concatenate([middle - half, middle + half], axis=1)
        kept = suppress(boxes, scores[found])
        places = centre[kept, None] + points[found[kept]].reshape(-1, 5, 2) * move * side[kept, None]
        # Anchors are measured from the image's edge, half a pixel before the first pixel's centre.
        result = Detections(boxes[kept] - np.float32(0.5), scores[found[kept]], places - np.float32(0.5))
        return to_image(result, working, image)

    @torch.inference_mode()
    def _run(self, image: Images) -> tuple[Floats, Floats, Floats]:
        """Box offsets (A, 4), scores (A,) and point offsets (A, 10) of all anchors."""
        pixels = torch.from_numpy(np.ascontiguousarray(image)[None]).to(self._device)
        batch = pixels.permute(0, 3, 1, 2).float() - torch.tensor(MEAN, device=self._device).view(3, 1, 1)
        offsets, scores, points = self._network(batch)
        return offsets[0].cpu().numpy(), scores[0, :, 1].cpu().numpy(), points[0].cpu().numpy()


def facer_retinaface(models: ModelStore) -> FacerRetinaFace:
    """Load the weights that facer downloads, with facer's leaky ReLUs.

    Raises:
        ModelError: the file is missing, is not the expected one, or does not fit the network.
    """
    return FacerRetinaFace(models.path("facer_retinaface"), slope=0.1)


def retinaface_mobilenet(models: ModelStore) -> FacerRetinaFace:
    """Load weights of the same shapes that were trained with plain ReLUs.

    With facer's slope of 0.1 they find five and more boxes around one face; without, on 41 photographs of
    LFW, about as many faces as SCRFD, with points 1.4 pixels (median) from its points.

    Raises:
        ModelError: the file is missing, is not the expected one, or does not fit the network.
    """
    return FacerRetinaFace(models.path("retinaface_mobilenet"), slope=0.0)


@lru_cache(maxsize=8)
def _anchors(height: int, width: int) -> Floats:
    """Centre and side (A, 4) of all anchors in pixels of the image, in the order of facer's `PriorBox`."""
    anchors = []
    for stride, sides in zip(cfg_mnet["steps"], cfg_mnet["min_sizes"], strict=True):
        rows, columns = np.mgrid[: -(-height // stride), : -(-width // stride)]
        centres = (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) * stride
        for_each = [np.concatenate([centres, np.full_like(centres, side)], axis=1) for side in sides]
        anchors.append(np.stack(for_each, axis=1).reshape(-1, 4))
    return np.concatenate(anchors).astype(np.float32)
