"""Differences of ablations from their base: `benchmarks/ablations.py`."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import t
from sklearn.metrics import cohen_kappa_score

from bauta.attack.person_hits import PersonHits

SCRIPT = Path(__file__).parents[2] / "benchmarks/ablations.py"
PEOPLE, FACES = 30, 8
JUDGES = ("vgg_fer2013", "mini_xception")


@pytest.fixture(scope="module")
def ablations():
    return SimpleNamespace(**runpy.run_path(str(SCRIPT)))


def training(seed, kept, named):
    """Hits and tables of a training: two teachers read 8 faces of 30 people, and agree as often as `kept`."""
    rng = np.random.default_rng(seed)
    before = rng.integers(0, 7, (2, PEOPLE, FACES))
    after = np.where(rng.random(before.shape) < kept, before, rng.integers(0, 7, before.shape))
    tables = np.zeros((2, PEOPLE, 7, 7))
    for teacher, person in np.ndindex(2, PEOPLE):
        np.add.at(tables[teacher, person], (before[teacher, person], after[teacher, person]), 1.0)
    hits = rng.binomial(4, named, PEOPLE).astype(float)
    return PersonHits("these", hits, np.full(PEOPLE, 4.0)), tables, (before, after)


def test_kappa_is_the_mean_over_teachers(ablations):
    hits, tables, (before, after) = training(0, 0.6, 0.5)
    one = ablations.merged([(hits, tables)], JUDGES)
    expected = [cohen_kappa_score(before[teacher].ravel(), after[teacher].ravel()) for teacher in range(2)]
    assert one.kappa == pytest.approx(np.mean(expected))
    assert one.kappas == pytest.approx([one.kappa])


def test_what_differs_clearly_has_an_interval_beside_zero(ablations):
    base, other = (
        ablations.merged([training(seed, *of)[:2]], JUDGES)
        for seed, of in enumerate(((0.8, 0.2), (0.3, 0.7)))
    )
    kappa, worst = ablations.kappa_difference(base, other), ablations.worst_difference(base, other)
    assert kappa.value == pytest.approx(other.kappa - base.kappa)
    assert kappa.low < kappa.value < kappa.high < 0
    assert 0 < worst.low < worst.value < worst.high
    assert worst.value == pytest.approx(other.worst[0] - base.worst[0])


def test_what_is_equal_differs_by_nothing(ablations):
    base = ablations.merged([training(0, 0.5, 0.5)[:2]], JUDGES)
    same = ablations.kappa_difference(base, base)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_repeats_are_averaged_and_told_with_their_spread(ablations):
    parts = [training(seed, 0.6, 0.5)[:2] for seed in range(3)]
    merged = ablations.merged(parts, JUDGES)
    assert merged.hits.share == pytest.approx(np.mean([hits.share for hits, _ in parts]))
    assert ablations.spread(np.array([0.1, 0.2, 0.3])) == "0.200 ± 0.100"
    assert ablations.spread(np.array([0.1])) == "0.100"


def test_other_probes_are_not_compared(ablations):
    base = ablations.merged([training(0, 0.5, 0.5)[:2]], JUDGES)
    hits, tables, _ = training(1, 0.5, 0.5)
    other = ablations.merged([(PersonHits("others", hits.hits, hits.probes), tables)], JUDGES)
    for difference in (ablations.worst_difference, ablations.kappa_difference):
        assert ablations.shown(difference(base, other)) == "other people are probed"


def test_the_spread_of_trainings_makes_an_interval_of_its_own(ablations):
    base, other = np.array([0.30, 0.32, 0.28]), np.array([0.04, 0.05, 0.036])
    found = ablations.over_seeds(base, other)
    error = np.sqrt(base.var(ddof=1) / 3 + other.var(ddof=1) / 3)
    freedom = error**4 / sum((one.var(ddof=1) / 3) ** 2 / 2 for one in (base, other))
    reach = t.ppf(0.975, freedom) * error
    assert (found.low, found.high) == pytest.approx((found.value - reach, found.value + reach))
    assert found.value == pytest.approx(-0.258)
    assert ablations.over_seeds(base, other[:1]).value is None


def test_only_rows_of_several_trainings_are_compared_over_seeds(ablations, capsys):
    parts = [training(seed, 0.5, 0.5)[:2] for seed in range(6)]
    base, other = ablations.merged(parts[:3], JUDGES), ablations.merged(parts[3:], JUDGES)
    rows = [
        ablations.print_row("people", "λ_id 0", other, base),
        ablations.print_row("people", "features", ablations.merged(parts[:1], JUDGES), base),
        ablations.print_row("people", "base", base, None),
    ]
    capsys.readouterr()
    ablations.print_seeds(rows)
    said = capsys.readouterr().out
    assert said.count("| people, ") == 1
    assert "| people, λ_id 0 | " in said


def test_other_judges_are_not_compared(ablations):
    parts = [training(0, 0.5, 0.5)[:2]]
    base, other = ablations.merged(parts, JUDGES), ablations.merged(parts, JUDGES[::-1])
    assert ablations.shown(ablations.kappa_difference(base, other)) == "other teachers judge"


def test_a_row_has_no_difference_from_itself(ablations, capsys):
    base, other = (ablations.merged([training(seed, 0.5, 0.5)[:2]], JUDGES) for seed in range(2))
    itself = ablations.print_row("people", "base", base, None)
    row = ablations.print_row("people", "λ_id 0", other, base)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].count("–") == 3
    assert lines[1].count(" to ") == 2
    assert row["worst_top1_over_seeds"] is None
    assert itself["worst_top1_change"] is None
    assert row["kappa_change"] == pytest.approx(other.kappa - base.kappa)


def test_a_line_names_what_it_changes(ablations):
    base = (("lambda_id", 1.0), ("size", 64))
    assert ablations.described(base, base) == "base"
    assert ablations.described((("lambda_id", 0.0), ("size", 64)), base) == "λ_id 0"
    assert (
        ablations.described((("lambda_id", 1.0), ("size", 32), ("id_loss", "cosine")), base)
        == "size 32, cosine"
    )
    own = tuple(ablations.TrainedCganSetting().model_dump().items())
    assert ablations.unusual(own) == 0
    assert ablations.unusual((("size", 64), ("lambda_id", 0.0))) == 2
