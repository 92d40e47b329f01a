"""Tests between anonymized sets, against pencil and paper and SciPy."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wilcoxon

from bauta.errors import DataError
from bauta.express.comparison import Posteriors
from bauta.express.significance import OVERALL, Place, measure_significance
from bauta.labels import EXPRESSIONS

FACES = 120
GAN, DP2, BLUR = (
    Place("ganonymization", "default"),
    Place("deepprivacy2", "default"),
    Place("blur", "kernel=31"),
)
TRUTH = np.arange(FACES) % 7
LABELS = [EXPRESSIONS[index] for index in TRUTH]
PEOPLE = [f"s{face // 5}" for face in range(FACES)]


def posteriors(seed, change, failed=()):
    """Posteriors of the same faces, of which more or less has changed."""
    clear = np.random.default_rng(0).dirichlet(np.ones(7), FACES)
    noise = np.random.default_rng(seed).dirichlet(np.ones(7), FACES)
    ok = ~np.isin(np.arange(FACES), list(failed))
    mixed = np.where(ok[:, None], (1 - change) * clear + change * noise, np.nan)
    return Posteriors(mixed.astype(np.float32), ok)


CLEAR = posteriors(9, 0.0)
SETS = {GAN: posteriors(1, 0.3), DP2: posteriors(2, 0.5), BLUR: posteriors(3, 0.32, failed=range(20))}


def compare(sets=SETS, clear=CLEAR, labels=LABELS, people=PEOPLE, **options):
    found = measure_significance(
        clear, sets, labels, people, dataset="d", model="t", **{"replicates": 200, **options}
    )
    assert (found.backend, found.setting, found.model, found.values) == ("original", "clear", "t", {})
    return pd.DataFrame(found.curves["tests"])


def row(tests, one, other, expression=OVERALL):
    chosen = (tests["backend"] == one.backend) & (tests["other_backend"] == other.backend)
    return tests[chosen & (tests["expression"] == expression)].iloc[0]


def test_four_faces_by_hand():
    """Two sets of four faces: all numbers are those of pencil and paper."""
    before = np.full((4, 7), 0.1, np.float32)
    happy, sad = EXPRESSIONS.index("happy"), EXPRESSIONS.index("sad")
    before[:, happy] = 0.4

    def after(*moved):
        changed = before.copy()
        changed[:, happy] -= np.float32(moved)
        changed[:, sad] += np.float32(moved)
        return Posteriors(changed, np.ones(4, bool))

    sets = {GAN: after(0.0, 0.01, 0.02, 0.2), DP2: after(0.1, 0.2, 0.3, 0.1)}
    tests = compare(sets, Posteriors(before, np.ones(4, bool)), ["happy"] * 4, [None] * 4)
    found = row(tests, GAN, DP2)
    assert found["distance"] == pytest.approx(0.23 / 4)
    assert found["other_distance"] == pytest.approx(0.7 / 4)
    # Differences −0.1, −0.19, −0.28, +0.1 have the ranks 1.5, 3, 4, 1.5, up to rounding of float32.
    assert found["difference"] == pytest.approx(-0.47 / 4)
    assert found["statistic"] in (1, 1.5, 2)
    assert found["rank_biserial"] == pytest.approx((2 * found["statistic"] - 10) / 10)
    assert found["n"] == 4
    for name in ("happy", "sad"):
        of_one = row(tests, GAN, DP2, name)
        assert of_one["difference"] == pytest.approx(found["difference"], abs=1e-7)
        assert of_one["tests"] == 7
        assert of_one["p_bonferroni"] == min(1, 7 * of_one["p"])
    assert found["tests"] == 1
    unmoved = row(tests, GAN, DP2, "fear")
    assert unmoved["difference"] == unmoved["distance"] == 0
    assert unmoved["reason"] == "the distances of the two sets are equal in every face"
    assert pd.isna(unmoved["p"])


def test_each_pair_and_expression_equals_scipy():
    tests = compare()
    assert len(tests) == 3 * 8
    assert set(zip(tests["backend"], tests["other_backend"], strict=True)) == {
        (GAN.backend, DP2.backend),
        (GAN.backend, BLUR.backend),
        (DP2.backend, BLUR.backend),
    }
    for one, other in ((GAN, DP2), (GAN, BLUR), (DP2, BLUR)):
        both = SETS[one].ok & SETS[other].ok
        moved = [
            np.abs(CLEAR.probabilities.astype(float) - SETS[place].probabilities)[both]
            for place in (one, other)
        ]
        for name in (OVERALL, *EXPRESSIONS):
            column = TRUTH[both] if name == OVERALL else np.full(both.sum(), EXPRESSIONS.index(name))
            first, second = (each[np.arange(both.sum()), column] for each in moved)
            expected, found = wilcoxon(first, second), row(tests, one, other, name)
            assert found["n"] == both.sum()
            assert found["distance"] == pytest.approx(first.mean())
            assert found["other_distance"] == pytest.approx(second.mean())
            assert found["statistic"] == expected.statistic
            assert found["p"] == pytest.approx(expected.pvalue)
            number = 3 if name == OVERALL else 3 * 7
            assert found["tests"] == number
            assert found["p_bonferroni"] == pytest.approx(min(1, number * expected.pvalue))
            assert found["low"] < found["difference"] < found["high"]
            z = wilcoxon(first, second, method="asymptotic").zstatistic
            assert abs(found["z"]) == pytest.approx(abs(z))
            assert found["r"] == pytest.approx(found["z"] / np.sqrt(both.sum()))
            assert np.sign(found["r"]) == np.sign(found["rank_biserial"])


def test_what_changes_less_has_a_negative_difference_and_the_reverse_is_its_mirror():
    one, other = row(compare(), GAN, DP2), row(compare({DP2: SETS[DP2], GAN: SETS[GAN]}), DP2, GAN)
    assert one["difference"] < 0
    assert one["rank_biserial"] < 0
    assert one["p_bonferroni"] < 0.01
    for name in ("difference", "rank_biserial", "r", "z"):
        assert other[name] == pytest.approx(-one[name])
    assert other["p"] * 3 == pytest.approx(one["p"] * 3)


def test_without_labels_the_class_read_before_counts():
    tests = compare(labels=[None] * FACES)
    read = CLEAR.probabilities.argmax(1)
    moved = np.abs(CLEAR.probabilities - SETS[GAN].probabilities)[np.arange(FACES), read]
    assert row(tests, GAN, DP2)["distance"] == pytest.approx(moved.mean(), rel=1e-5)


def test_an_expression_that_the_teacher_does_not_know_is_not_tested():
    tests = compare(knows=EXPRESSIONS[:-1])
    assert set(tests["expression"]) == {OVERALL, *EXPRESSIONS[:-1]}
    assert row(tests, GAN, DP2, "happy")["tests"] == 3 * 6


def test_pairs_without_a_common_face_and_infeasible_sets_say_why():
    nothing = posteriors(3, 0.5, failed=range(FACES))
    tests = compare({GAN: SETS[GAN], DP2: nothing, BLUR: "k=50 of 24 subjects"})
    assert (tests["n"] == 0).all()
    assert tests["p"].isna().all()
    assert row(tests, GAN, DP2)["reason"] == "no face has a posterior in both sets and in the clear"
    for one in (GAN, DP2):
        assert row(tests, one, BLUR)["reason"] == "k=50 of 24 subjects"


def test_other_faces_and_other_labels_are_refused():
    short = Posteriors(CLEAR.probabilities[:-1], CLEAR.ok[:-1])
    with pytest.raises(DataError, match="as many originals as anonymized"):
        compare({GAN: SETS[GAN], DP2: short})
    with pytest.raises(DataError, match="unknown label 'bored'"):
        compare(labels=["bored", *LABELS[1:]])
