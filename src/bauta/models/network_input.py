"""Images as networks take them."""

import cv2
import numpy as np

from bauta.protocols import Floats, Images


def normalized_planes(images: Images, mean: float, std: float) -> Floats:
    """(x − mean) / std of uint8 (N, H, W, 3) images as float32 (N, 3, H, W).

    The values of OpenCV's `blobFromImages` without a swap of channels, in a fraction of its time.
    """
    planes = np.empty((len(images), 3, *images.shape[1:3]), dtype=np.float32)
    scale, shift = np.float32(1.0 / std), np.float32(mean / std)
    for image, target in zip(images, planes, strict=True):
        for channel, plane in enumerate(cv2.split(image)):
            np.multiply(plane, scale, out=target[channel])
            target[channel] -= shift
    return planes
