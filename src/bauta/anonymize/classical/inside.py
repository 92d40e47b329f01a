"""The likeliest pixels of a region, given a linear observation of them and all pixels around.

This is the Wiener filter without its closed form: the least of

    |observe(x) − observed|² + Σ ratio_k (DCT x)_k²

over the pixels of a region, with the others fixed. The ratio of noise to signal rises with the frequency. The
normal equations are solved by conjugate gradients, preconditioned with their closed-form inverse for a region
that is a whole rectangle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct
from scipy.sparse.linalg import LinearOperator, cg

from bauta.protocols import Floats


@lru_cache(maxsize=1024)
def cosines(side: int) -> Floats:
    """The orthonormal DCT-II along an axis as a matrix, float32 (side, side)."""
    return np.asarray(dct(np.eye(side), axis=0, norm="ortho"), dtype=np.float32)


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
        """The observed values (C, I, J) of pixels (C, h, w)."""
        return np.asarray(self.down @ pixels @ self.across.T, dtype=np.float32)

    def back(self, values: Floats) -> Floats:
        """The adjoint of `observe` with the weights: (C, h, w)."""
        return self.down.T @ (self.known * values) @ self.across

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
) -> Floats:
    """Solve for the pixels of a region.

    Args:
        start: float32 (C, h, w), a first guess inside the region, and the known pixels outside.
        region: bool (h, w).
        seen: The observation.
        missing: float32 (C, I, J), the observed values minus those that the first guess would give.
        ratio: float64 (h, w), power of the noise over that of the signal at each frequency.
        iterations: Most steps of conjugate gradients.

    Returns:
        float32 (C, h, w), equal to `start` outside the region.
    """
    rows, columns = cosines(region.shape[0]), cosines(region.shape[1])
    weights, inside = ratio.astype(np.float32), region.astype(np.float32)
    inverse = 1 / np.maximum(seen.power() + weights, np.finfo(np.float32).tiny)

    def filtered(pixels: Floats, factors: Floats) -> Floats:
        return np.asarray(rows.T @ (factors * (rows @ pixels @ columns.T)) @ columns, dtype=np.float32)

    def operator(apply: Callable[[Floats], Floats]) -> LinearOperator:
        def flat(values: Floats) -> Floats:
            return (inside * apply(values.reshape(start.shape))).ravel()

        return LinearOperator((start.size, start.size), matvec=flat, dtype=np.float32)

    normal = operator(lambda pixels: seen.back(seen.observe(pixels)) + filtered(pixels, weights))
    gradient = inside * (seen.back(missing) - filtered(start, weights))
    change, _ = cg(
        normal,
        gradient.ravel(),
        rtol=0.0,
        maxiter=iterations,
        M=operator(lambda pixels: filtered(pixels, inverse)),
    )
    return start + inside * change.reshape(start.shape)
