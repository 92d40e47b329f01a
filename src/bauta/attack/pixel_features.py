"""Pixels as features, without a recognizer."""

import cv2
import numpy as np
from numpy.typing import NDArray

PIXEL_SIDE = 32


def pixel_features(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Grey thumbnails of crops as feature vectors.

    Args:
        images: uint8 (N, H, W, 3) RGB.

    Returns:
        float32 (N, 1024) in [0, 1]: luma of 32×32 area averages, row by row.
    """
    thumbnails = np.zeros((len(images), PIXEL_SIDE, PIXEL_SIDE), dtype=np.float32)
    for index, image in enumerate(images):
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
        thumbnails[index] = cv2.resize(grey, (PIXEL_SIDE, PIXEL_SIDE), interpolation=cv2.INTER_AREA)
    return thumbnails.reshape(len(images), PIXEL_SIDE**2) / np.float32(255)
