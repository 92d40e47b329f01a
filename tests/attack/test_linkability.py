import numpy as np
import pytest
from made_scores import histograms_of
from scipy.integrate import quad
from scipy.stats import norm

from bauta.attack.linkability import linkability_values, local_linkability, measure_linkability


def exact(genuine, impostor):
    """Mean of 2·LR/(1 + LR) − 1 where LR > 1 over the genuine scores, by numerical integration."""

    def weighted(score):
        ratio = genuine.pdf(score) / impostor.pdf(score)
        return genuine.pdf(score) * (2 * ratio / (1 + ratio) - 1 if ratio > 1 else 0.0)

    return quad(weighted, -0.9, 0.9, limit=500)[0]


@pytest.mark.parametrize(
    ("genuine", "impostor"),
    [
        (norm(0.3, 0.1), norm(0.0, 0.1)),
        (norm(0.1, 0.1), norm(0.0, 0.1)),
        (norm(0.0, 0.05), norm(0.0, 0.15)),  # scores in the middle and not the high ones are linked
        (norm(-0.2, 0.1), norm(0.1, 0.1)),
    ],
)
def test_agrees_with_numerical_integration_of_two_gaussians(genuine, impostor):
    rng = np.random.default_rng(0)
    scores = (one.rvs(size, random_state=rng) for one, size in ((genuine, 200_000), (impostor, 800_000)))
    histograms = histograms_of(*scores, 5)
    got = linkability_values(histograms)["d_sys"]
    assert got.value == pytest.approx(exact(genuine, impostor), abs=0.01)
    assert got.n == 200_000
    curve = measure_linkability(histograms, failures=False)
    middles = (curve.edges[1:] + curve.edges[:-1]) / 2
    ratio = genuine.pdf(middles) / impostor.pdf(middles)
    often = curve.mass > 0.005
    assert curve.local[often] == pytest.approx(np.maximum(2 * ratio / (1 + ratio) - 1, 0)[often], abs=0.06)


def test_local_measure_at_its_fixed_points():
    genuine, impostor = np.array([0.0, 0.25, 0.25, 0.5, 0.0]), np.array([0.5, 0.25, 0.0, 0.25, 0.0])
    assert local_linkability(genuine, impostor) == pytest.approx([0, 0, 1, 1 / 3, 0])


def test_separated_scores_are_linked_and_equal_ones_are_not():
    apart = linkability_values(histograms_of(np.full(100, 0.9), np.linspace(-1, 0, 4000), 10))
    assert apart["d_sys"].value == pytest.approx(1.0)
    same = linkability_values(histograms_of(np.full(500, 0.2), np.full(5000, 0.2), 10))
    assert same["d_sys"].value == 0.0
    assert (same["d_sys"].low, same["d_sys"].high) == (None, None)


def test_few_pairs_get_few_bins():
    """Scores that say nothing: one bin a pair would call each of them linked."""
    rng = np.random.default_rng(0)
    histograms = histograms_of(rng.normal(0, 0.1, 60), rng.normal(0, 0.1, 2000), 5)
    assert len(measure_linkability(histograms, failures=False).local) == 6
    assert linkability_values(histograms)["d_sys"].value < 0.15


def test_trap_29_failed_pairs_are_linked():
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 0.1, 5000), rng.normal(0, 0.1, 50_000)
    values = linkability_values(histograms_of(*scores, 5, failed=(5000, 50_000)))
    assert values["d_sys"].value == pytest.approx((1 + values["d_sys_covered"].value) / 2)
    assert (values["d_sys"].n, values["d_sys_covered"].n) == (10_000, 5000)
    nothing = linkability_values(histograms_of(np.array([]), np.array([]), 5, failed=(10, 20)))
    assert nothing["d_sys"].value == 1.0
    assert nothing["d_sys_covered"].reason.startswith("no genuine pairs")


def test_traps_5_and_6_without_pairs_of_both_kinds_there_is_none():
    for scores in ((np.array([]), np.linspace(-1, 1, 50)), (np.linspace(-1, 1, 50), np.array([]))):
        assert all(value.value is None for value in linkability_values(histograms_of(*scores)).values())
