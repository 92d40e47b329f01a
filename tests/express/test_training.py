"""Networks that learnt from one kind of faces and read another, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from bauta.errors import DataError
from bauta.express.comparison import Posteriors
from bauta.express.training import FLOOR, RealFaces, Trainings, measure_training
from bauta.labels import EXPRESSIONS

FACES = 140
LABELS = [EXPRESSIONS[row % 7] for row in range(FACES)]
SUBJECTS = [f"s{row // 7}" for row in range(FACES)]
TRUTH = np.arange(FACES) % 7


def posteriors(right, seed):
    """Predictions that are right on a share of the faces, and otherwise at random."""
    numbers = np.random.default_rng(seed)
    said = np.where(numbers.random(FACES) < right, TRUTH, numbers.integers(0, 7, FACES))
    return Posteriors(np.eye(7, dtype=np.float32)[said], np.ones(FACES, dtype=bool))


def trainings(right, *seeds, trained_on=100):
    return Trainings(tuple(posteriors(right, seed) for seed in seeds), trained_on)


def faces(dataset="own", real=0.9, anonymized=0.6, mixed=0.8, labels=LABELS):
    kinds = {
        "real": trainings(real, 1, 2, 3),
        "anonymized": trainings(anonymized, 4, 5, 6),
        "mixed": trainings(mixed, 7, 8, 9, trained_on=200),
    }
    return RealFaces(dataset, labels, SUBJECTS, kinds)


def measured(*tested):
    where = {"dataset": "own", "backend": "blur", "setting": "kernel=31", "model": "resnet18"}
    return measure_training(tested, **where, seed=3, replicates=300).curves["rows"]


def test_the_scores_are_means_over_the_trainings():
    rows = {row["learns"]: row for row in measured(faces())}
    for kind, seeds, right in (("real", (1, 2, 3), 0.9), ("mixed", (7, 8, 9), 0.8)):
        said = [posteriors(right, seed).predictions() for seed in seeds]
        f1 = [f1_score(TRUTH, one, average="macro") for one in said]
        row = rows[kind]
        assert row["macro_f1_each"] == pytest.approx(f1)
        assert row["macro_f1"] == pytest.approx(np.mean(f1))
        assert row["macro_f1_sd"] == pytest.approx(np.std(f1, ddof=1))
        assert row["accuracy"] == pytest.approx(np.mean([accuracy_score(TRUTH, one) for one in said]))
        assert row["accuracy_low"] < row["accuracy"] < row["accuracy_high"]
    assert rows["mixed"]["trained_on"] == 200
    assert rows["real"]["macro_f1_change"] is None
    change = rows["anonymized"]["macro_f1"] - rows["real"]["macro_f1"]
    assert rows["anonymized"]["macro_f1_change"] == pytest.approx(change)
    assert rows["anonymized"]["macro_f1_change_low"] < change < rows["anonymized"]["macro_f1_change_high"] < 0


def test_the_change_is_paired():
    """The same predictions differ by nothing, in every resample."""
    same = trainings(0.8, 1, 2)
    rows = measured(RealFaces("own", LABELS, SUBJECTS, {"real": same, "anonymized": same, "mixed": same}))
    assert rows[1]["macro_f1_change"] == 0
    assert rows[1]["macro_f1_change_low"] is None, "an interval without any spread is none"


def test_a_face_without_a_posterior_is_wrong():
    lost = posteriors(1.0, 0)
    lost.probabilities[:70] = np.nan
    half = Posteriors(lost.probabilities, np.arange(FACES) >= 70)
    rows = measured(RealFaces("own", LABELS, SUBJECTS, {"real": Trainings((half,))}))
    assert rows[0]["accuracy"] == 0.5
    assert rows[0]["macro_f1_sd"] is None, "one training has no spread"
    assert rows[0]["n"] == FACES


def test_faces_without_a_label_do_not_count():
    some = [label if row < 70 else None for row, label in enumerate(LABELS)]
    rows = measured(faces(labels=some))
    assert {row["n"] for row in rows} == {70}
    said = [posteriors(0.9, seed).predictions()[:70] for seed in (1, 2, 3)]
    assert rows[0]["accuracy"] == pytest.approx(np.mean([accuracy_score(TRUTH[:70], one) for one in said]))
    rows = measured(faces(labels=[None] * FACES))
    assert all(row["macro_f1"] is None and "no scored face" in row["reason"] for row in rows)


def test_nothing_follows_where_real_faces_teach_too_little():
    own, other = faces(real=0.3), faces("other", real=0.3)
    rows = measured(own, other)
    assert [row["tested"] for row in rows] == ["own"] * 3 + ["other"] * 3
    assert rows[0]["macro_f1"] < FLOOR
    assert [row["valid"] for row in rows] == [False] * 3 + [True] * 3
    assert all("nothing follows" in row["reason"] for row in rows[:3])
    rows = measured(own, faces("other", real=0.0))
    assert [row["valid"] for row in rows] == [False] * 6
    assert "above chance" in rows[3]["reason"]


def test_what_could_not_be_trained_is_a_reason():
    kinds = {**faces().by_kind, "anonymized": Trainings(infeasible="no face left")}
    rows = measured(RealFaces("own", LABELS, SUBJECTS, kinds))
    assert rows[1]["reason"] == "no face left"
    assert rows[1]["macro_f1"] is None
    assert rows[2]["macro_f1_change"] is not None
    kinds = {**faces().by_kind, "real": Trainings(infeasible="one class")}
    rows = measured(RealFaces("own", LABELS, SUBJECTS, kinds))
    assert [row["macro_f1_change"] for row in rows] == [None] * 3
    assert rows[1]["macro_f1"] is not None
    assert rows[1]["valid"] is None


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(DataError, match="as many posteriors as labels"):
        measured(faces(labels=LABELS[:-1]))
    with pytest.raises(DataError, match="unknown label 'smug'"):
        measured(faces(labels=["smug", *LABELS[1:]]))
