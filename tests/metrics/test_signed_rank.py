"""Wilcoxon's signed-rank test against pencil and paper, a published example and SciPy."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import norm, rankdata, wilcoxon

from bauta.metrics.signed_rank import SignedRank, bonferroni

CORN = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]
"""Darwin's differences in height between cross- and self-fertilized maize in eighths of an inch, the example
of SciPy's documentation: the smaller rank sum is 24 and p is 0.041259765625."""


def test_a_published_example():
    found = SignedRank.of(CORN)
    assert found.statistic == 24
    assert found.n == 15
    # The ranks of −48 and −67 are 10 and 14; all ranks sum to 15 · 16 / 2 = 120.
    assert found.rank_biserial == pytest.approx((96 - 24) / 120)
    mean, variance = 15 * 16 / 4, 15 * 16 * 31 / 24
    assert found.z == pytest.approx((96 - mean) / math.sqrt(variance))
    assert found.r == pytest.approx(found.z / math.sqrt(15))
    assert found.p == pytest.approx(0.041260, abs=1e-6), "twice the exact tail, 676 of 32,768 orders of signs"


def test_a_few_differences_are_tested_exactly():
    """Every order of signs is counted: 2 of the 2⁵ rank sums are as extreme as 1."""
    values = [5.0, 4.0, 3.0, 2.0, -1.0]
    ranks = rankdata(np.abs(values))
    sums = [ranks @ signs for signs in product((0, 1), repeat=5)]
    extreme = np.mean([min(plus, 15 - plus) <= 1 for plus in sums])
    found = SignedRank.of(values)
    assert found.p == pytest.approx(extreme) == pytest.approx(4 / 32)
    assert found.rank_biserial == pytest.approx(13 / 15)


def test_many_differences_with_ties_and_zeros_equal_scipy_and_the_formula():
    rng = np.random.default_rng(0)
    values = np.round(rng.normal(-0.2, 1, 400), 1)
    found, official = SignedRank.of(values), wilcoxon(values, method="asymptotic")
    assert (values == 0).any()
    assert found.p == official.pvalue
    moved = values[values != 0]
    ranks = rankdata(np.abs(moved))
    _, ties = np.unique(np.abs(moved), return_counts=True)
    m = len(moved)
    variance = m * (m + 1) * (2 * m + 1) / 24 - (ties**3 - ties).sum() / 48
    z = (ranks[moved > 0].sum() - m * (m + 1) / 4) / math.sqrt(variance)
    assert z < 0
    assert found.z == pytest.approx(z)
    assert found.p == pytest.approx(2 * norm.cdf(z))
    assert found.r == pytest.approx(z / 20), "over all 400 pairs"
    assert found.rank_biserial == pytest.approx(4 * ranks[moved > 0].sum() / (m * (m + 1)) - 1)


def test_the_sign_says_which_side_prevails_and_nothing_else_changes():
    one, other = SignedRank.of(CORN), SignedRank.of(np.negative(CORN))
    assert (other.z, other.r, other.rank_biserial) == (-one.z, -one.r, -one.rank_biserial)
    assert (other.p, other.statistic) == (one.p, one.statistic)


def test_balanced_differences_have_no_effect_and_equal_ones_no_test():
    found = SignedRank.of([1.0, -1.0, 0.0])
    assert (found.z, found.rank_biserial, found.r, found.p) == (0, 0, 0, 1)
    assert SignedRank.of(np.zeros(9)) is None
    assert SignedRank.of([]) is None


def test_bonferroni_multiplies_and_stops_at_one():
    assert bonferroni(0.01, 7) == pytest.approx(0.07)
    assert bonferroni(0.5, 3) == 1.0
