"""The map to clear features, against scikit-learn's ridge regression."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from bauta.attack.clear_map import FEWEST, PENALTIES, clear_map, mapped
from bauta.attack.faces import Embeddings
from bauta.io.row_file import Scratch


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def pairs(count, released, clear, noise, seed=0):
    rng = np.random.default_rng(seed)
    inputs = unit(rng.normal(size=(count, released)) + 1)
    outputs = inputs @ rng.normal(size=(released, clear)) + noise * rng.normal(size=(count, clear))
    return inputs, unit(outputs)


@pytest.mark.parametrize("noise", [0.01, 1.0, 30.0])
@pytest.mark.parametrize(
    ("count", "released", "clear"), [(200, 24, 16), (20, 64, 16), (30, 30, 5), (3, 8, 4)]
)
def test_it_is_the_ridge_regression_of_the_smallest_leave_one_out_error(count, released, clear, noise):
    inputs, outputs = pairs(count, released, clear, noise)
    learnt = clear_map(inputs, outputs)
    theirs = RidgeCV(PENALTIES).fit(inputs.astype(np.float64), outputs.astype(np.float64))
    assert learnt.penalty == theirs.alpha_
    assert learnt.slope == pytest.approx(theirs.coef_.T, abs=1e-8)
    others = Embeddings(pairs(40, released, clear, noise, seed=1)[0], np.arange(40) % 5 > 0)
    expected = theirs.predict(others.vectors[others.ok].astype(np.float64))
    found = mapped(learnt, others, Scratch())
    assert found.vectors[found.ok] == pytest.approx(unit(expected), abs=1e-5)
    assert np.isnan(found.vectors[~found.ok]).all()


def test_equal_pictures_are_mapped_to_the_mean():
    outputs = pairs(12, 6, 4, 1.0)[1]
    same = unit(np.ones((12, 6)))
    found = mapped(clear_map(same, outputs), Embeddings(same, np.ones(12, dtype=bool)), Scratch())
    assert found.vectors[found.ok] == pytest.approx(unit(np.tile(outputs.mean(axis=0), (12, 1))), abs=1e-6)


def test_too_few_pairs_teach_nothing():
    inputs, outputs = pairs(FEWEST - 1, 6, 4, 1.0)
    assert clear_map(inputs, outputs) is None
