"""Wilcoxon's signed-rank test of paired observations, with effect sizes."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata, wilcoxon


@dataclass(frozen=True)
class SignedRank:
    """The result of a two-sided test that differences are distributed symmetrically around 0.

    Pairs without a difference are left out of the ranks (Wilcoxon, "Individual comparisons by ranking
    methods", Biometrics Bulletin 1(6), 1945); tied differences share their mean rank.

    Attributes:
        statistic: The smaller one of the rank sums of the positive and of the negative differences.
        p: Two-sided p-value: exact for at most 50 pairs, or 13 if there are ties or pairs without a
            difference, else by the normal approximation without a continuity correction (the choice of
            `scipy.stats.wilcoxon`).
        z: Of the normal approximation, above 0 where positive differences prevail.
        rank_biserial: Matched-pairs rank-biserial correlation from −1 to 1: the difference of the two rank
            sums over their total (Kerby, "The simple difference formula", Comprehensive Psychology 3, 2014).
        r: z/√N over all N pairs, with the sign of z (Rosenthal, "Meta-analytic procedures", 1991).
        n: N, with the pairs that have no difference.
    """

    statistic: float
    p: float
    z: float
    rank_biserial: float
    r: float
    n: int

    @classmethod
    def of(cls, differences: ArrayLike) -> Self | None:
        """Test N differences, float (N,); None if all are 0, when there are no ranks."""
        values = np.asarray(differences, dtype=np.float64)
        moved = values[values != 0]
        if len(moved) == 0:
            return None
        ranks = rankdata(np.abs(moved))
        biserial = float(np.sign(moved) @ ranks / ranks.sum())
        exact, normal = wilcoxon(values), wilcoxon(values, method="asymptotic")
        z = math.copysign(float(normal.zstatistic), biserial) if biserial else 0.0
        return cls(
            statistic=float(exact.statistic),
            p=min(1.0, float(exact.pvalue)),
            z=z,
            rank_biserial=biserial,
            r=z / math.sqrt(len(values)),
            n=len(values),
        )


def bonferroni(p: float, tests: int) -> float:
    """The p-value of one of a number of tests, so that all together err as often as a single one.

    Dunn, "Multiple comparisons among means", Journal of the American Statistical Association 56, 1961.
    """
    return min(1.0, p * tests)
