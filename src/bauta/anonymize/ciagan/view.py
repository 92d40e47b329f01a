"""The input of CIAGAN's network, as prepared by its `process_data.py` and its data loader."""

import io
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bauta.anonymize.ciagan.network import SIZE
from bauta.anonymize.influence import influencing, jpeg_influencing, kernel_reach, taps_reach
from bauta.protocols import Floats, Images

WIDTH, HEIGHT = 178, 218
LOADED = 144
BORDER = (LOADED - SIZE) // 2
BLUE = (0, 0, 255)
WHITE = 255
MASKED = 0.2
"""Darkness of the mask image above which a pixel belongs to the face."""

CONTOURS: tuple[tuple[int, ...], ...] = (
    tuple(range(17)),
    (27, 28, 29, 30),
    (60, 61, 62, 63, 64, 65, 66, 67, 60),
)
"""Polylines of the drawing: jaw, bridge of the nose, inner lips."""

LANCZOS_RADIUS = 3.0
FACE_JPEG_QUALITY = 95
"""OpenCV's default; the face is saved with OpenCV and the two drawings with PIL, at its default of 75."""


@dataclass(frozen=True)
class View:
    """The upright rectangle of a crop, centred between the inner eye corners, that becomes 178×218 pixels.

    Attributes:
        left: First column, in crop pixels; it may lie outside the crop.
        top: First row.
        half_width: Half of its width.
        half_height: Half of its height.
    """

    left: int
    top: int
    half_width: int
    half_height: int

    @classmethod
    def of(cls, points: NDArray[np.int64]) -> Self | None:
        """The view for 68 points in whole pixels, or None if the eyes are not side by side."""
        (x39, y39), (x42, y42) = points[39].tolist(), points[42].tolist()
        half_height = 5 * (x42 - x39)
        half_width = int(half_height / HEIGHT * WIDTH)
        if half_width < 1:
            return None
        centre = int((x42 + x39) / 2), int((y42 + y39) / 2)
        return cls(centre[0] - half_width, centre[1] - half_height, half_width, half_height)

    def columns(self, size: int) -> NDArray[np.int64]:
        """Columns of the crop for those of the rectangle; beyond the crop its outer columns are repeated."""
        return np.clip(np.arange(self.left, self.left + 2 * self.half_width), 0, size - 1)

    def rows(self, size: int) -> NDArray[np.int64]:
        """Rows of the crop for those of the rectangle, likewise."""
        return np.clip(np.arange(self.top, self.top + 2 * self.half_height), 0, size - 1)

    def cut(self, crop: Images) -> Images:
        """Cut the rectangle from a uint8 crop at 178×218 pixels, before compression: (218, 178, 3)."""
        rows, columns = self.rows(len(crop)), self.columns(len(crop))
        inside = crop[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        above, before = min(max(-self.top, 0), len(rows) - 1), min(max(-self.left, 0), len(columns) - 1)
        below, after = len(rows) - len(inside) - above, len(columns) - inside.shape[1] - before
        part = cv2.copyMakeBorder(inside, above, below, before, after, cv2.BORDER_REPLICATE)
        return np.asarray(cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)

    def scaled(self, points: NDArray[np.int64]) -> NDArray[np.float64]:
        """Convert points to pixels of the 178×218 image."""
        ratio = np.array([WIDTH / (2 * self.half_width), HEIGHT / (2 * self.half_height)])
        return np.asarray((points - (self.left, self.top)) * ratio)

    def to_crop(self) -> NDArray[np.float64]:
        """2×3 affine from pixels of the network's 128×128 image to crop pixels, centre to centre."""
        scale = np.array([2 * self.half_width / LOADED, 2 * self.half_height / LOADED])
        offset = np.array([self.left, self.top]) + (BORDER + 0.5) * scale - 0.5
        return np.array([[scale[0], 0.0, offset[0]], [0.0, scale[1], offset[1]]])

    def in_crop(
        self, picture: NDArray[Any], box: tuple[int, int, int, int], interpolation: int
    ) -> NDArray[Any]:
        """Map the network's image (128, 128, …) to its position in a part of a crop.

        Args:
            picture: The image, or a mask.
            box: Left, top, width and height of the part.
            interpolation: OpenCV's interpolation flag.

        Returns:
            (height, width, …).
        """
        # Beyond a mask there is no face; beyond an image its border is repeated, for the interpolation.
        border = cv2.BORDER_CONSTANT if interpolation == cv2.INTER_NEAREST else cv2.BORDER_REPLICATE
        left, top, width, height = box
        matrix = self.to_crop() - [[0.0, 0.0, left], [0.0, 0.0, top]]
        return np.asarray(
            cv2.warpAffine(picture, matrix, (width, height), flags=interpolation, borderMode=border)
        )

    def influencing(self, seen: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
        """Pixels (size, size) of a crop that influence the given pixels (128, 128) of the network's image."""
        loaded = np.pad(seen, BORDER)
        rows = kernel_reach(HEIGHT, LOADED, LANCZOS_RADIUS)
        columns = kernel_reach(WIDTH, LOADED, LANCZOS_RADIUS)
        saved = jpeg_influencing(influencing(loaded, rows, columns))
        # Rows and columns that are repeated beyond the crop are consecutive.
        own_rows, first_row = np.unique(self.rows(size), return_index=True)
        own_columns, first_column = np.unique(self.columns(size), return_index=True)
        rows = taps_reach(2 * self.half_height, HEIGHT).repeated(first_row)
        columns = taps_reach(2 * self.half_width, WIDTH).repeated(first_column)
        found = np.zeros((size, size), dtype=bool)
        found[own_rows[0] : own_rows[-1] + 1, own_columns[0] : own_columns[-1] + 1] = influencing(
            saved, rows, columns
        )
        return found


def whole_points(points: Floats) -> NDArray[np.int64]:
    """Round points to whole pixels, as dlib does."""
    return np.rint(points[:, :2]).astype(np.int64)


def draw_landmarks(points: NDArray[np.floating]) -> Images:
    """Draw blue lines, 1 pixel wide, on white: uint8 (218, 178, 3) RGB, before compression."""
    canvas = np.full((HEIGHT, WIDTH, 3), WHITE, dtype=np.uint8)
    places = [(int(x), int(y)) for x, y in points.tolist()]
    for contour in CONTOURS:
        for start, end in pairwise(contour):
            cv2.line(canvas, places[start], places[end], BLUE, 1)
    return canvas


def draw_mask(points: NDArray[np.floating]) -> Images:
    """Draw the face below the brows in black on white: uint8 (218, 178), before compression."""
    canvas = np.full((HEIGHT, WIDTH), WHITE, dtype=np.uint8)
    left, right = (points[0, 0], points[19, 1]), (points[16, 0], points[24, 1])
    outline = np.array([left, *points[:17].tolist(), right]).astype(np.int32)
    cv2.fillPoly(canvas, [outline], 0)
    return canvas


def saved_by_pil(image: Images) -> Images:
    """An image after PIL's JPEG at default settings; a grey image gives the result of its RGB equivalent."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, format="JPEG")
    return _decoded(file)


def saved_by_opencv(image: Images) -> Images:
    """An image after OpenCV's JPEG at default settings."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, FACE_JPEG_QUALITY])
    return _decoded(io.BytesIO(data.tobytes()))


def _decoded(file: io.BytesIO) -> Images:
    with Image.open(file) as image:
        return np.asarray(image)


def loaded(image: Images) -> Floats:
    """Load an image as the official loader: the middle 128 of 144 pixels, float32 (128, 128, …) in [0, 1]."""
    small = np.asarray(Image.fromarray(image).resize((LOADED, LOADED), Image.Resampling.LANCZOS))
    return small[BORDER : BORDER + SIZE, BORDER : BORDER + SIZE].astype(np.float32) / np.float32(255.0)


def masked(mask_image: Floats) -> NDArray[np.bool_]:
    """The region of the face in a loaded mask image (128, 128)."""
    return np.asarray((np.float32(1.0) - mask_image) > MASKED)


@dataclass(frozen=True)
class Face:
    """The geometry that follows from a face's landmarks alone.

    Attributes:
        view: The part of the crop that the network sees.
        places: The landmarks in pixels of the 178×218 image.
        mask: The region of the face in the network's image: (128, 128), read-only.
        edited: The region of the face in the crop: (size, size), read-only.
    """

    view: View
    places: NDArray[np.float64]
    mask: NDArray[np.bool_]
    edited: NDArray[np.bool_]

    def protected(self) -> NDArray[np.bool_]:
        """Pixels of the crop inside the mask that do not influence what is seen outside it."""
        return self.edited & ~self.view.influencing(~self.mask, len(self.edited))


def face_of(points: Floats, size: int) -> Face | None:
    """The face for 68 landmarks in crop pixels, or None if the eyes are not side by side."""
    return _face_of(whole_points(points).tobytes(), size)


# Each face is needed twice: for the protected region and for the painting.
@lru_cache(maxsize=256)
def _face_of(data: bytes, size: int) -> Face | None:
    points = np.frombuffer(data, dtype=np.int64).reshape(68, 2)
    view = View.of(points)
    if view is None:
        return None
    places = view.scaled(points)
    mask = masked(loaded(saved_by_pil(draw_mask(places))))
    edited = view.in_crop(mask.astype(np.uint8), (0, 0, size, size), cv2.INTER_NEAREST).astype(bool)
    mask.flags.writeable = edited.flags.writeable = False
    return Face(view, places, mask, edited)
