"""Whether an anonymized picture still shows the original: compared with what its file format alone changes.

A picture that a program passed on is not equal to its original if it was compressed or scaled on the way. The
original is therefore compressed with the tables of the anonymized file and scaled as it was; a block of the
face that differs from that copy by no more than the copy differs from the original was not anonymized.
"""

from io import BytesIO
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from bauta.alignment.crop import warp_crop
from bauta.anonymize.external.cutting import Picture
from bauta.anonymize.witness import BLOCKS, zones_of
from bauta.contract import CropContract
from bauta.io.image_formats import opened
from bauta.protocols import Images

MAX_SAME = 0.5
"""Fraction of the face's blocks that may show the original; a blur of the face hull leaves up to 0.35."""

SLACK = 1.0
"""Root-mean-square grey levels by which two encoders, or two filters, may differ."""

QUALITY = 75
"""Assumed JPEG quality of files of other lossy formats."""

FRAME_QUALITY = 85
"""Assumed JPEG quality of lossless files of pixels that were compressed before, such as frames of a video."""

REENCODED = 0.5
"""Fraction of an image's pixels above which a lossless file is one of pixels that were compressed before."""

FILTERS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)
"""The filters with which a program may have scaled an image."""

THUMBNAIL = 32


def is_exact(original: Images, picture: Picture) -> bool:
    """Whether pixels that the program did not edit are those of the original, uint8 (H, W, 3)."""
    if not picture.exact or picture.pixels.shape != original.shape:
        return False
    return float((original != picture.pixels).any(axis=-1).mean()) <= REENCODED


def passed_on(original: Images, picture: Picture) -> list[Images]:
    """Return what the program's file would show if it had not anonymized the original.

    Args:
        original: uint8 (H, W, 3), upright.
        picture: The anonymized picture, for which `is_exact` is false.

    Returns:
        uint8 images of the picture's size, one for each filter if it was scaled.
    """
    height, width = picture.pixels.shape[:2]
    if original.shape == picture.pixels.shape:
        return [_compressed(original, picture)]
    copies: list[Images] = [_resized(original, width, height, filter_) for filter_ in FILTERS]
    return copies if picture.exact else [_compressed(copy, picture) for copy in copies]


def _resized(image: Images, width: int, height: int, filter_: int) -> Images:
    return np.asarray(cv2.resize(image, (width, height), interpolation=filter_), dtype=np.uint8)


def _compressed(image: Images, picture: Picture) -> Images:
    options: dict[str, Any] = {"quality": FRAME_QUALITY if picture.exact else QUALITY}
    if picture.format == "JPEG":
        with opened(picture.content) as file:
            if isinstance(file, JpegImagePlugin.JpegImageFile) and file.mode != "CMYK":
                options = {"qtables": file.quantization, "subsampling": JpegImagePlugin.get_sampling(file)}
                if file.mode == "L":
                    options["subsampling"] = 0
                    options["qtables"] = {0: file.quantization[0]}
    written = BytesIO()
    Image.fromarray(image).save(written, "JPEG", **options)
    return np.asarray(Image.open(BytesIO(written.getvalue())).convert("RGB"))


def same_blocks(before: Images, after: Images, copy: Images, contract: CropContract) -> float:
    """Fraction of the face's blocks that show the original; 1 if the face has no block.

    Args:
        before: uint8 (size, size, 3), the crop of the original.
        after: The crop of the anonymized picture, likewise.
        copy: The crop of one of `passed_on`, likewise.
        contract: Geometry of the crops.
    """
    face = _blocks(zones_of(contract).face[..., np.newaxis]).all(axis=(1, 3, 4))
    levels = [_blocks(image.astype(np.float64)) for image in (before, after, copy)]
    allowed = _distance(levels[2], levels[0]) + SLACK
    same = np.asarray(_distance(levels[1], levels[2]) <= allowed)
    return float(same[face].mean()) if face.any() else 1.0


def _blocks(plane: NDArray[Any]) -> NDArray[Any]:
    side = len(plane) // BLOCKS
    whole = plane[: side * BLOCKS, : side * BLOCKS]
    return whole.reshape(BLOCKS, side, BLOCKS, side, plane.shape[-1])


def _distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(((one - other) ** 2).mean(axis=(1, 3, 4)))


def shows_original(
    before: Images,
    original: Images,
    after: Images,
    picture: Picture,
    *,
    matrix: NDArray[np.float64],
    contract: CropContract,
) -> str | None:
    """Why the crop of an anonymized image shows the original, or None if it does not.

    Args:
        before: uint8 (size, size, 3), the crop of the original.
        original: uint8 (H, W, 3), the image, or the crop where crops were anonymized.
        after: The crop of the picture at the original's place, as `before`.
        picture: The anonymized picture.
        matrix: float64 (2, 3), from pixels of the picture to those of the crop.
        contract: Geometry of the crops.
    """
    copies = [warp_crop(copy, matrix, contract.size) for copy in passed_on(original, picture)]
    part = max(same_blocks(before, after, copy, contract) for copy in copies)
    if part <= MAX_SAME:
        return None
    return f"{part:.2f} of the face is as in the original, expected at most {MAX_SAME}: it was not anonymized"


def edited(before: Images, after: Images) -> NDArray[np.uint8]:
    """The region that was edited losslessly, uint8 (size, size): where pixels differ, without small holes."""
    differs = (before != after).any(axis=-1).astype(np.uint8)
    side = len(before) // BLOCKS + 1
    return np.asarray(cv2.morphologyEx(differs, cv2.MORPH_CLOSE, np.ones((side, side), dtype=np.uint8)))


def turned(original: Images, picture: Images) -> bool:
    """Whether a picture fits its original much better once it is turned or mirrored.

    A program that ignores the orientation in a photograph's EXIF block writes the picture as the sensor saw
    it. At the original's place there is then no face, which would look like a perfect anonymization.
    """
    one, other = (
        _resized(image, THUMBNAIL, THUMBNAIL, cv2.INTER_AREA).mean(axis=-1) for image in (original, picture)
    )
    views = [np.rot90(image, turns) for image in (other, other[:, ::-1]) for turns in range(4)]
    distances = [float(np.abs(one - view).mean()) for view in views]
    return min(distances[1:]) < 0.5 * distances[0] and distances[0] > SLACK
