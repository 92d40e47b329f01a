import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import accuracy_score
from sklearn.model_selection import LeaveOneGroupOut

from bauta.attack.lfw_pairs import Pair, best_threshold, evaluate_pairs, read_pairs
from bauta.datasets.lfw import list_lfw
from bauta.errors import DataError
from bauta.io.fingerprint import file_fingerprint

TEXT = "2\t2\nA_B\t1\t4\nC\t1\t12\nA_B\t1\tC\t1\nC\t2\tD\t3\nD\t1\t2\nD\t1\t3\nA_B\t2\tD\t1\nD\t2\tC\t12\n"


def drawn(folds=10, pairs=30, dimensions=4, seed=0):
    """Pairs of random vectors that agree more where they show one person; every image is in one pair."""
    rng = np.random.default_rng(seed)
    found, ids, vectors = [], [], []
    for fold in range(folds):
        members = []
        for number in range(2 * pairs):
            genuine = number < pairs
            names = [f"{fold}_{number}_{side}" for side in "ab"]
            first = rng.normal(size=dimensions)
            second = first * genuine + rng.normal(size=dimensions)
            vectors += [vector / np.linalg.norm(vector) for vector in (first, second)]
            ids += names
            members.append(Pair(*names, genuine))
        found.append(tuple(members))
    return found, ids, np.array(vectors, dtype=np.float32)


def by_scanning(folds, ids, vectors):
    """Accuracy of each fold by scikit-learn's splitter and a loop over thresholds."""
    at = {name: vector.astype(np.float64) for name, vector in zip(ids, vectors, strict=True)}
    scores = np.array([at[pair.first] @ at[pair.second] for fold in folds for pair in fold])
    genuine = np.array([pair.genuine for fold in folds for pair in fold])
    groups = np.repeat(np.arange(len(folds)), [len(fold) for fold in folds])
    accuracies = []
    for train, test in LeaveOneGroupOut().split(scores, genuine, groups):
        values = np.unique(scores[train])
        steps = [values[0] - 1, *((values[1:] + values[:-1]) / 2), values[-1] + 1]
        best = max(steps, key=lambda step: (((scores[train] >= step) == genuine[train]).mean(), -step))
        accuracies.append(accuracy_score(genuine[test], scores[test] >= best))
    return accuracies


def test_mean_and_standard_error_agree_with_an_independent_formulation():
    folds, ids, vectors = drawn()
    found = evaluate_pairs(folds, ids, vectors)
    expected = by_scanning(folds, ids, vectors)
    np.testing.assert_allclose([fold.accuracy for fold in found.folds], expected)
    assert found.accuracy.value == pytest.approx(np.mean(expected))
    assert found.standard_error.value == pytest.approx(stats.sem(expected))
    assert found.accuracy.n == 600
    assert 0.5 < found.accuracy.value < 1


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=30))
def test_no_threshold_decides_more_pairs_rightly(pairs):
    scores = np.array([score / 4 for score, _ in pairs])
    genuine = np.array([same for _, same in pairs])
    found = ((scores >= best_threshold(scores, genuine)) == genuine).mean()
    steps = [*np.arange(-1, 1.01, 0.125), 2.0, -2.0]
    assert found == max(((scores >= step) == genuine).mean() for step in steps)


def test_trap_8_a_fold_has_no_say_in_its_own_threshold():
    folds, ids, vectors = drawn(folds=3, pairs=5)
    before = evaluate_pairs(folds, ids, vectors).folds[0].threshold
    turned = [Pair(pair.first, pair.second, not pair.genuine) for pair in folds[0]]
    assert evaluate_pairs([tuple(turned), *folds[1:]], ids, vectors).folds[0].threshold == before


def test_missing_images_are_counted_in_their_fold():
    folds, ids, vectors = drawn(folds=3, pairs=5)
    gone = {folds[0][0].first, folds[0][1].second, folds[2][7].first}
    blind = vectors.copy()
    blind[ids.index(folds[1][9].second)] = np.nan
    kept = [row for row, name in enumerate(ids) if name not in gone]
    found = evaluate_pairs(folds, [ids[row] for row in kept], blind[kept])
    assert [(f.genuine, f.impostor, f.missing_genuine, f.missing_impostor) for f in found.folds] == [
        (3, 5, 2, 0),
        (5, 4, 0, 1),
        (5, 4, 0, 1),
    ]
    assert found.accuracy.n == 26


def test_traps_5_and_6_without_pairs_of_both_kinds_there_is_no_accuracy():
    folds, ids, vectors = drawn(folds=3, pairs=5)
    gone = {pair.first for fold in folds[:2] for pair in fold if pair.genuine}
    kept = [row for row, name in enumerate(ids) if name not in gone]
    found = evaluate_pairs(folds, [ids[row] for row in kept], vectors[kept])
    assert found.accuracy.value is None
    assert "only 1 of 3 folds have pairs of both kinds" in found.accuracy.reason
    assert found.standard_error.value is None
    assert {fold.accuracy for fold in found.folds} == {None}
    empty = evaluate_pairs(folds, [], np.zeros((0, 4), dtype=np.float32))
    assert [fold.missing_genuine + fold.missing_impostor for fold in empty.folds] == [10, 10, 10]


def test_pairs_are_read_in_folds(tmp_path):
    (tmp_path / "pairs.txt").write_text(TEXT)
    first, second = read_pairs(tmp_path / "pairs.txt")
    assert first == (
        Pair("A_B_0001", "A_B_0004", genuine=True),
        Pair("C_0001", "C_0012", genuine=True),
        Pair("A_B_0001", "C_0001", genuine=False),
        Pair("C_0002", "D_0003", genuine=False),
    )
    assert second[3] == Pair("D_0002", "C_0012", genuine=False)


def test_pairs_that_changed_since_the_run_was_planned_are_refused(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text(TEXT)
    planned = file_fingerprint(path)
    assert len(read_pairs(path, planned)) == 2
    path.write_text(TEXT.replace("A_B\t1\t4", "A_B\t1\t3"))
    with pytest.raises(DataError, match=r"pairs\.txt changed since this run was planned; run again"):
        read_pairs(path, planned)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "number of folds and of pairs"),
        ("ten 300\n", "number of folds and of pairs"),
        (TEXT.rpartition("D\t2")[0], r"expected 2 × 2 × 2 pairs in at least two folds, got 7"),
        (TEXT.replace("C\t1\t12", "C\t1\tD\t12"), "line 3: expected 'name n1 n2'"),
        (TEXT.replace("C\t2\tD\t3", "C\t2\t3"), "line 5: expected 'name1 n1 name2 n2'"),
        (TEXT.replace("C\t1\t12", "C\tx\t12"), "line 3: expected 'name n1 n2'"),
    ],
)
def test_another_file_is_refused(tmp_path, text, message):
    (tmp_path / "pairs.txt").write_text(text)
    with pytest.raises(DataError, match=message):
        read_pairs(tmp_path / "pairs.txt")


def test_embeddings_and_ids_must_match():
    with pytest.raises(DataError, match="expected 2 rows"):
        evaluate_pairs([], ["a", "b"], np.zeros((3, 4)))


@pytest.mark.models
def test_every_pair_of_the_half_of_lfw_is_formed_or_counted(real_images):
    folder = real_images("lfw")
    pairs = Path(os.environ["BAUTA_DATA"]) / "pairs.txt"
    if not pairs.is_file():
        pytest.skip(f"{pairs} is not there")
    folds = read_pairs(pairs)
    assert [len(fold) for fold in folds] == [600] * 10
    listing = list_lfw(folder)
    assert not listing.problems
    ids = [record.image_id for record in listing.records]
    vectors = np.random.default_rng(0).normal(size=(len(ids), 8)).astype(np.float32)
    found = evaluate_pairs(folds, ids, vectors)
    for fold in found.folds:
        assert fold.genuine + fold.missing_genuine == 300
        assert fold.impostor + fold.missing_impostor == 300
    assert found.accuracy.value == pytest.approx(0.5, abs=0.2)
