"""InsightFace's SCRFD detectors (Guo et al., Sample and Computation Redistribution, ICLR 2022), five points.

The image is fitted into the top left of a 640×640 canvas and looked at in RGB, (x − 127.5) / 128: InsightFace
takes BGR images and swaps their channels for the network.
"""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.detect.working_size import no_faces
from bauta.errors import ModelError
from bauta.models.network_input import normalized_planes
from bauta.models.onnx import open_session
from bauta.models.store import ModelStore
from bauta.protocols import Detections, Floats, Images

CANVAS = 640
LOOKS = (CANVAS, 128)
"""Lengths to which the longer side of an image is brought, the next where the one before shows no face.

A face that fills its image is too large for the network at full size: at 640 alone, 13 of 6,410 photographs
of LFW have no face. InsightFace 2.1 looks at both always.
"""

STRIDES = (8, 16, 32)
ANCHORS = 2
"""Anchors at each position of a feature map; all have their centre there."""

EDGE = 0.5
"""Places are counted from the image's edge, half a pixel before the first pixel's centre.

What InsightFace's decoder gives for 100 photographs of LFW and for the mirrored ones lies, in the median over
the photographs, 0.3 to 0.8 image pixels too far to the right, 0.5 in the mean over the points.
"""

MIN_SCORE = 0.5
MAX_OVERLAP = 0.4
"""Intersection over union with a better box from which on a box shows the same face."""


class Scrfd:
    """One ONNX graph with a score, a box and five points for each anchor of three feature maps.

    Args:
        path: The graph: input (1, 3, 640, 640), outputs the scores of the strides 8, 16 and 32, then the
            boxes, then the points.

    Raises:
        ModelError: the file is no ONNX graph, or has other inputs and outputs.
    """

    def __init__(self, path: Path) -> None:
        self._session = open_session(path)
        shape = self._session.get_inputs()[0].shape
        outputs = [output.shape for output in self._session.get_outputs()]
        widths = [shape[-1] for shape in outputs]
        if widths != [1] * 3 + [4] * 3 + [10] * 3 or shape[1] != 3:
            raise ModelError(
                f"{path}: expected a graph from (1, 3, {CANVAS}, {CANVAS}) to scores, boxes and five points "
                f"of three strides, got {shape} to {outputs}: is it an SCRFD file with keypoints?"
            )
        if any(isinstance(side, int) and side != CANVAS for side in shape[2:]):
            raise ModelError(f"{path}: expected a canvas of {CANVAS}×{CANVAS} or of any size, got {shape}")
        self._input = self._session.get_inputs()[0].name

    def detect(self, image: Images) -> Detections:
        """Faces of one uint8 (H, W, 3) RGB image, best score first; scores are probabilities."""
        found = no_faces()
        for side in LOOKS:
            canvas, scale = letterbox(image, side)
            found = self._look(canvas, scale)
            if len(found.boxes):
                break
        return found

    def _look(self, canvas: Images, scale: float) -> Detections:
        """Faces on a canvas, in pixels of the image that was resized by `scale`."""
        blob = normalized_planes(canvas[None], 127.5, 128.0)
        outputs = [maps.reshape(-1, maps.shape[-1]) for maps in self._session.run(None, {self._input: blob})]
        scores = np.concatenate(outputs[:3])[:, 0]
        found = np.flatnonzero(scores >= MIN_SCORE)
        if len(found) == 0:
            return no_faces()
        found = found[np.argsort(-scores[found], kind="stable")]
        centres, strides = _anchors()
        centre, stride = centres[found], strides[found, None]
        distances = np.concatenate(outputs[3:6])[found] * stride
        boxes = np.concatenate([centre - distances[:, :2], centre + distances[:, 2:]], axis=1)
        kept = suppress(boxes, scores[found])
        offsets = np.concatenate(outputs[6:])[found[kept]] * stride[kept]
        points = centre[kept, None] + offsets.reshape(-1, 5, 2)
        return Detections(
            boxes=(boxes[kept] / scale - EDGE).astype(np.float32),
            scores=scores[found[kept]].astype(np.float32),
            points=(points / scale - EDGE).astype(np.float32),
        )


def letterbox(image: Images, side: int) -> tuple[Images, float]:
    """An image, its longer side resized to `side`, in the top left of a black canvas, and its scale."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas = np.zeros((CANVAS, CANVAS, 3), dtype=np.uint8)
    canvas[: size[1], : size[0]] = cv2.resize(image, size, interpolation=method)
    return canvas, scale


def suppress(boxes: Floats, scores: Floats, overlap: float = MAX_OVERLAP) -> NDArray[np.intp]:
    """Indices of the boxes (F, 4) that overlap no better one too much, best first."""
    sides = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    return np.asarray(cv2.dnn.NMSBoxes(sides.tolist(), scores.tolist(), 0.0, overlap), dtype=np.intp)


@cache
def _anchors() -> tuple[Floats, Floats]:
    """Centre (A, 2) and stride (A,) of all anchors, in pixels of the canvas."""
    centres, strides = [], []
    for stride in STRIDES:
        side = CANVAS // stride
        rows, columns = np.mgrid[:side, :side]
        grid = np.stack([columns, rows], axis=-1).reshape(-1, 2) * stride
        centres.append(np.repeat(grid, ANCHORS, axis=0))
        strides.append(np.full(len(centres[-1]), stride))
    return np.concatenate(centres).astype(np.float32), np.concatenate(strides).astype(np.float32)


def scrfd_500m(models: ModelStore) -> Scrfd:
    """SCRFD-500MF with points, the export of ShiqiYu/libfacedetection.train."""
    return Scrfd(models.path("scrfd_500m"))


def scrfd_2_5g(models: ModelStore) -> Scrfd:
    """SCRFD-2.5GF with points, the export of hpc203/scrfd-opencv."""
    return Scrfd(models.path("scrfd_2_5g"))


def buffalo_s(models: ModelStore) -> Scrfd:
    """SCRFD-500MF of InsightFace's packs buffalo_s and buffalo_sc."""
    return Scrfd(models.path("det_500m"))


def buffalo_m(models: ModelStore) -> Scrfd:
    """SCRFD-2.5GF of InsightFace's pack buffalo_m."""
    return Scrfd(models.path("det_2_5g"))


def buffalo_l(models: ModelStore) -> Scrfd:
    """SCRFD-10GF of InsightFace's packs buffalo_l and antelopev2."""
    return Scrfd(models.path("det_10g"))
