"""Crops out of pictures that another program anonymized, cut at the place of the original's face."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bauta.alignment.align import apply_affine, fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.detect.redetect import MIDDLE
from bauta.errors import DataError
from bauta.io.image_formats import opened
from bauta.io.images import UnreadableImageError, decode_image, read_content
from bauta.protocols import Detector, Images

LOSSLESS = frozenset({"BMP", "PNG", "PPM", "TIFF"})
"""Pillow's names of the formats whose pixels are those that the program wrote."""


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: uint8 (H, W, 3) RGB, upright.
        content: Bytes of its file.
        format: Pillow's name of the format.
    """

    pixels: Images
    content: bytes
    format: str

    @property
    def exact(self) -> bool:
        """Whether its format keeps every pixel."""
        return self.format in LOSSLESS


def read_picture(path: Path) -> Picture:
    """Read a picture of one frame, with the colours that lie under transparent pixels: they are in its file.

    Raises:
        UnreadableImageError: it cannot be read, or has several frames.
    """
    content = read_content(path)
    pixels = decode_image(content, str(path))
    with opened(content) as image:
        frames = getattr(image, "n_frames", 1)
        if frames != 1:
            raise UnreadableImageError(str(path), f"expected one picture, got {frames} frames")
        if image.has_transparency_data and image.format != "JXL":
            pixels = _below_transparency(image, str(path), pixels)
        return Picture(pixels, content, str(image.format))


def _below_transparency(image: Image.Image, name: str, pixels: Images) -> Images:
    """The upright pixels without transparency, as whoever drops it sees them; `pixels` if all are opaque."""
    whole = image.convert("RGBA")
    if np.asarray(whole.getchannel("A")).min() == 255:
        return pixels
    opaque = BytesIO()
    whole.convert("RGB").save(opaque, "PNG", exif=image.getexif())
    return decode_image(opaque.getvalue(), name)


def scaled_matrix(
    matrix: NDArray[np.float64], original: tuple[int, int], picture: tuple[int, int]
) -> NDArray[np.float64]:
    """Convert the transform of an image to that of its scaled copy.

    Args:
        matrix: float64 (2, 3), from pixels of the original to those of the crop.
        original: Height and width of the original.
        picture: Height and width of the copy.

    Raises:
        DataError: no single scale leads from one size to the other, give or take less than a pixel.
    """
    (height, width), (new_height, new_width) = original, picture
    if abs(new_height * width - height * new_width) >= max(width, height):
        raise DataError(
            f"its size is {new_width}×{new_height}, expected {width}×{height} or a scale of it: the picture "
            "was cut or turned"
        )
    scales = np.array([new_width / width, new_height / height])
    linear, offset = matrix[:, :2], matrix[:, 2]
    return np.column_stack([linear / scales, linear @ (0.5 / scales - 0.5) + offset])


def resized_crop(picture: Images, size: int) -> Images:
    """Return a square picture of a crop, uint8 (side, side, 3), at the side of the contract.

    Raises:
        DataError: it is not square.
    """
    height, width = picture.shape[:2]
    if height != width:
        raise DataError(f"its size is {width}×{height}, expected a square crop such as {size}×{size}")
    if height == size:
        return picture
    whole = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    return warp_crop(picture, scaled_matrix(whole, (size, size), (height, width)), size)


def detected_matrix(
    picture: Images, matrix: NDArray[np.float64], contract: CropContract, detector: Detector
) -> NDArray[np.float64]:
    """Align the face that a detector finds in an anonymized image near the place of the original's.

    Near is what `redetect` calls the middle of the crop; of several faces, the nearest is taken. Where none
    is found, the face is where the original was: whoever attacks the image looks there.

    Args:
        picture: uint8 (H, W, 3), the anonymized image.
        matrix: float64 (2, 3), from its pixels to those of the crop of the original's place.
        contract: The crop contract.
        detector: The detector of the originals.

    Returns:
        float64 (2, 3), from the pixels of the image to those of the crop.

    Raises:
        DataError: the points of the face cannot be aligned.
    """
    found = detector.detect(picture)
    if len(found.boxes) > 0:
        centres = apply_affine(matrix, found.boxes.reshape(-1, 2, 2).mean(axis=1)) / (contract.size - 1)
        low, high = MIDDLE
        distance = np.linalg.norm(centres - 0.5, axis=1)
        distance[~((centres > low) & (centres < high)).all(axis=1)] = np.inf
        if np.isfinite(distance).any():
            return fit_similarity(found.points[int(np.argmin(distance))], contract.template())
    return matrix
