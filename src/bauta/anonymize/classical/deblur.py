"""Inversion of a Gaussian blur of the whole crop, in closed form.

The blur is diagonal in the DCT-I (`kernel.eigenvalues`) and its kernel is public; what is left to estimate is
the noise: rounding to grey levels, and JPEG.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.fft import dctn, idctn

from bauta.anonymize.classical.kernel import eigenvalues
from bauta.anonymize.classical.spectrum import noise_to_signal
from bauta.protocols import Floats, Images

BATCH = 8


@lru_cache(maxsize=32)
def _wiener(kernel: int, noise: float, rise: float, shape: tuple[int, int]) -> Floats:
    """The factors of the filter, float32 (H, W, 1)."""
    gains = np.outer(eigenvalues(kernel, shape[0]), eigenvalues(kernel, shape[1]))
    powers = np.maximum(gains**2 + noise_to_signal(shape, noise, rise), np.finfo(np.float64).tiny)
    return (gains / powers)[..., np.newaxis].astype(np.float32)


@dataclass(frozen=True)
class WienerDeblur:
    """Wiener filter of each colour channel (Gonzalez and Woods, Digital Image Processing, section 5.8).

    Attributes:
        kernel: Width of the Gaussian kernel in pixels, odd.
        noise: Assumed standard deviation of the noise in grey levels; rounding alone makes 0.29.
        rise: Assumed power of the frequency with which the power of the signal falls.
    """

    kernel: int
    noise: float
    rise: float

    @property
    def name(self) -> str:
        """The method and its parameters."""
        return f"wiener noise={self.noise:g} rise={self.rise:g}"

    def restore(self, images: Images) -> Images:
        """Restore uint8 (N, H, W, 3) blurred crops, H and W at least 2."""
        restored = np.empty_like(images)
        for start in range(0, len(images), BATCH):
            part = self.sharpen(images[start : start + BATCH].astype(np.float32))
            restored[start : start + BATCH] = np.rint(part).clip(0, 255)
        return restored

    def sharpen(self, blurred: Floats) -> Floats:
        """Restore float32 (N, H, W, C) images, neither rounded nor clipped."""
        height, width = blurred.shape[1:3]
        spectrum = dctn(blurred, type=1, axes=(1, 2))
        spectrum *= _wiener(self.kernel, self.noise, self.rise, (height, width))
        return np.asarray(idctn(spectrum, type=1, axes=(1, 2), overwrite_x=True))
