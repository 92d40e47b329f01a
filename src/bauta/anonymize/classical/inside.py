"""The likeliest pixels of a region, given a linear observation of them and all pixels around.

This is the Wiener filter without its closed form: the least of

    |observe(x) − observed|² + Σ ratio_k (DCT x)_k²

over the pixels of a region, with the others fixed. The ratio of noise to signal rises with the frequency. The
normal equations are solved by conjugate gradients, preconditioned with their closed-form inverse for a region
that is a whole rectangle. Where an anonymizer leaves nothing of the high frequencies, they are solved for
fewer, wider pixels, at a fraction of the cost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct
from scipy.sparse.linalg import LinearOperator, cg

from bauta.protocols import Floats, Images

BATCH = 16
TOLERANCE = 1e-4
"""Length of the residual relative to the data, at which no pixel changes by more than a grey level."""
BRIGHTNESS = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""Weights of red, green and blue (ITU-R BT.601)."""


def restore_brightness(
    images: Images,
    regions: Callable[[Images], NDArray[np.bool_]],
    solve: Callable[[Floats, NDArray[np.bool_]], Floats],
) -> Images:
    """Restore the brightness of crops inside regions, and leave their colours as they are.

    Colours cost twice as much again, and recognizers hardly read them.

    Args:
        images: uint8 (N, H, W, 3) RGB.
        regions: Estimates the regions of such images, bool (N, H, W).
        solve: Restores a float32 (H, W) plane inside a region.
    """
    restored = np.empty_like(images)
    for first in range(0, len(images), BATCH):
        some = images[first : first + BATCH]
        for row, region in enumerate(regions(some)):
            plane = some[row] @ BRIGHTNESS
            change = solve(plane, region) - plane
            restored[first + row] = np.rint(some[row] + change[..., np.newaxis]).clip(0, 255)
    return restored


@lru_cache(maxsize=1024)
def cosines(side: int) -> Floats:
    """The orthonormal DCT-II along an axis as a matrix, float32 (side, side)."""
    return np.asarray(dct(np.eye(side), axis=0, norm="ortho"), dtype=np.float32)


@lru_cache(maxsize=1024)
def averages(side: int, factor: int) -> Floats:
    """The means of `factor` neighbours along an axis as a matrix, float32 (ceil(side / factor), side)."""
    wide = -(-side // factor)
    found = cv2.resize(np.eye(side), (side, wide), interpolation=cv2.INTER_AREA)
    return np.asarray(found, dtype=np.float32)


@lru_cache(maxsize=1024)
def interpolation(side: int, factor: int) -> Floats:
    """Pixels along an axis from their `averages`, as a matrix (side, ceil(side / factor)).

    What lies between is continued by the cosines of the DCT-II that the wide pixels have.
    """
    wide = -(-side // factor)
    return np.sqrt(np.float32(side / wide)) * cosines(side)[:wide].T @ cosines(wide)


@dataclass(frozen=True)
class Observation:
    """A separable linear observation of a rectangle, and which of its values are known.

    Attributes:
        down: float32 (I, h), what it does along the height.
        across: float32 (J, w), and along the width.
        known: float32 (I, J), 1 where the observed value is known and 0 elsewhere.
    """

    down: Floats
    across: Floats
    known: Floats

    def observe(self, pixels: Floats) -> Floats:
        """The observed values (I, J) of pixels (h, w)."""
        return np.asarray(self.down @ pixels @ self.across.T, dtype=np.float32)

    def back(self, values: Floats) -> Floats:
        """The adjoint of `observe` with the weights: (h, w)."""
        return self.down.T @ (self.known * values) @ self.across

    def averaged(self, missing: Floats, factor: int) -> tuple["Observation", Floats]:
        """The observation of the means of `factor` × `factor` values, and those of the missing (I, J)."""
        if factor == 1:
            return self, missing
        down, across = (averages(side, factor) for side in missing.shape)
        known = np.asarray(down @ self.known @ across.T, dtype=np.float32)
        means = down @ (self.known * missing) @ across.T / np.maximum(known, np.finfo(np.float32).eps)
        return (
            Observation(down @ self.down, across @ self.across, known),
            np.asarray(means, dtype=np.float32),
        )

    def power(self) -> Floats:
        """How much it passes of each cosine of the DCT-II, float32 (h, w), if all values are known."""
        passed = [
            ((matrix @ cosines(matrix.shape[1]).T) ** 2).sum(axis=0) for matrix in (self.down, self.across)
        ]
        return np.outer(*passed).astype(np.float32)


def fill_inside(
    start: Floats,
    region: NDArray[np.bool_],
    seen: Observation,
    missing: Floats,
    ratio: NDArray[np.float64],
    *,
    iterations: int,
    factor: int = 1,
) -> Floats:
    """Solve for the pixels of a region.

    Args:
        start: float32 (h, w), a first guess inside the region, and the known pixels outside.
        region: bool (h, w).
        seen: The observation.
        missing: float32 (I, J), the observed values minus those that the first guess would give.
        ratio: float64 (h, w), power of the noise over that of the signal at each frequency.
        iterations: Most steps of conjugate gradients.
        factor: How many pixels wide the pixels are for which it is solved.

    Returns:
        float32 (h, w), equal to `start` outside the region.
    """
    means = [averages(side, factor) for side in region.shape]
    between = [interpolation(side, factor) for side in region.shape]
    start_means, inside, wide = start, region.astype(np.float32), seen
    if factor > 1:
        start_means, inside = (
            np.asarray(means[0] @ plane @ means[1].T, dtype=np.float32) for plane in (start_means, inside)
        )
        wide = Observation(seen.down @ between[0], seen.across @ between[1], seen.known)
    rows, columns = (cosines(side) for side in inside.shape)
    weights = ratio[: len(rows), : len(columns)].astype(np.float32)
    inverse = 1 / np.maximum(wide.power() + weights, np.finfo(np.float32).tiny)

    def filtered(pixels: Floats, factors: Floats) -> Floats:
        return np.asarray(rows.T @ (factors * (rows @ pixels @ columns.T)) @ columns, dtype=np.float32)

    def operator(apply: Callable[[Floats], Floats]) -> LinearOperator:
        def flat(values: Floats) -> Floats:
            return (inside * apply(inside * values.reshape(inside.shape))).ravel()

        return LinearOperator((inside.size, inside.size), matvec=flat, dtype=np.float32)

    normal = operator(lambda pixels: wide.back(wide.observe(pixels)) + filtered(pixels, weights))
    gradient = inside * np.subtract(wide.back(missing), filtered(start_means, weights))
    change, _ = cg(
        normal,
        gradient.ravel(),
        rtol=TOLERANCE,
        maxiter=iterations,
        M=operator(lambda pixels: filtered(pixels, inverse)),
    )
    found = inside * change.reshape(inside.shape)
    if factor > 1:
        found = between[0] @ found @ between[1].T
    return np.asarray(start + region * found, dtype=np.float32)
