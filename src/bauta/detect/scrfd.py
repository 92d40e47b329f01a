"""SCRFD detectors (Guo et al., Sample and Computation Redistribution, ICLR 2022) by InsightFace's own class.

The image is fitted into the top left of a 640×640 canvas; `insightface.model_zoo.scrfd.SCRFD` runs the
network on a session that bauta opened, and decodes its outputs. Its `detect` is not called: it looks at two
sizes always, shrinks without a filter, and counts places from another origin.
"""

import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import cv2
import insightface
import numpy as np
from insightface.model_zoo.scrfd import SCRFD

from bauta.detect.suppress import suppress
from bauta.detect.working_size import no_faces
from bauta.errors import DataError, MissingPackageError, ModelError
from bauta.inference.inputs import normalized_planes
from bauta.inference.onnx_session import REFUSED, open_session
from bauta.models.onnx_sizes import with_free_sides
from bauta.models.store import ModelStore
from bauta.protocols import Detections, Floats, Images
from bauta.registry import Card

CARDS = (
    Card(
        name="buffalo_l",
        kind="detector",
        implementation="bauta.detect.scrfd:buffalo_l",
        about="SCRFD of 10 GFLOPs, of the pack buffalo_l.",
        files=("det_10g",),
        gpu=True,
        source="Guo et al., Sample and Computation Redistribution, ICLR 2022",
    ),
    Card(
        name="buffalo_m",
        kind="detector",
        implementation="bauta.detect.scrfd:buffalo_m",
        about="SCRFD of 2.5 GFLOPs, of the pack buffalo_m.",
        files=("det_2_5g",),
        gpu=True,
        source="Guo et al., Sample and Computation Redistribution, ICLR 2022",
    ),
    Card(
        name="buffalo_s",
        kind="detector",
        implementation="bauta.detect.scrfd:buffalo_s",
        about="SCRFD of 0.5 GFLOPs, of the pack buffalo_s.",
        files=("det_500m",),
        gpu=True,
        source="Guo et al., Sample and Computation Redistribution, ICLR 2022",
    ),
    Card(
        name="scrfd_2_5g",
        kind="detector",
        implementation="bauta.detect.scrfd:scrfd_2_5g",
        about="SCRFD of 2.5 GFLOPs with key points.",
        files=("scrfd_2_5g",),
        gpu=True,
        source="Guo et al., Sample and Computation Redistribution, ICLR 2022",
    ),
    Card(
        name="scrfd_500m",
        kind="detector",
        implementation="bauta.detect.scrfd:scrfd_500m",
        about="SCRFD of 0.5 GFLOPs with key points.",
        files=("scrfd_500m",),
        gpu=True,
        source="Guo et al., Sample and Computation Redistribution, ICLR 2022",
    ),
)


log = logging.getLogger(__name__)

CANVAS = 640
LOOKS = (CANVAS, 128)
"""Lengths to which the longer side of an image is resized; each is tried if the one before finds no face.

A face that fills its image is too large for the network at full size: with 640 alone, no face is found in 13
of 6,410 photographs of LFW. InsightFace 2.1 always uses both.
"""

LARGEST = 1920
"""Longest side at which `Scrfd.detect_at` looks."""

STRIDE = 32
"""Pixels by which the sides of a canvas grow: those of a cell of the coarsest feature map."""

EDGE = 0.5
"""Positions are measured from the image's edge, half a pixel before the first pixel's centre.

On 100 photographs of LFW and their mirror images, the output of InsightFace's decoder lies, in the median
over the photographs, 0.3 to 0.8 image pixels too far to the right, 0.5 in the mean over the points.
"""

MIN_SCORE = 0.5

if not hasattr(SCRFD, "_prepare_input_blob"):
    raise MissingPackageError(
        f"expected insightface 2.1, whose SCRFD prepares its input in a method of its own, got "
        f"{insightface.__version__}: run pip install insightface==2.1"
    )


class _Network(SCRFD):
    """InsightFace's network and decoder, for RGB canvases.

    InsightFace prepares a canvas with OpenCV's `blobFromImage` in 4.8 ms, `normalized_planes` in 1.0 ms with
    the same bits. Measured against a decoder that looks at the likely anchors only, in turns on a CPU and on
    photographs of LFW, SCRFD-500MF has 0.88 of the speed with the former and 0.96 with the latter.
    """

    def _prepare_input_blob(self, img: Images, input_size: tuple[int, int]) -> Floats:  # noqa: ARG002
        return normalized_planes(img[None], self.input_mean, self.input_std)


class Scrfd:
    """One ONNX graph with a score, a box and five points for each anchor of three feature maps.

    Args:
        path: The graph: input (1, 3, 640, 640), outputs the scores of strides 8, 16 and 32, then the boxes,
            then the points.
        threads: CPU threads of one call, those of the job by default.

    Raises:
        ModelError: the file is not an ONNX graph, or has other inputs and outputs.
    """

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        session = open_session(path, threads=threads)
        shape = session.get_inputs()[0].shape
        outputs = [output.shape for output in session.get_outputs()]
        widths = [shape[-1] for shape in outputs]
        if widths != [1] * 3 + [4] * 3 + [10] * 3 or shape[1] != 3:
            raise ModelError(
                f"{path}: expected a graph from (1, 3, {CANVAS}, {CANVAS}) to scores, boxes and five points "
                f"of three strides, got {shape} to {outputs}: is it an SCRFD file with keypoints?"
            )
        if any(isinstance(side, int) and side != CANVAS for side in shape[2:]):
            raise ModelError(f"{path}: expected a canvas of {CANVAS}×{CANVAS} or of any size, got {shape}")
        self._path, self._threads = path, threads
        self._network = _Network(session=session)

    def concurrent(self) -> "Scrfd":
        """The same detector for calls from several threads at once, each of which computes in its own alone.

        Two frames at once on a thread each take less of both cores than two threads for one frame at a time.
        """
        other = Scrfd(self._path, threads=1)
        # Opened before several threads ask for it.
        log.debug("%s: up to %d pixels at once", self._path.name, other.longest)
        return other

    @property
    def longest(self) -> int:
        """Longest side in pixels for `detect_at`; that of the canvas if the graph takes no other size."""
        return CANVAS if self._of_any_size is None else LARGEST

    @cached_property
    def _of_any_size(self) -> _Network | None:
        """The network for canvases of any size; None if the graph does not compute with them.

        Files may declare one size although no operator depends on it.
        """
        try:
            graph = with_free_sides(self._path)
            network = _Network(session=open_session(graph, name=self._path.name, threads=self._threads))
            network.forward(np.zeros((STRIDE, 2 * STRIDE, 3), dtype=np.uint8), MIN_SCORE)
        except (ModelError, *REFUSED):
            return None
        return network

    def detect(self, image: Images) -> Detections:
        """Faces of one uint8 (H, W, 3) RGB image, best score first; scores are probabilities."""
        return self._first(self._network, image, LOOKS, square=True)

    def detect_at(self, image: Images, side: int) -> Detections:
        """Faces of one uint8 (H, W, 3) RGB image whose longer side is resized to `side` pixels.

        The canvas is as small as the resized image allows. As by `detect`, an image in which nothing is found
        is looked at once more with 128 pixels.

        Raises:
            DataError: the side is longer than `longest`.
        """
        if side > self.longest:
            raise DataError(f"detector: expected a side of at most {self.longest} pixels, got {side}")
        network = self._of_any_size
        if network is None:
            return self._first(self._network, image, (side, LOOKS[-1]), square=True)
        return self._first(network, image, (side, LOOKS[-1]), square=False)

    def _first(self, network: _Network, image: Images, sides: Sequence[int], *, square: bool) -> Detections:
        """What is found with the first longer side with which anything is."""
        found = no_faces()
        for side in sides:
            found = _look(network, *letterbox(image, side, square=square))
            if len(found.boxes):
                break
        return found


def _look(network: _Network, canvas: Images, scale: float) -> Detections:
    """Faces on a canvas, in pixels of the image that was resized by `scale`."""
    scores, boxes, points = map(np.concatenate, network.forward(canvas, MIN_SCORE))
    order = np.argsort(-scores[:, 0], kind="stable")
    if len(order) == 0:
        return no_faces()
    kept = order[suppress(boxes[order], scores[order, 0])]
    return Detections(
        boxes=(boxes[kept] / scale - EDGE).astype(np.float32),
        scores=scores[kept, 0].astype(np.float32),
        points=(points[kept] / scale - EDGE).astype(np.float32),
    )


def letterbox(image: Images, side: int, *, square: bool = True) -> tuple[Images, float]:
    """Resize an image's longer side to `side` in the top left of a black canvas; also return the scale.

    Args:
        image: uint8 (H, W, 3).
        side: In pixels.
        square: Whether the canvas has 640×640 pixels; otherwise, it is as small as the strides allow.
    """
    height, width = image.shape[:2]
    scale = side / max(height, width)
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    across, down = (CANVAS, CANVAS) if square else (-(-length // STRIDE) * STRIDE for length in size)
    canvas = np.zeros((down, across, 3), dtype=np.uint8)
    canvas[: size[1], : size[0]] = cv2.resize(image, size, interpolation=method)
    return canvas, scale


def scrfd_500m(models: ModelStore) -> Scrfd:
    """Load SCRFD-500MF with points, exported by ShiqiYu/libfacedetection.train."""
    return Scrfd(models.path("scrfd_500m"))


def scrfd_2_5g(models: ModelStore) -> Scrfd:
    """Load SCRFD-2.5GF with points, exported by hpc203/scrfd-opencv."""
    return Scrfd(models.path("scrfd_2_5g"))


def buffalo_s(models: ModelStore) -> Scrfd:
    """Load SCRFD-500MF from InsightFace's packs buffalo_s and buffalo_sc."""
    return Scrfd(models.path("det_500m"))


def buffalo_m(models: ModelStore) -> Scrfd:
    """Load SCRFD-2.5GF from InsightFace's pack buffalo_m."""
    return Scrfd(models.path("det_2_5g"))


def buffalo_l(models: ModelStore) -> Scrfd:
    """Load SCRFD-10GF from InsightFace's packs buffalo_l and antelopev2."""
    return Scrfd(models.path("det_10g"))
