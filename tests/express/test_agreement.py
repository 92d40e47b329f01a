"""Agreement of teachers on the clear faces, against scikit-learn's κ."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from bauta.express.agreement import measure_agreement
from bauta.express.comparison import Posteriors

FACES = 240


def read(seed, share, truth):
    """A teacher that is right on a share of the faces."""
    rng = np.random.default_rng(seed)
    said = np.where(rng.random(FACES) < share, truth, rng.integers(0, 7, FACES))
    return Posteriors(np.eye(7, dtype=np.float32)[said], np.ones(FACES, dtype=bool)), said


@pytest.fixture
def teachers():
    truth = np.random.default_rng(0).integers(0, 7, FACES)
    return {
        name: read(seed, share, truth)
        for seed, (name, share) in enumerate([("a", 0.9), ("b", 0.7), ("c", 0.2)])
    }


def test_each_pair_has_its_kappa(teachers):
    subjects = [f"s{face // 6}" for face in range(FACES)]
    found = measure_agreement({name: one for name, (one, _) in teachers.items()}, subjects, dataset="d")
    assert list(found.values) == ["a/b/kappa", "a/c/kappa", "b/c/kappa"]
    for name, value in found.values.items():
        one, other, _ = name.split("/")
        assert value.value == pytest.approx(cohen_kappa_score(teachers[one][1], teachers[other][1]))
        assert value.low < value.value < value.high
        assert value.n == FACES


def test_a_face_that_the_other_cannot_read_is_a_disagreement(teachers):
    one, _ = teachers["a"]
    half = np.arange(FACES) < FACES // 2
    unread = Posteriors(np.where(half[:, None], one.probabilities, np.nan), half)
    found = measure_agreement({"a": one, "same": unread}, [None] * FACES, dataset="d").values["a/same/kappa"]
    assert 0.4 < found.value < 0.6


def test_teachers_of_a_single_expression_have_no_kappa():
    same = Posteriors(np.eye(7, dtype=np.float32)[np.zeros(FACES, dtype=int)], np.ones(FACES, dtype=bool))
    found = measure_agreement({"a": same, "b": same}, [None] * FACES, dataset="d").values["a/b/kappa"]
    assert found.value is None
    assert "single expression" in found.reason
