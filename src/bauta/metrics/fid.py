"""FID with the resizing of Clean-FID (Parmar, Zhang & Zhu, On Aliased Resizing, CVPR 2022)."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh

from bauta.measurement import Value
from bauta.protocols import Images
from bauta.registry import Card

CARD = Card(
    name="fid",
    kind="measure",
    implementation="bauta.metrics.fid:fid_value",
    about="Distance of two sets of pictures.",
    files=("inception_fid",),
    source="Heusel et al., NIPS 2017; Parmar et al., CVPR 2022",
)


DIMENSIONS = 2048

NO_FACES = Value.missing("no face was anonymized", n=0)


class Inception(Protocol):
    """A network that extracts features from images."""

    def features(self, images: Images) -> NDArray[np.float64]:
        """Features float64 (N, 2048) of uint8 (N, H, W, 3) RGB images."""
        ...


class FeatureMoments:
    """Running mean and covariance of features, of which only one batch is held at a time.

    The sums are merged as in Chan, Golub & LeVeque, "Updating formulae and a pairwise algorithm for computing
    sample variances", COMPSTAT 1982, eq. 1.5, so that a large mean does not reduce the precision.

    Args:
        dimensions: Number of features per image, F.
    """

    def __init__(self, dimensions: int = DIMENSIONS) -> None:
        self.count = 0
        self.mean = np.zeros(dimensions)
        self._scatter = np.zeros((dimensions, dimensions))

    def add(self, features: NDArray[np.floating]) -> None:
        """Add the features (N, F) of a batch."""
        if len(features) == 0:
            return
        mean = features.mean(axis=0, dtype=np.float64)
        gap, total = mean - self.mean, self.count + len(features)
        between = gap * np.sqrt(self.count * len(features) / total)
        spread = np.vstack([features - mean, between])
        self._scatter += spread.T @ spread
        self.mean += gap * (len(features) / total)
        self.count = total

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Sample covariance float64 (F, F) of at least two images."""
        return self._scatter / (self.count - 1)


def fid_value(clear: FeatureMoments, anonymized: FeatureMoments) -> Value:
    """FID of two sets of images, missing if there are fewer faces than features.

    The covariance of fewer faces is singular, and the distance then reflects their number more than their
    appearance (Chong & Forsyth, Effectively Unbiased FID, CVPR 2020).
    """
    faces = min(clear.count, anonymized.count)
    if faces == 0:
        return NO_FACES
    if faces < DIMENSIONS:
        return Value.missing(f"FID needs at least {DIMENSIONS} faces, there are {faces}", n=faces)
    return Value(value=frechet_distance(clear, anonymized), n=faces)


def frechet_distance(first: FeatureMoments, second: FeatureMoments) -> float:
    """Fréchet distance of the Gaussians of two sets of features, as in Heusel et al. (NIPS 2017), eq. 6.

    The trace of the root of the covariances' product is the sum of the roots of its eigenvalues, which are
    those of the generalised symmetric problem and therefore real.
    """
    gap = first.mean - second.mean
    one, other = first.covariance, second.covariance
    values, vectors = np.linalg.eigh(one)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    shared = np.sqrt(np.maximum(eigvalsh(root @ other @ root), 0.0)).sum()
    return max(0.0, float(gap @ gap + np.trace(one) + np.trace(other) - 2.0 * shared))
