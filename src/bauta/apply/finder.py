"""Two looks at a picture: at the whole of it for large faces, and through windows for small ones.

The whole is looked at as it is, and as a small copy with a margin, for faces that the border cuts. Detectors
shrink a large picture to their working size, which loses its small faces. The second look goes over the
picture in overlapping windows, enlarged until the smallest face wanted has the size of the smallest that the
detector finds. Where the detector can look at larger images than usual, the windows are as large, and most
pictures are a single one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.apply.editor import MIN_FACE, FoundFace
from bauta.detect import DETECTORS
from bauta.detect.suppress import suppress
from bauta.detect.working_size import resize, to_image
from bauta.errors import ConfigError
from bauta.models.store import ModelStore
from bauta.protocols import Detections, Detector, Floats, Images
from bauta.registry import nearest

NOT_LOOKING = ("annotations", "full_frame")
"""Detectors that do not look at the image."""

SAME_FACE = 0.5
"""Intersection over union from which on two boxes are one face, in one look or in two."""

MOSTLY = 0.6
"""Share of the smaller of two boxes from which on a face that a window cuts is the other face."""

ROOM = 4.0
"""Overlap of two windows, in sides of the smallest face that the look at the whole finds.

One and a half would show every smaller face whole in some window; MTCNN then finds 123 of 124 faces in the
pictures of `benchmarks/apply.py`, and all with this, as more of them are seen twice.
"""

FRAMED, MARGIN, GREY = 5 / 8, 1 / 3, 127
"""Longer side of the framed copy as a fraction of the detector's longest, width of its margin as a fraction
of its shorter side, and the shade of the margin.

MTCNN loses large faces that are turned or cut; which ones depends on the size of the picture. Of 130 faces of
70 pixels and more in 40 composed pictures, it finds 119 in the whole picture and 125 in the framed copy.
"""

SMALLEST, LARGEST = 12, 1000
"""Range of the smallest face in image pixels."""


@dataclass(frozen=True)
class Reach:
    """What a detector finds in one call.

    Attributes:
        longest: Longer side, in pixels, to which it shrinks a larger image.
        smallest: Shorter side of the box of the smallest face that it finds in such an image.
    """

    longest: int
    smallest: int


REACH: Mapping[str, Reach] = {
    "mtcnn": Reach(1024, 40),
    "scrfd_500m": Reach(640, 32),
    "scrfd_2_5g": Reach(640, 32),
    "buffalo_s": Reach(640, 32),
    "buffalo_m": Reach(640, 32),
    "buffalo_l": Reach(640, 32),
    "yunet": Reach(640, 32),
}
CAUTIOUS = Reach(640, 40)
"""Assumed of other detectors."""


@runtime_checkable
class SizedDetector(Detector, Protocol):
    """A detector that also looks at an image at a size of choice, in a time that grows with its area.

    Attributes:
        longest: Largest such size: pixels of the longer side.
    """

    @property
    def longest(self) -> int: ...  # noqa: D102

    def detect_at(self, image: Images, side: int) -> Detections:
        """Detect the faces of a uint8 (H, W, 3) RGB image whose longer side is resized to `side` pixels."""
        ...


@runtime_checkable
class ConcurrentDetector(Detector, Protocol):
    """A detector of which there is one that several threads can call at once."""

    def concurrent(self) -> Detector:
        """The same detector, for calls from several threads, each of which computes alone."""
        ...


class TwoLooks:
    """Finds the faces of a picture with any detector.

    Args:
        detector: The detector.
        reach: What it finds in one call.
        min_face: Shorter side, in image pixels, of the box of the smallest face to look for.
    """

    def __init__(self, detector: Detector, reach: Reach, min_face: int = MIN_FACE) -> None:
        self._detector = detector
        self._reach = reach
        self._min_face = min_face

    @classmethod
    def open(cls, detector: str, *, min_face: int = MIN_FACE, models: ModelStore | None = None) -> Self:
        """Load a detector; see `editor.open_finder`."""
        card = DETECTORS[detector]
        if card.name in NOT_LOOKING:
            others = [name for name in DETECTORS.built_in if name not in NOT_LOOKING]
            raise ConfigError(f"detector {detector} does not look at the image: {nearest(detector, others)}")
        if not SMALLEST <= min_face <= LARGEST:
            raise ConfigError(f"smallest face: expected {SMALLEST} to {LARGEST} pixels, got {min_face}")
        model = DETECTORS.load(detector)(models or ModelStore.default())
        return cls(model, REACH.get(card.name, CAUTIOUS), min_face)

    def concurrent(self) -> "TwoLooks | None":
        """The same finder for several threads; see `editor.ThreadableFinder`."""
        if isinstance(self._detector, ConcurrentDetector):
            return TwoLooks(self._detector.concurrent(), self._reach, self._min_face)
        return None

    def find(self, image: Images) -> tuple[FoundFace, ...]:
        """The faces of a uint8 (H, W, 3) RGB image, best score first; one box per face.

        A face smaller than the minimum is returned as well if the detector finds it.
        """
        looks = [_uncut(self._whole(image)), _uncut(self._framed_look(image))]
        return _merged([*looks, *self._second_look(image)])

    def find_quickly(self, image: Images) -> tuple[FoundFace, ...]:
        """The faces that the detector finds in one call, which are large ones; see `editor.QuickFinder`."""
        return _merged([_uncut(self._whole(image))])

    def _whole(self, image: Images) -> Detections:
        """Detections in an image of any size, which is resized to the detector's usual one."""
        if isinstance(self._detector, SizedDetector):
            return self._detector.detect_at(image, self._reach.longest)
        return self._detector.detect(image)

    def _framed_look(self, image: Images) -> Detections:
        """Detections in a small copy of the image with a grey margin."""
        small = resize(image, min(1.0, FRAMED * self._reach.longest / max(image.shape[:2])))
        margin = round(MARGIN * min(small.shape[:2]))
        sides = (margin, margin, margin, margin)
        framed = cv2.copyMakeBorder(small, *sides, cv2.BORDER_CONSTANT, value=(GREY, GREY, GREY))
        found = self._whole(np.asarray(framed, dtype=np.uint8))
        moved = np.float32(margin)
        return to_image(Detections(found.boxes - moved, found.scores, found.points - moved), small, image)

    def _second_look(self, image: Images) -> Iterator[tuple[Detections, NDArray[np.bool_]]]:
        """Detections in image pixels, and whether the edge of a window cuts each."""
        height, width = image.shape[:2]
        zoom = self._reach.smallest / self._min_face
        first = min(1.0, self._reach.longest / max(height, width))
        if zoom <= first:
            # The whole picture was seen at this size or larger; another look would find nothing else.
            return
        side = self._longest / zoom
        overlap = min(ROOM * self._reach.smallest / first, side / 2)
        for top, bottom in windows(height, side, overlap):
            for left, right in windows(width, side, overlap):
                part = image[top:bottom, left:right]
                found = self._zoomed_look(_zoomed(part, zoom))
                yield _placed(found, part, zoom, (left, top), (width, height))

    @property
    def _longest(self) -> int:
        """Longest side of a window that the detector sees without shrinking it."""
        if isinstance(self._detector, SizedDetector):
            return max(self._detector.longest, self._reach.longest)
        return self._reach.longest

    def _zoomed_look(self, image: Images) -> Detections:
        """Detections in a window, at its size or at a larger one."""
        longer = max(image.shape[:2])
        if isinstance(self._detector, SizedDetector) and longer > self._reach.longest:
            return self._detector.detect_at(image, min(longer, self._longest))
        return self._whole(image)


def _uncut(found: Detections) -> tuple[Detections, NDArray[np.bool_]]:
    """Detections of which no window cuts any."""
    return found, np.zeros(len(found.boxes), dtype=bool)


def _merged(looks: Sequence[tuple[Detections, NDArray[np.bool_]]]) -> tuple[FoundFace, ...]:
    """The faces of several looks, best score first, one box per face.

    Args:
        looks: Detections in image pixels, and whether the edge of a window cuts each.
    """
    boxes = np.concatenate([found.boxes for found, _ in looks])
    scores = np.concatenate([found.scores for found, _ in looks])
    points = np.concatenate([found.points for found, _ in looks])
    cut = np.concatenate([cut for _, cut in looks])
    usable = np.isfinite(boxes).all(axis=1) & np.isfinite(points).all(axis=(1, 2))
    usable[usable] &= ~_parts_of_others(boxes[usable], cut[usable])
    boxes, scores, points, cut = (values[usable] for values in (boxes, scores, points, cut))
    if len(boxes) == 0:
        return ()
    # A face that a window cuts is worse than the same face in another window, whatever its score.
    span = float(np.ptp(scores)) + 1.0
    kept = suppress(boxes, scores - scores.min() + 1.0 + np.where(cut, 0.0, span), SAME_FACE)
    faces = [FoundFace(boxes[row], float(scores[row]), points[row]) for row in kept]
    return tuple(sorted(faces, key=lambda face: -face.score))


def _parts_of_others(boxes: Floats, cut: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which boxes (F, 4) were cut by a window and lie mostly on a box that was not, (F,)."""
    parts, wholes = boxes[cut], boxes[~cut]
    low = np.maximum(parts[:, np.newaxis, :2], wholes[:, :2])
    high = np.minimum(parts[:, np.newaxis, 2:], wholes[:, 2:])
    shared = np.maximum(high - low, 0).prod(axis=2)
    areas = (np.maximum(own[:, 2:] - own[:, :2], 1e-6).prod(axis=1) for own in (parts, wholes))
    smaller = np.minimum.outer(*areas)
    found = np.zeros(len(boxes), dtype=bool)
    found[cut] = (shared / smaller > MOSTLY).any(axis=1)
    return found


def windows(length: int, side: float, overlap: float) -> list[tuple[int, int]]:
    """Cut an axis into windows of equal length: first and last pixel (exclusive) of each.

    Args:
        length: Pixels of the axis.
        side: Longest window.
        overlap: Least overlap of two neighbours, below `side`.
    """
    if length <= side:
        return [(0, length)]
    count = int(np.ceil((length - overlap) / (side - overlap)))
    # No longer than needed, as the detector takes its time for every pixel.
    side = (length + (count - 1) * overlap) / count
    starts = np.linspace(0, length - side, count)
    return [(int(start), min(length, int(np.ceil(start + side)))) for start in starts]


def _zoomed(image: Images, zoom: float) -> Images:
    size = tuple(max(1, round(side * zoom)) for side in image.shape[1::-1])
    if size == image.shape[1::-1]:
        return image
    method = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=method), dtype=np.uint8)


def _placed(
    found: Detections, part: Images, zoom: float, corner: tuple[int, int], limits: tuple[int, int]
) -> tuple[Detections, NDArray[np.bool_]]:
    """Detections in a zoomed window, moved to their place in the image, and whether each is cut."""
    height, width = part.shape[:2]
    ratio = np.array([width / max(1, round(width * zoom)), height / max(1, round(height * zoom))])

    def back(points: Floats) -> Floats:
        return ((points + 0.5) * ratio - 0.5 + corner).astype(np.float32)

    boxes = back(found.boxes.reshape(-1, 2, 2))
    low = np.array(corner, dtype=np.float64)
    high = low + np.array([width, height])
    before = (boxes[:, 0] < low + 1) & (low > 0)
    behind = (boxes[:, 1] > high - 2) & (high < np.array(limits))
    placed = Detections(boxes.reshape(-1, 4), found.scores, back(found.points))
    return placed, np.asarray((before | behind).any(axis=1))
