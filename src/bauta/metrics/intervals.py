"""95 % intervals by resampling subjects, because the images of one person are not independent.

The cluster bootstrap (Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8;
Bolle, Ratha and Pankanti, "Error analysis of pattern recognition systems: the subsets bootstrap", CVIU
2004, for biometrics): whole subjects are drawn with replacement, and the interval is the 2.5 to 97.5
percentile of the statistic. Every statistic here is a function of sums over subjects, so that a replicate
is a vector of multinomial counts and many replicates are one matrix product.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from bauta.measurement import Value

LEVEL = 0.95
CONSTANT_SPREAD = 1e-12
MIN_DEFINED = 0.95
BLOCK_ELEMENTS = 2**22

Array = NDArray[np.float64]
Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class Resampling:
    """How to resample.

    Attributes:
        replicates: Number of bootstrap replicates.
        seed: Seed of the draws; the same seed and number of units give the same draws, so that statistics of
            the same subjects are resampled together.
    """

    replicates: int = 2000
    seed: int = 0


def bootstrap(per_unit: ArrayLike, statistic: Callable[[Array], Array], resampling: Resampling) -> Array:
    """Replicates of a statistic of sums over resampled units.

    Args:
        per_unit: float (U, F), what each unit (subject) adds to the F sums.
        statistic: Maps sums (B, F) of B replicates to values (B,) or (B, S); NaN where it is undefined.
        resampling: Number of replicates R and seed.

    Returns:
        float64 (R,) or (R, S).
    """
    contributions = np.asarray(per_unit, dtype=np.float64)
    units, width = contributions.shape
    rng = np.random.default_rng(resampling.seed)
    block = max(1, BLOCK_ELEMENTS // max(units, width))
    results = []
    for start in range(0, resampling.replicates, block):
        size = min(block, resampling.replicates - start)
        counts = rng.multinomial(units, np.full(units, 1 / units), size=size)
        results.append(statistic(counts.astype(np.float64) @ contributions))
    return np.concatenate(results)


def percentile_interval(
    value: float, replicates: ArrayLike, *, units: int, proportion: bool = False
) -> Interval:
    """95 % percentile interval of bootstrap replicates.

    For a proportion near 0 or 1 a resample holds no rare event that the sample does not hold, and the
    percentiles are too narrow; at an accuracy of 1.0 for every subject their distance is zero. The
    interval of a proportion is therefore widened to contain the Clopper–Pearson interval of an effective
    sample size p(1 − p)/variance (Korn and Graubard, "Confidence intervals for proportions with small
    expected number of positive counts estimated from survey data", Survey Methodology 24(2), 1998).
    Without any variance the effective size is the number of units: subjects that agree entirely count as
    one observation each.

    Args:
        value: The statistic on all units.
        replicates: float (R,), NaN where a replicate does not define the statistic.
        units: Number of units that were resampled.
        proportion: The statistic is a mean or a share within [0, 1].

    Returns:
        Low and high end. Both None for a single unit, for replicates of which more than 5 % are
        undefined, and for replicates without variation of a statistic that is no proportion.
    """
    samples = np.asarray(replicates, dtype=np.float64)
    defined = samples[np.isfinite(samples)]
    if units < 2 or len(defined) < max(1.0, MIN_DEFINED * len(samples)):
        return None, None
    constant = np.ptp(defined) <= CONSTANT_SPREAD
    if constant and not proportion:
        return None, None
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    if proportion:
        binomial_variance = value * (1 - value)
        informative = not constant and binomial_variance > CONSTANT_SPREAD
        size = binomial_variance / float(defined.var()) if informative else float(units)
        exact_low, exact_high = clopper_pearson(value, size)
        low, high = min(low, exact_low), max(high, exact_high)
    return float(low), float(high)


def clopper_pearson(share: float, size: float) -> tuple[float, float]:
    """95 % Clopper–Pearson interval of a share (in [0, 1]) of an effective sample size (> 0).

    Source: Clopper and Pearson, Biometrika 26, 1934; the beta form allows a share and a size that are not
    counts.
    """
    tail = (1 - LEVEL) / 2
    share = min(max(share, 0.0), 1.0)
    hits = share * size
    low = 0.0 if share == 0.0 else float(betaincinv(hits, size - hits + 1, tail))
    high = 1.0 if share == 1.0 else float(betaincinv(hits + 1, size - hits, 1 - tail))
    return low, high


def mean_value(
    observations: ArrayLike,
    subjects: ArrayLike,
    resampling: Resampling,
    *,
    proportion: bool = False,
    reason: str = "no observations",
) -> Value:
    """Mean of observations with a subject-level bootstrap interval.

    Args:
        observations: float (N,), finite.
        subjects: (N,), whom each observation belongs to.
        resampling: Number of replicates and seed.
        proportion: Observations are within [0, 1]; see `percentile_interval`.
        reason: Why there is no value if N is 0.

    Returns:
        The mean with its interval and n = N, or a missing value.
    """
    observed = np.asarray(observations, dtype=np.float64)
    if len(observed) == 0:
        return Value.missing(reason, n=0)
    unit = np.unique(np.asarray(subjects), return_inverse=True)[1]
    sums = np.stack([np.bincount(unit, observed), np.bincount(unit)], axis=1)
    # Measured from the first observation, the mean of equal observations is exactly their value.
    value = float(observed[0] + (observed - observed[0]).mean())
    replicates = bootstrap(sums, lambda total: total[:, 0] / total[:, 1], resampling)
    low, high = percentile_interval(value, replicates, units=len(sums), proportion=proportion)
    return Value(value=value, low=low, high=high, n=len(observed))


def ratio_value(
    numerators: ArrayLike,
    denominators: ArrayLike,
    resampling: Resampling,
    *,
    proportion: bool = False,
    reason: str = "no observations",
) -> Value:
    """Ratio of two sums over units with a bootstrap interval over the units.

    Args:
        numerators: float (U,), what each unit adds above the line.
        denominators: float (U,) ≥ 0, what each unit adds below it; counts.
        resampling: Number of replicates and seed.
        proportion: The ratio is within [0, 1]; see `percentile_interval`.
        reason: Why there is no value if the denominators sum to 0.

    Returns:
        The ratio with its interval and n = sum of the denominators, or a missing value. Units that add
        nothing are not resampled.
    """
    sums = np.stack([np.asarray(numerators, np.float64), np.asarray(denominators, np.float64)], axis=1)
    sums = sums[sums[:, 1] > 0]
    if len(sums) == 0:
        return Value.missing(reason, n=0)
    top, bottom = sums.sum(axis=0)
    replicates = bootstrap(sums, lambda total: total[:, 0] / total[:, 1], resampling)
    value = float(top / bottom)
    low, high = percentile_interval(value, replicates, units=len(sums), proportion=proportion)
    return Value(value=value, low=low, high=high, n=round(bottom))
