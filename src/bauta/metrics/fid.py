"""FID with the resizing of Clean-FID (Parmar, Zhang & Zhu, On Aliased Resizing, CVPR 2022)."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh

from bauta.measurement import Value
from bauta.protocols import Images

DIMENSIONS = 2048

NO_FACES = Value.missing("no face was anonymized", n=0)


class Inception(Protocol):
    """Features of images."""

    def features(self, images: Images) -> NDArray[np.float64]:
        """Features float64 (N, 2048) of uint8 (N, H, W, 3) RGB images."""
        ...


def fid_value(clear: NDArray[np.float64], anonymized: NDArray[np.float64]) -> Value:
    """FID of two sets of features (N, 2048), missing for fewer faces than features.

    The covariance of fewer faces is singular, and the distance then tells of their number more than of their
    looks (Chong & Forsyth, Effectively Unbiased FID, CVPR 2020).
    """
    faces = min(len(clear), len(anonymized))
    if faces < DIMENSIONS:
        return Value.missing(f"FID needs at least {DIMENSIONS} faces, there are {faces}", n=faces)
    return Value(value=frechet_distance(clear, anonymized), n=faces)


def frechet_distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Fréchet distance of the Gaussians of two sets of features (N, F), as Heusel et al. (NIPS 2017), eq. 6.

    The trace of the root of the covariances' product is the sum of the roots of its eigenvalues, which are
    those of the generalised symmetric problem and so cannot leave the real numbers.
    """
    gap = first.mean(axis=0) - second.mean(axis=0)
    one, other = (np.cov(side, rowvar=False) for side in (first, second))
    values, vectors = np.linalg.eigh(one)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    shared = np.sqrt(np.maximum(eigvalsh(root @ other @ root), 0.0)).sum()
    return max(0.0, float(gap @ gap + np.trace(one) + np.trace(other) - 2.0 * shared))
