"""Top-1 at fixed gallery sizes, so that datasets of different sizes can be compared.

The more people a gallery has, the harder is identification: the same pictures give a lower top-1 in a larger
gallery (Phillips et al., "The FERET evaluation methodology", TPAMI 2000; NIST IR 8271, 2019, on rank-1
against N). The expectation over random galleries has a closed form, so nothing is drawn.
"""

import numpy as np
from numpy.typing import NDArray

SIZES = (10, 100, 1000)
"""The sizes at which top-1 is reported, where the gallery is as large."""

Array = NDArray[np.float64]


def rank1_at_gallery(
    better: NDArray[np.integer], tied: NDArray[np.integer], subjects: int, size: int
) -> Array:
    """Expected top-1 of each probe over all galleries of a size that hold its subject.

    With g templates above the true one and t equal to it (the true one among them) of N, a gallery of n has
    the other n − 1 templates drawn from N − 1. Ties are broken at random. Summing the hypergeometric
    probabilities of j tied and no better templates over 1/(j + 1) gives N/(n·t) times the probability that n
    of the N templates are none of the g, less the probability that they are none of the g + t.

    Args:
        better: int (P,), g of each probe.
        tied: int (P,), t ≥ 1 of each probe.
        subjects: Number of templates N.
        size: Size of the smaller gallery, 1 ≤ n ≤ N.

    Returns:
        float64 (P,) in [0, 1].
    """
    not_better = _none_of(np.asarray(better), subjects, size)
    not_tied = _none_of(np.asarray(better) + tied, subjects, size)
    return np.clip((not_better - not_tied) * subjects / (size * np.asarray(tied)), 0.0, 1.0)


def _none_of(some: NDArray[np.integer], subjects: int, size: int) -> Array:
    """Probability that `size` of all templates are none of some, a factor for each template drawn."""
    probability = np.ones(len(some))
    left = subjects - some.astype(np.float64)
    for drawn in range(size):
        probability *= np.maximum(left - drawn, 0.0) / (subjects - drawn)
    return probability
