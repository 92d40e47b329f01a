"""Upsampling of the block means of a mosaic that covers the whole crop."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct
from scipy.interpolate import make_interp_spline

from bauta.anonymize.classical.blocks import block_matrix, block_sizes, block_starts, block_sums
from bauta.anonymize.classical.spectrum import noise_to_signal
from bauta.protocols import Floats, Images

ROUNDING = 12**-0.5
"""Standard deviation of the rounding of a block's mean in grey levels."""


def cell_values(images: Images, block: int) -> Floats:
    """The means of the blocks of uint8 (N, H, W, 3) images, float32 (N, I, J, 3)."""
    heights, widths = (block_sizes(side, block) for side in images.shape[1:3])
    return (block_sums(images, block) / np.outer(heights, widths)[..., np.newaxis]).astype(np.float32)


def spline_matrix(side: int, block: int) -> NDArray[np.float64]:
    """The cubic spline through the centres of the blocks along an axis, (side, blocks).

    Beyond the first and the last centre it is constant.
    """
    starts = block_starts(side, block)
    centres = starts + (block_sizes(side, block) - 1) / 2
    if len(centres) == 1:
        return np.ones((side, 1))
    spline = make_interp_spline(centres, np.eye(len(centres)), k=min(3, len(centres) - 1))
    return spline(np.arange(side).clip(centres[0], centres[-1]))


def likeliest_matrix(side: int, block: int, rise: float) -> NDArray[np.float64]:
    """The likeliest pixels along an axis given the means of its blocks, (side, blocks).

    The means of the result are those of the blocks up to rounding, which plain interpolation does not give.
    It is the linear estimate of least square error (kriging) for a signal whose power falls with the
    frequency.
    """
    ratio = noise_to_signal((1, side), ROUNDING, rise)[0]
    ratio[0] = ratio[1] / 100
    cosines = dct(np.eye(side), axis=0, norm="ortho")
    covariance = cosines.T @ (cosines / ratio[:, np.newaxis])
    means = block_matrix(side, block)
    return covariance @ means.T @ np.linalg.inv(means @ covariance @ means.T + np.eye(len(means)))


@lru_cache(maxsize=64)
def _matrix(method: str, side: int, block: int, rise: float) -> Floats:
    found = spline_matrix(side, block) if method == "spline" else likeliest_matrix(side, block, rise)
    return found.astype(np.float32)


@dataclass(frozen=True)
class Upsampling:
    """Interpolation between the blocks, along both axes.

    Attributes:
        block: Side of a block in pixels.
        method: Cubic spline through the centres of the blocks, or the likeliest image with their means.
        rise: Assumed power of the frequency with which the power of the likeliest image falls.
    """

    block: int
    method: Literal["spline", "likeliest"]
    rise: float = 2.0

    @property
    def name(self) -> str:
        """The method and its parameters."""
        return f"{self.method} rise={self.rise:g}" if self.method == "likeliest" else self.method

    def restore(self, images: Images) -> Images:
        """Restore uint8 (N, H, W, 3) mosaics."""
        down, across = (_matrix(self.method, side, self.block, self.rise) for side in images.shape[1:3])
        restored = np.empty_like(images)
        for row, image in enumerate(images):
            cells = cell_values(image[np.newaxis], self.block)[0].transpose(2, 0, 1)
            restored[row] = np.rint(down @ cells @ across.T).clip(0, 255).transpose(1, 2, 0)
        return restored
