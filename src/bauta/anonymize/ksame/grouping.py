"""Groups of at least k similar subjects: an eigenface space and the greedy partition of k-Same."""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from bauta.contract import CropContract
from bauta.errors import InfeasibleError
from bauta.protocols import Images

FEATURE_SIZE = 32
COMPONENTS = 64


def grey_features(images: Images, contract: CropContract) -> NDArray[np.uint8]:
    """Grey 32×32 versions of the ArcFace square of crops: uint8 (N, 1024).

    The margin around the square is excluded, so that faces are compared and not backgrounds. Integer grey
    levels make sums of features exact in any order.
    """
    border = round(contract.size * contract.margin / (1 + contract.margin) / 2)
    inner = images[:, border : contract.size - border, border : contract.size - border]
    features = np.empty((len(images), FEATURE_SIZE * FEATURE_SIZE), dtype=np.uint8)
    for row, image in enumerate(inner):
        grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
        small = cv2.resize(grey, (FEATURE_SIZE, FEATURE_SIZE), interpolation=cv2.INTER_AREA)
        features[row] = small.ravel()
    return features


def eigenface_coordinates(means: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Compute coordinates of mean faces on their leading eigenfaces (Turk & Pentland 1991, Eigenfaces).

    Args:
        means: Blocks of the mean features of S subjects, each float64 (B, F); iterated several times.

    Returns:
        float64 (S, min(64, S, F)), in grey levels.
    """
    subjects = sum(len(block) for block in means)
    centre = sum(block.sum(axis=0) for block in means) / subjects
    scatter = sum((block - centre).T @ (block - centre) for block in means)
    features = len(scatter)
    wanted = (features - min(COMPONENTS, subjects, features), features - 1)
    # The scatter's eigenvectors are the right singular vectors of the means, whose SVD needs all at once.
    leading = eigh(scatter, subset_by_index=wanted)[1][:, ::-1]
    return np.concatenate([(block - centre) @ leading for block in means])


def partition(coordinates: NDArray[np.float64], k: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Split subjects into disjoint groups of k to 2k − 1, every subject in exactly one.

    The order is k-Same's greedy one (Newton, Sweeney & Malin, TKDE 17(2), 2005): a random subject and its
    k − 1 nearest among those that remain form a group; once fewer than 2k remain, they form the last group.

    Args:
        coordinates: float64 (S, F), compared by Euclidean distance.
        k: Smallest size of a group.
        rng: Draws the order in which subjects are taken.

    Returns:
        The sorted row numbers of each group.

    Raises:
        InfeasibleError: there are fewer than k subjects.
    """
    remaining = len(coordinates)
    if remaining < k:
        raise InfeasibleError(f"expected at least k={k} subjects, got {remaining}; lower k or add subjects")
    squares = (coordinates**2).sum(axis=1)
    free = np.ones(remaining, dtype=bool)
    groups = []
    for first in rng.permutation(len(coordinates)):
        if not free[first]:
            continue
        if remaining < 2 * k:
            groups.append(np.flatnonzero(free))
            break
        distances = squares - 2 * (coordinates @ coordinates[first])
        distances[~free] = np.inf
        distances[first] = -np.inf
        members = smallest(distances, k)
        free[members] = False
        remaining -= k
        groups.append(members)
    return groups


def smallest(values: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Sorted positions of the k smallest values; of equal values, the first are chosen."""
    limit = np.partition(values, k - 1)[k - 1]
    below = np.flatnonzero(values < limit)
    return np.sort(np.concatenate([below, np.flatnonzero(values == limit)[: k - len(below)]]))
