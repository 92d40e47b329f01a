"""95 % intervals by resampling subjects, because the images of one person are not independent.

The cluster bootstrap (Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8;
Bolle, Ratha and Pankanti, "Error analysis of pattern recognition systems: the subsets bootstrap", CVIU
2004, for biometrics): whole subjects are drawn with replacement, and the interval is the 2.5 to 97.5
percentile of the statistic. Every statistic here is a function of sums over subjects, so that a replicate
is a vector of multinomial counts, and many replicates are computed in one matrix product.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from bauta.errors import DataError
from bauta.measurement import Value

LEVEL = 0.95
TAIL = (1 - LEVEL) / 2
CONSTANT_SPREAD = 1e-12
MIN_DEFINED = 0.95
BLOCK_ELEMENTS = 2**22

Array = NDArray[np.float64]
Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class Resampling:
    """Settings of the bootstrap.

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
        per_unit: float (U, F), contribution of each unit (subject) to the F sums.
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


def both_sides(first: ArrayLike, second: ArrayLike) -> Array:
    """Contributions of units to sums over pairs of units, so that `bootstrap` draws both units of a pair.

    A pair of units that are drawn c and d times counts c·d times; here it counts c + d − 1 times, which is
    the linear part (Hájek projection) and needs no sum for each pair of units. The neglected part is of the
    order of one over the number of units. (Resampling one side only is too narrow where some people
    resemble everybody.) Pairs within a unit belong to the unit and are no part of these sums.

    Args:
        first: float (U, F), sums of the pairs of which a unit is the first member.
        second: float (U, F), sums of the same pairs by their second member.

    Returns:
        float64 (U, F), with the sums of `first`.
    """
    of_first = np.asarray(first, dtype=np.float64)
    return of_first + np.asarray(second, dtype=np.float64) - of_first.sum(axis=0) / max(1, len(of_first))


def percentile_interval(
    value: float, replicates: ArrayLike, *, units: int, proportion: bool = False
) -> Interval:
    """95 % percentile interval of bootstrap replicates.

    For a proportion near 0 or 1 a resample cannot contain rare events that the sample lacks, and the
    percentiles are too narrow; at an accuracy of 1.0 for every subject the interval has zero width. The
    interval of a proportion is therefore widened to contain the Clopper–Pearson interval of an effective
    sample size p(1 − p)/variance (Korn and Graubard, "Confidence intervals for proportions with small
    expected number of positive counts estimated from survey data", Survey Methodology 24(2), 1998).
    Without any variance the effective size is the number of units: subjects that agree entirely count as
    one observation each.

    Args:
        value: The statistic on all units.
        replicates: float (R,), NaN where the statistic is undefined for a replicate.
        units: Number of units that were resampled.
        proportion: Whether the statistic is a mean or a share within [0, 1].

    Returns:
        Lower and upper end. Both are None for a single unit, if more than 5 % of the replicates are
        undefined, and if the replicates of a statistic other than a proportion do not vary.
    """
    samples = np.asarray(replicates, dtype=np.float64)
    defined = samples[np.isfinite(samples)]
    if units < 2 or len(defined) < max(1.0, MIN_DEFINED * len(samples)):
        return None, None
    constant = np.ptp(defined) <= CONSTANT_SPREAD
    if constant and not proportion:
        return None, None
    low, high = np.quantile(defined, [TAIL, 1 - TAIL])
    if proportion:
        exact_low, exact_high = clopper_pearson(value, _effective_size(value, defined, units))
        low, high = min(low, exact_low), max(high, exact_high)
    return float(low), float(high)


def _effective_size(value: float, replicates: Array, units: int) -> float:
    """Number of independent observations with the replicates' variance of a share."""
    binomial_variance = value * (1 - value)
    if np.ptp(replicates) <= CONSTANT_SPREAD or binomial_variance <= CONSTANT_SPREAD:
        return float(units)
    return binomial_variance / float(replicates.var())


def clopper_pearson(share: float, size: float, tail: float = TAIL) -> tuple[float, float]:
    """Clopper–Pearson interval of a share (in [0, 1]) of an effective sample size (> 0).

    Source: Clopper and Pearson, Biometrika 26, 1934; the beta form also accepts a share and a size that are
    not counts. `tail` is the probability beyond each end.
    """
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
        subjects: (N,), the subject of each observation.
        resampling: Number of replicates and seed.
        proportion: Whether observations are within [0, 1]; see `percentile_interval`.
        reason: The reason given for a missing value if N is 0.

    Returns:
        The mean with its interval and n = N, or a missing value.
    """
    observed = np.asarray(observations, dtype=np.float64)
    if len(observed) == 0:
        return Value.missing(reason, n=0)
    unit = np.unique(np.asarray(subjects), return_inverse=True)[1]
    sums = np.stack([np.bincount(unit, observed), np.bincount(unit)], axis=1)
    # Relative to the first observation, the mean of equal observations is exactly their value.
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
        numerators: float (U,), contribution of each unit to the numerator.
        denominators: float (U,) ≥ 0, contribution of each unit to the denominator, a count.
        resampling: Number of replicates and seed.
        proportion: Whether the ratio is within [0, 1]; see `percentile_interval`.
        reason: The reason given for a missing value if the denominators sum to 0.

    Returns:
        The ratio with its interval and n = sum of the denominators, or a missing value. Units that contribute
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


def max_value(attacks: Mapping[str, ArrayLike], subjects: ArrayLike, resampling: Resampling) -> Value:
    """The highest mean over several attacks on the same probes, with a band for that maximum.

    The highest of several equal attacks is above them by chance, and so are its replicates: with eight, their
    percentiles hold the truth in two of three samples. All attacks are resampled with the same subjects, and
    the greatest excess of a replicate over its estimate is taken over all of them (the max statistic:
    Westfall and Young, "Resampling-based multiple testing", 1993, section 2). `high` is the maximum plus its
    95 % quantile, a one-sided band for all attacks at once; `low` is the maximum less its 97.5 % quantile.
    Both are widened as in `percentile_interval`.

    Args:
        attacks: Attack → float (N,) in [0, 1], credit of each probe, with failures filled in.
        subjects: (N,), the subject of each probe.
        resampling: Number of replicates and seed.

    Returns:
        The maximum with its band and n = N; missing without attacks or probes.

    Raises:
        DataError: an attack has not one credit from 0 to 1 for each probe.
    """
    if not attacks or len(np.asarray(subjects)) == 0:
        return Value.missing("no attacks" if not attacks else "no observations", n=0)
    rows = _checked(attacks, subjects)
    unit = np.unique(np.asarray(subjects), return_inverse=True)[1]
    sums = np.stack([np.bincount(unit, row) for row in (*rows, np.ones(len(unit)))], axis=1)
    estimates = rows[:, 0] + (rows - rows[:, :1]).mean(axis=1)
    value, units = float(estimates.max()), len(sums)
    replicates = bootstrap(sums, lambda total: total[:, :-1] / total[:, -1:], resampling)
    if units < 2:
        return Value(value=value, n=len(unit))
    above, below = np.quantile((replicates - estimates).max(axis=1), [LEVEL, 1 - TAIL])
    size = _effective_size(value, replicates[:, int(estimates.argmax())], units)
    low = max(0.0, min(value - below, clopper_pearson(value, size)[0]))
    high = min(1.0, max(value + above, clopper_pearson(value, size, tail=1 - LEVEL)[1]))
    return Value(value=value, low=low, high=high, n=len(unit))


def difference_value(
    credit_a: ArrayLike, credit_b: ArrayLike, subjects: ArrayLike, resampling: Resampling
) -> Value:
    """Mean of one credit minus that of another on the same probes, with the interval of the difference.

    Two settings differ if the interval does not hold 0. Both are resampled with the same subjects, so what
    they have in common cancels. Where few subjects differ, percentiles are too narrow; they are widened to
    contain what the intervals of the gains and of the losses give together (Newcombe, "Improved confidence
    intervals for the difference between binomial proportions based on paired data", Statistics in Medicine
    17, 1998, method 8 without the correlation).

    Args:
        credit_a: float (N,) in [0, 1], credit of each probe in one setting, with failures filled in.
        credit_b: float (N,) in [0, 1], in the other setting.
        subjects: (N,), the subject of each probe.
        resampling: Number of replicates and seed.

    Returns:
        The difference a − b, from −1 to 1, with its interval and n = N.

    Raises:
        DataError: a setting has not one credit from 0 to 1 for each probe.
    """
    first, second = _checked({"a": credit_a, "b": credit_b}, subjects)
    change = first - second
    found = mean_value(change, subjects, resampling)
    parts = [
        mean_value(np.maximum(part, 0.0), subjects, resampling, proportion=True) for part in (change, -change)
    ]
    ends = np.array([[part.low, part.value, part.high] for part in parts], dtype=np.float64)
    if found.value is None or np.isnan(ends).any():
        return found
    (gain_low, gain, gain_high), (loss_low, loss, loss_high) = ends
    percentiles = np.array([found.low, found.high], dtype=np.float64)
    low = np.fmin(percentiles[0], found.value - np.hypot(gain - gain_low, loss_high - loss))
    high = np.fmax(percentiles[1], found.value + np.hypot(gain_high - gain, loss - loss_low))
    return Value(value=found.value, low=max(-1.0, float(low)), high=min(1.0, float(high)), n=len(change))


def _checked(attacks: Mapping[str, ArrayLike], subjects: ArrayLike) -> Array:
    """The credits, float64 (A, N)."""
    probes, rows = len(np.asarray(subjects)), []
    for name, credit in attacks.items():
        row = np.asarray(credit, dtype=np.float64)
        if row.shape != (probes,) or not ((row >= 0) & (row <= 1)).all():
            raise DataError(
                f"credit '{name}': expected {probes} numbers from 0 to 1, one for each probe, got the shape "
                f"{row.shape}"
                + (f" and {np.isnan(row).sum()} NaN" if np.isnan(row).any() else "")
                + "; fill failures in"
            )
        rows.append(row)
    return np.stack(rows)
