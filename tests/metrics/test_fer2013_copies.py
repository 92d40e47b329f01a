"""κ with and without faces that teachers have seen before: `benchmarks/fer2013_copies.py`."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return runpy.run_path(str(BENCHMARKS / "fer2013_copies.py"))
    finally:
        sys.path.remove(str(BENCHMARKS))


def test_kappa_is_computed_over_all_faces_and_over_those_without_a_copy(script):
    rng = np.random.default_rng(0)
    before = rng.integers(0, 7, (2, 400))
    copies = np.arange(400) < 100
    after = np.where(copies | (rng.random((2, 400)) < 0.5), before, rng.integers(0, 7, (2, 400)))
    everything, alone, low, high = script["with_and_without"](
        list(zip(before, after, strict=True)), copies, 7
    )

    def expected(rows):
        return np.mean([cohen_kappa_score(before[one][rows], after[one][rows]) for one in range(2)])

    assert everything == pytest.approx(expected(np.arange(400)))
    assert alone == pytest.approx(expected(~copies))
    assert low < alone - everything < high < 0


def test_a_face_that_no_teacher_reads_afterwards_is_a_disagreement(script):
    posteriors = np.float32([[0.9, 0.1], [0.2, 0.8], [np.nan, np.nan]])
    read = script["read"](posteriors)
    assert read.tolist() == [0, 1, 2]
    assert script["kappa"](np.array([0, 1, 1]), read, 2) < script["kappa"](np.array([0, 1]), read[:2], 2) == 1
