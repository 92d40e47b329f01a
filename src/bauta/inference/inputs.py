"""Conversion of images to inputs of networks."""

from collections.abc import Sequence

import cv2
import numpy as np

from bauta.protocols import Floats, Images

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def normalized_planes(images: Images, mean: float, std: float) -> Floats:
    """Compute (x − mean) / std of uint8 (N, H, W, 3) images as float32 (N, 3, H, W).

    The values equal those of OpenCV's `blobFromImages` without swapped channels, in a fraction of its time.
    """
    planes = np.empty((len(images), 3, *images.shape[1:3]), dtype=np.float32)
    scale, shift = np.float32(1.0 / std), np.float32(mean / std)
    for image, target in zip(images, planes, strict=True):
        for channel, plane in enumerate(cv2.split(image)):
            np.multiply(plane, scale, out=target[channel])
            target[channel] -= shift
    return planes


def standardise(images: Images, mean: Sequence[float], std: Sequence[float]) -> Floats:
    """Compute (x / 255 − mean) / std of uint8 (N, H, W, 3), by channel, as float32 (N, 3, H, W)."""
    planes = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).astype(np.float32)
    planes /= np.float32(255.0)
    planes -= np.array(mean, dtype=np.float32)[:, None, None]
    planes /= np.array(std, dtype=np.float32)[:, None, None]
    return planes
