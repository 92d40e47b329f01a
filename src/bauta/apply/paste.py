"""Pasting an edited crop back into its photograph."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.apply.region import Region
from bauta.protocols import Images

Mask = NDArray[np.bool_]


def paste_crop(image: Images, mask: Mask, crop: Images, matrix: NDArray[np.float64], region: Region) -> bool:
    """Replace a region of an image by an edited crop, in place.

    Inside the region, no pixel keeps anything of what was there before. Across the seam, the crop is blended
    with what the image shows at that moment, so that faces that were pasted before stay anonymized. What of
    the region lies outside the crop continues the crop's border.

    Args:
        image: uint8 (H, W, 3) RGB.
        mask: bool (H, W), set where pixels are edited.
        crop: uint8 (size, size, 3) RGB, edited everywhere.
        matrix: (2, 3) similarity from image to crop pixels.
        region: Where to paste.

    Returns:
        Whether any of the region lies in the image.
    """
    bounds = region.bounds(*image.shape[:2])
    if bounds is None:
        return False
    content = unwarp(crop, matrix, bounds)
    return _blend(image, mask, content, region, bounds)


def paste_colour(image: Images, mask: Mask, region: Region, side: int = 0) -> bool:
    """Replace a region of an image by black or by a few blurred colours of itself, in place.

    Args:
        image: uint8 (H, W, 3) RGB.
        mask: bool (H, W), set where pixels are edited.
        region: Where.
        side: Number of colours along each side of the region; 0 for black.

    Returns:
        Whether any of the region lies in the image.
    """
    bounds = region.bounds(*image.shape[:2])
    if bounds is None:
        return False
    left, top, right, bottom = bounds
    shape = (bottom - top, right - left)
    content = np.zeros((*shape, 3), dtype=np.uint8)
    if side:
        few = (min(side, shape[1]), min(side, shape[0]))
        means = cv2.resize(image[top:bottom, left:right], few, interpolation=cv2.INTER_AREA)
        content[:] = cv2.resize(means, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return _blend(image, mask, content, region, bounds)


def unwarp(crop: Images, matrix: NDArray[np.float64], bounds: tuple[int, int, int, int]) -> Images:
    """Resample a crop to the grid of a part of its image, without aliasing where the crop is finer.

    The inverse of `alignment.crop.warp_crop`: an image pixel that covers more than one crop pixel is the mean
    of k×k bilinear samples at most one crop pixel apart.

    Args:
        crop: uint8 (size, size, 3).
        matrix: (2, 3) similarity from image to crop pixels.
        bounds: Left, top, right and bottom (exclusive) of the part in image pixels.

    Returns:
        uint8 (bottom − top, right − left, 3).
    """
    left, top, right, bottom = bounds
    size = (right - left, bottom - top)
    samples = max(1, math.ceil(math.sqrt(abs(np.linalg.det(matrix[:, :2]))) - 1e-6))
    fine = np.asarray(matrix, dtype=np.float64).copy()
    # Sample s of a part's pixel lies at (s + 0.5) / samples - 0.5 of the pixel grid.
    fine[:, 2] += fine[:, :2] @ (np.array([left, top]) + 0.5 / samples - 0.5)
    fine[:, :2] /= samples
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    shape = (size[0] * samples, size[1] * samples)
    warped = cv2.warpAffine(crop, fine, shape, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    if samples > 1:
        warped = cv2.resize(warped, size, interpolation=cv2.INTER_AREA)
    return np.asarray(warped, dtype=np.uint8)


def _blend(
    image: Images, mask: Mask, content: Images, region: Region, bounds: tuple[int, int, int, int]
) -> bool:
    left, top, right, bottom = bounds
    inside = region.drawn(bounds)
    opacity = region.opacity(inside)
    part = image[top:bottom, left:right]
    seam = (opacity > 0) & (inside == 0)
    share = opacity[seam][:, np.newaxis]
    mixed = share * content[seam] + (1 - share) * part[seam]
    part[seam] = np.rint(mixed).astype(np.uint8)
    np.copyto(part, content, where=inside[..., np.newaxis].astype(bool))
    mask[top:bottom, left:right] |= opacity > 0
    return bool(inside.any())
