"""A map from features of released pictures to those of clear ones, learnt on the attacker's own people.

Ridge regression (Hoerl and Kennard, Technometrics 12, 1970) with the penalty of the smallest leave-one-out
error (Golub, Heath and Wahba, Technometrics 21, 1979). The attacker needs no anonymized picture of the people
whom he looks for: a stranger with an album.

The solution is that of scikit-learn's `RidgeCV`, against which it is tested. Importing scikit-learn takes 1.5
of the 5.3 seconds of processor time that the attacks on a set of the default run take.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import FaceRows, FaceVectors, blocks_of_rows, on_disk
from bauta.io.row_file import Scratch
from bauta.protocols import Floats

PENALTIES = np.geomspace(1e-4, 1e3, 15)
FEWEST = 3
"""Fewest pairs to learn from."""


@dataclass(frozen=True)
class ClearMap:
    """An affine map.

    Attributes:
        slope: float64 (D, E).
        offset: float64 (E,).
        penalty: The penalty that was chosen.
    """

    slope: NDArray[np.float64]
    offset: NDArray[np.float64]
    penalty: float


def clear_map(released: Floats, clear: Floats) -> ClearMap | None:
    """Learn the map from M pairs of unit vectors (M, D) and (M, E); None if there are too few."""
    if len(released) < FEWEST:
        return None
    means = [vectors.mean(axis=0, dtype=np.float64) for vectors in (released, clear)]
    known, wanted = (vectors - mean for vectors, mean in zip((released, clear), means, strict=True))
    basis, powers = _principal(known)
    projected = basis.T @ wanted
    errors = [_left_out(basis, powers, projected, wanted, penalty) for penalty in PENALTIES]
    penalty = float(PENALTIES[np.argmin(errors)])
    slope = known.T @ (basis @ (projected / (powers + penalty)[:, np.newaxis]))
    return ClearMap(slope, means[1] - means[0] @ slope, penalty)


def _principal(centred: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Left singular vectors (M, R) and squared singular values (R,) of (M, D), without those that vanish."""
    wide = centred.shape[0] <= centred.shape[1]
    powers, vectors = np.linalg.eigh(centred @ centred.T if wide else centred.T @ centred)
    kept = powers > powers[-1] * max(centred.shape) * np.finfo(np.float64).eps
    powers, vectors = powers[kept], vectors[:, kept]
    return (vectors if wide else centred @ vectors / np.sqrt(powers)), powers


def _left_out(
    basis: NDArray[np.float64],
    powers: NDArray[np.float64],
    projected: NDArray[np.float64],
    wanted: NDArray[np.float64],
    penalty: float,
) -> float:
    """Mean squared error of each pair, predicted from all others."""
    kept = powers / (powers + penalty)
    leverage = 1 / len(basis) + basis**2 @ kept
    residuals = wanted - basis @ (kept[:, np.newaxis] * projected)
    return float(((residuals / (1 - leverage)[:, np.newaxis]) ** 2).mean())


def mapped(learnt: ClearMap, released: FaceVectors, scratch: Scratch) -> FaceRows:
    """Map the features of released pictures, a block of faces at a time.

    Args:
        learnt: As from `clear_map`.
        released: N faces; those that are not ok stay so.
        scratch: Where the mapped features go.
    """
    return on_disk(_mapped_blocks(learnt, released), learnt.slope.shape[1], scratch)


def _mapped_blocks(learnt: ClearMap, released: FaceVectors) -> Iterator[tuple[Floats, NDArray[np.bool_]]]:
    everybody = np.arange(len(released))
    for part in blocks_of_rows(everybody):
        ok = released.ok[part]
        vectors = np.full((len(ok), learnt.slope.shape[1]), np.nan, dtype=np.float32)
        if ok.any():
            found = released.vectors[everybody[part][ok]] @ learnt.slope
            found += learnt.offset
            lengths = np.linalg.norm(found, axis=1, keepdims=True)
            found[lengths[:, 0] == 0] = 1.0
            vectors[ok] = found / np.linalg.norm(found, axis=1, keepdims=True)
        yield vectors, ok
