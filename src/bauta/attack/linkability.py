"""Linkability of two templates by their score: the local measure D(s) and the global D_sys.

Source: Gomez-Barrero, Galbally, Rathgeb and Busch, "General framework to evaluate unlinkability in biometric
template protection systems", IEEE TIFS 13(6), 2018, equations 7 to 9 with ω = 1; ISO/IEC 30136. 0 is
unlinkable, 1 is entirely linkable. It needs no threshold and no direction of the scores.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.attack.histograms import BIN_WIDTH, ScoreHistograms
from bauta.attack.verification import missing_pairs_reason
from bauta.measurement import Value

MAX_BINS = 100
PAIRS_PER_BIN = 10
"""Genuine pairs a bin, on average: the number of bins of the authors' program, fewer for few pairs."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Linkability:
    """The linkability of scored pairs.

    Attributes:
        edges: float64 (B + 1,), ascending ends of the bins, which cover the range of the scores.
        local: float64 (B,) in [0, 1], D(s) in each bin; 0 where no genuine pair is.
        mass: float64 (B,), share of the genuine pairs in each bin.
        leaked: Share of the genuine pairs that count as linked without a score.
    """

    edges: Array
    local: Array
    mass: Array
    leaked: float

    @property
    def system(self) -> float:
        """D_sys, the mean of D(s) over the genuine pairs."""
        return min(1.0, float(self.leaked + (self.local * self.mass).sum()))


def local_linkability(genuine: Array, impostor: Array) -> Array:
    """D(s) = 2·LR/(1 + LR) − 1 where the likelihood ratio LR of genuine to impostor exceeds 1, otherwise 0.

    Args:
        genuine: float (B,), share of the genuine pairs in each bin.
        impostor: float (B,), share of the impostor pairs in each bin.
    """
    both = genuine + impostor
    excess = np.divide(genuine - impostor, both, out=np.zeros_like(both), where=both > 0)
    return np.maximum(excess, 0.0)


def measure_linkability(histograms: ScoreHistograms, *, failures: bool) -> Linkability | None:
    """Measure D(s) in bins of equal width over the range of the scores.

    Args:
        histograms: All pairs.
        failures: Whether a genuine pair with a failed face counts as linked, and an impostor pair with one
            as told apart.

    Returns:
        The linkability, or None without pairs of both kinds.
    """
    pairs = histograms.all_pairs if failures else histograms.scored_pairs
    genuine_pairs, impostor_pairs = pairs.totals
    if missing_pairs_reason(genuine_pairs, impostor_pairs) is not None:
        return None
    genuine, impostor = histograms.genuine.sum(axis=0), histograms.impostor.sum(axis=0)
    filled = np.flatnonzero(genuine + impostor)
    first, last = (int(filled[0]), int(filled[-1]) + 1) if len(filled) else (0, 1)
    bins = int(np.clip(genuine.sum() // PAIRS_PER_BIN, 1, min(MAX_BINS, last - first)))
    edges = np.linspace(first, last, bins + 1).round().astype(np.int64)
    mass, of_impostors = (
        np.add.reduceat(counts[:last], edges[:-1]).astype(np.float64) / total
        for counts, total in ((genuine, genuine_pairs), (impostor, impostor_pairs))
    )
    leaked = int(histograms.failed_pairs.genuine.sum()) / genuine_pairs if failures else 0.0
    local = local_linkability(mass, of_impostors)
    return Linkability(edges.astype(np.float64) * BIN_WIDTH - 1.0, local, mass, leaked)


def linkability_values(histograms: ScoreHistograms) -> dict[str, Value]:
    """Measure `d_sys`, in which failures are linked, and `d_sys_covered` over the scored pairs.

    They have no interval: D_sys of few pairs is too high, because noise in a bin counts only upwards, and a
    resample is higher still. n is the number of genuine pairs.
    """
    values = {}
    for name, failures in (("d_sys", True), ("d_sys_covered", False)):
        pairs = histograms.all_pairs if failures else histograms.scored_pairs
        found = measure_linkability(histograms, failures=failures)
        if found is None:
            values[name] = Value.missing(missing_pairs_reason(*pairs.totals) or "", n=pairs.totals[0])
        else:
            values[name] = Value(value=found.system, n=pairs.totals[0])
    return values
