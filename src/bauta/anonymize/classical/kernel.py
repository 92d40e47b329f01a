"""The Gaussian kernel of the blur, which is public."""

import cv2
import numpy as np
from numpy.typing import NDArray


def sigma_of(kernel: int) -> float:
    """Standard deviation in pixels for a kernel width, as `cv2.getGaussianKernel` defines it."""
    return 0.3 * ((kernel - 1) * 0.5 - 1) + 0.8


def gaussian_taps(kernel: int) -> NDArray[np.float64]:
    """The coefficients of the blur along one axis, float64 (kernel,), truncated and rounded as in OpenCV."""
    taps = cv2.getGaussianKernel(kernel, sigma_of(kernel), cv2.CV_32F)
    return np.asarray(taps, dtype=np.float64)[:, 0]


def eigenvalues(kernel: int, side: int) -> NDArray[np.float64]:
    """Factors by which the blur multiplies the cosines of the DCT-I along an axis of `side` pixels, (side,).

    A symmetric filter with borders that are mirrored without repeating the outermost pixel
    (`cv2.BORDER_REFLECT_101`) is diagonal in the discrete cosine transform of type I (Martucci, "Symmetric
    convolution and the discrete sine and cosine transforms", IEEE Transactions on Signal Processing 42(5),
    1994).
    """
    offsets = np.arange(kernel) - kernel // 2
    frequencies = np.pi * np.arange(side) / max(side - 1, 1)
    return np.cos(np.outer(frequencies, offsets)) @ gaussian_taps(kernel)


def blur_matrix(kernel: int, side: int) -> NDArray[np.float64]:
    """The blur along an axis of `side` pixels as a matrix (side, side), one row a blurred pixel."""
    taps = gaussian_taps(kernel)[:, np.newaxis]
    mirrored = cv2.BORDER_REFLECT_101
    blurred = cv2.sepFilter2D(np.eye(side), cv2.CV_64F, np.ones(1), taps, borderType=mirrored)
    return np.asarray(blurred, dtype=np.float64)
