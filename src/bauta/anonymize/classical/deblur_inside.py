"""Inversion of a Gaussian blur inside the face hull.

The blur saw all pixels of the crop, and those outside the hull were then put back. So each pixel inside
the hull is a mean of unknown pixels inside and of known ones outside. The hull itself is where the picture
is as smooth as the blur makes it.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.classical.inside import Observation, fill_inside, restore_brightness
from bauta.anonymize.classical.kernel import blur_matrix, sigma_of
from bauta.anonymize.classical.outline import face_outlines_in
from bauta.anonymize.classical.spectrum import noise_to_signal
from bauta.anonymize.witness import zones_of
from bauta.contract import CropContract
from bauta.protocols import Floats, Images

MARGIN = 8
"""Pixels around the hull that are solved with, so that what is restored joins what is known."""
ITERATIONS = 12
"""Steps of conjugate gradients, times the width of the pixels: a wider blur needs more."""
WIDE_SIGMA = 2.4
"""Least standard deviation of the blur in wide pixels: it leaves e^−7 of the frequencies above theirs."""
WIDEST = 4
SMOOTH_QUANTILE = 0.9
"""Share of the middle of the face whose energy is that of a smooth pixel."""
LEAST_ENERGY = 0.1
"""Energy, in squared grey levels, that any smooth pixel may have."""
SMOOTH, ROUGH = 3.0, 20.0
"""Energies, as multiples of a smooth pixel's, up to which a pixel may lie inside and from which it cannot."""
FOR, AGAINST = 0.3, 6.0
"""Evidence of a smooth pixel for the inside, little as much of a background is smooth, and of a rough one
against it."""


@lru_cache(maxsize=8)
def _matrix(kernel: int, side: int) -> Floats:
    return blur_matrix(kernel, side).astype(np.float32)


def smooth_evidence(image: Images, kernel: int, contract: CropContract) -> Floats:
    """How much each pixel speaks for the inside, float32 (size, size) from −`AGAINST` to `FOR`.

    The energy of the frequencies that the blur leaves nothing of is compared with that in the middle of the
    face, which is always inside: there it is that of the rounding.
    """
    scale = float(np.clip(sigma_of(kernel) / 9, 0.3, 0.7))
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), scale, borderType=cv2.BORDER_REFLECT_101)
    detail = cv2.Laplacian(smooth, cv2.CV_32F, borderType=cv2.BORDER_REFLECT_101)
    energy = cv2.blur((detail**2).sum(axis=-1), (5, 5), borderType=cv2.BORDER_REFLECT_101)
    energy = np.maximum(energy, 0) + LEAST_ENERGY
    inside = np.quantile(energy[zones_of(contract).middle], SMOOTH_QUANTILE)
    roughness = np.log(energy / (SMOOTH * inside)) / np.log(ROUGH / SMOOTH)
    return FOR - (FOR + AGAINST) * roughness.clip(0, 1)


def blurred_regions(images: Images, kernel: int, contract: CropContract) -> NDArray[np.bool_]:
    """Estimate the blurred face hulls of uint8 (N, size, size, 3) crops: bool (N, size, size)."""
    return face_outlines_in([smooth_evidence(one, kernel, contract) for one in images], contract, widen=3.0)


def deblur_inside(plane: Floats, region: NDArray[np.bool_], kernel: int, noise: float, rise: float) -> Floats:
    """Restore a float32 (H, W) plane that is blurred inside a region, neither rounded nor clipped."""
    occupied = [np.flatnonzero(region.any(axis=axis)) for axis in (1, 0)]
    if not len(occupied[0]):
        return plane
    box = tuple(
        slice(max(int(at[0]) - MARGIN, 0), min(int(at[-1]) + 1 + MARGIN, side))
        for at, side in zip(occupied, region.shape, strict=True)
    )
    down, across = (_matrix(kernel, side)[part] for side, part in zip(region.shape, box, strict=True))
    inside = region[box]
    seen = Observation(
        down=down[:, box[0]],
        across=across[:, box[1]],
        known=inside.astype(np.float32),
    )
    missing = np.asarray(plane[box] - down @ plane @ across.T, dtype=np.float32)
    ratio = noise_to_signal(inside.shape, noise, rise)
    restored = plane.copy()
    factor = int(np.clip(sigma_of(kernel) / WIDE_SIGMA, 1, WIDEST))
    seen, missing = seen.averaged(missing, factor)
    restored[box] = fill_inside(
        plane[box], inside, seen, missing, ratio, iterations=ITERATIONS * factor, factor=factor
    )
    return restored


@dataclass(frozen=True)
class InsideDeblur:
    """Wiener filter inside the estimated hull, with the pixels outside as they are.

    Attributes:
        kernel: Width of the Gaussian kernel in pixels, odd.
        contract: Geometry of the crops.
        noise: Assumed standard deviation of the noise in grey levels; rounding alone makes 0.29.
        rise: Assumed power of the frequency with which the power of the signal falls.
    """

    kernel: int
    contract: CropContract
    noise: float
    rise: float

    @property
    def name(self) -> str:
        """The method and its parameters."""
        return f"wiener inside noise={self.noise:g} rise={self.rise:g}"

    def restore(self, images: Images) -> Images:
        """Restore uint8 (N, size, size, 3) crops whose face hull is blurred."""
        return restore_brightness(
            images,
            lambda some: blurred_regions(some, self.kernel, self.contract),
            lambda plane, region: deblur_inside(plane, region, self.kernel, self.noise, self.rise),
        )
