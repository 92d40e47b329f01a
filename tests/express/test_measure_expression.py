import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy
from sklearn.metrics import cohen_kappa_score, f1_score, recall_score

from bauta.errors import DataError
from bauta.express.comparison import Posteriors
from bauta.express.measure import measure_expression
from bauta.labels import EXPRESSIONS
from bauta.measurement import Measurement

SUBJECTS = 24
PER_SUBJECT = 8
FACES = SUBJECTS * PER_SUBJECT
NAMES = {"dataset": "toy", "backend": "blur", "setting": "kernel=11", "model": "resnet18"}
TRUTH = np.arange(FACES) % 7
LABELS = [EXPRESSIONS[index] for index in TRUTH]
PEOPLE = [f"s{row // PER_SUBJECT}" for row in range(FACES)]


def posteriors(seed, skill, failed=()):
    """Posteriors that are right with about the probability `skill`."""
    rng = np.random.default_rng(seed)
    shown = np.where(rng.random(FACES) < skill, TRUTH, rng.integers(0, 7, FACES))
    probabilities = 0.3 * rng.dirichlet(np.ones(7), FACES) + 0.7 * np.eye(7)[shown]
    ok = np.ones(FACES, dtype=bool)
    ok[list(failed)] = False
    probabilities[~ok] = np.nan
    return Posteriors(probabilities.astype(np.float32), ok)


def measure(clear, anonymized, labels=LABELS, subjects=PEOPLE, **options):
    return measure_expression(clear, anonymized, labels, subjects, **({"replicates": 200} | NAMES | options))


def test_values_equal_independent_implementations():
    failed = range(0, 40)
    clear, after = posteriors(1, 0.95), posteriors(2, 0.6, failed)
    values = measure(clear, after).values
    predictions = np.where(after.ok, np.nan_to_num(after.probabilities).argmax(1), 7)
    before = clear.probabilities.argmax(1)
    ok = after.ok

    def f1(truth, predicted):
        return f1_score(truth, predicted, labels=range(7), average="macro", zero_division=0)

    assert values["accuracy"].value == pytest.approx((predictions == TRUTH).mean())
    assert values["accuracy_covered"].value == pytest.approx((predictions == TRUTH)[ok].mean())
    assert values["macro_f1"].value == pytest.approx(f1(TRUTH, predictions))
    assert values["macro_f1_covered"].value == pytest.approx(f1(TRUTH[ok], predictions[ok]))
    assert values["clear_macro_f1"].value == pytest.approx(f1(TRUTH, before))
    assert values["kappa"].value == pytest.approx(cohen_kappa_score(before, predictions, labels=range(8)))
    assert values["kappa_covered"].value == pytest.approx(cohen_kappa_score(before[ok], predictions[ok]))
    assert values["kl"].value == pytest.approx(
        entropy(clear.probabilities[ok], after.probabilities[ok], axis=1).mean(), rel=1e-4
    )
    moved = np.abs(clear.probabilities - after.probabilities)[ok, TRUTH[ok]]
    assert values["probability_distance"].value == pytest.approx(moved.mean(), rel=1e-4)
    chance = values["chance_macro_f1"].value
    assert values["utility"].value == pytest.approx(
        (f1(TRUTH, predictions) - chance) / (f1(TRUTH, before) - chance)
    )
    assert values["kl"].n == values["accuracy_covered"].n == FACES - 40
    assert values["accuracy"].n == FACES


def test_preserved_and_distances_of_each_expression_by_hand():
    """Four faces by three people: the counts and the means are those of pencil and paper."""
    before = np.full((4, 7), 0.1, np.float32)
    after = before.copy()
    for row, (was, is_now) in enumerate(
        [("happy", "happy"), ("happy", "sad"), ("sad", "sad"), ("fear", "fear")]
    ):
        before[row, EXPRESSIONS.index(was)] = 0.4
        after[row, EXPRESSIONS.index(is_now)] = 0.4
    after[3] = np.nan
    seen = Posteriors(before, np.ones(4, bool))
    measurement = measure(
        seen, Posteriors(after, np.array([True, True, True, False])), [None] * 4, ["a", "a", "b", "c"]
    )
    values = measurement.values
    assert values["preserved"].value == 0.5, "the face without an output is not preserved"
    assert values["preserved_covered"].value == pytest.approx(2 / 3)
    shares = {"happy": 0.5, "sad": 1.0, "fear": 0.0}
    for name in EXPRESSIONS:
        share, distance = values[f"preserved_{name}"], values[f"probability_distance_{name}"]
        assert share.value == shares.get(name)
        assert share.n == {"happy": 2, "sad": 1, "fear": 1}.get(name, 0)
        assert share.value is not None or share.reason == f"no clear face is read as {name}"
        assert distance.value == pytest.approx(0.1 if name in ("happy", "sad") else 0.0, abs=1e-7)
        assert distance.n == 3
    happy, sad = EXPRESSIONS.index("happy"), EXPRESSIONS.index("sad")
    table = np.zeros((7, 7), int)
    table[happy, happy] = table[happy, sad] = table[sad, sad] = 1
    assert measurement.curves["confusion_preserved"] == table.tolist()
    assert measurement.curves["unanswered_preserved"] == [0, 0, 1, 0, 0, 0, 0]


def test_preserved_and_distances_equal_independent_implementations():
    failed = range(0, 40)
    clear, after = posteriors(1, 0.95), posteriors(2, 0.6, failed)
    values, ok = measure(clear, after).values, after.ok
    was, now = clear.probabilities.argmax(1), np.where(ok, np.nan_to_num(after.probabilities).argmax(1), 7)
    recalls = recall_score(was, now, labels=range(7), average=None, zero_division=0)
    moved = np.abs(clear.probabilities - after.probabilities)[ok].mean(0)
    for index, name in enumerate(EXPRESSIONS):
        share = values[f"preserved_{name}"]
        assert share.value == pytest.approx(recalls[index])
        assert share.low < share.value < share.high
        assert values[f"probability_distance_{name}"].value == pytest.approx(moved[index], rel=1e-4)
    assert values["preserved"].value == pytest.approx((was == now).mean())
    assert values["preserved"].n == FACES
    assert values["preserved_covered"].value == pytest.approx((was == now)[ok].mean())


@pytest.mark.parametrize("start", ["recall", "preserved"])
def test_the_interval_of_one_expression_is_of_the_people_who_show_it(start):
    """All 5 of 40 people keep it: the exact interval of 5 in 5, and not of 40 in 40."""
    shown = np.where(np.arange(40) < 5, EXPRESSIONS.index("sad"), EXPRESSIONS.index("happy"))
    read = Posteriors(np.eye(7, dtype=np.float32)[shown], np.ones(40, bool))
    found = measure(read, read, [EXPRESSIONS[one] for one in shown], [f"s{row}" for row in range(40)]).values
    assert found[f"{start}_sad"].low == pytest.approx(0.025 ** (1 / 5))
    assert found["preserved"].low == pytest.approx(0.025 ** (1 / 40))


def test_an_expression_that_the_teacher_does_not_know_has_no_distance():
    knows = [name for name in EXPRESSIONS if name != "disgust"]
    found = measure(posteriors(1, 0.9), posteriors(2, 0.7), knows=knows).values[
        "probability_distance_disgust"
    ]
    assert found.value is None
    assert found.reason == "resnet18 does not know disgust"


def test_identity_reproduces_the_originals_exactly():
    clear = posteriors(1, 0.9)
    values = measure(clear, clear).values
    assert values["macro_f1"] == values["clear_macro_f1"]
    assert values["utility"].value == 1.0
    assert values["kappa"].value == 1.0
    assert values["kl"].value == values["js"].value == values["probability_distance"].value == 0.0
    assert values["ece"] == values["clear_ece"]


def test_a_constant_posterior_has_no_utility_left():
    """What blackout gives: the same answer for every face."""
    constant = Posteriors(
        np.tile(np.float32([0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]), (FACES, 1)), np.ones(FACES, bool)
    )
    values = measure(posteriors(1, 0.95), constant).values
    assert values["utility"].value == 0.0
    assert values["kappa"].value == pytest.approx(0.0, abs=1e-12)


def test_a_set_that_is_read_better_than_the_clear_faces_has_an_interval():
    """Of pictures that a better teacher chose, a weak one reads more; its share counts as one, for sure."""
    better = measure(posteriors(1, 0.6), posteriors(2, 0.95)).values["utility"]
    assert (better.value, better.low, better.high) == (1.0, 1.0, 1.0)
    worse = measure(posteriors(1, 0.95), posteriors(2, 0.0, failed=range(FACES // 2))).values["utility"]
    assert worse.low == 0.0 <= worse.value <= worse.high < 0.2


@settings(deadline=None, max_examples=10)
@given(failures=st.integers(1, FACES))
def test_failures_never_raise_the_fail_closed_values(failures):
    clear, after = posteriors(1, 0.95), posteriors(2, 0.7)
    failed = np.random.default_rng(failures).permutation(FACES)[:failures]
    whole, lossy = (
        measure(clear, each, replicates=100).values for each in (after, posteriors(2, 0.7, failed))
    )
    for name in ("accuracy", "macro_f1", "utility"):
        assert lossy[name].value <= whole[name].value + 1e-12


def test_a_set_without_any_output_is_zero_right_and_has_no_covered_values():
    """Traps 3 and 16."""
    values = measure(posteriors(1, 0.95), posteriors(2, 0.9, range(FACES))).values
    assert values["macro_f1"].value == values["utility"].value == 0.0
    for name in (
        *("macro_f1_covered", "accuracy_covered", "preserved_covered"),
        *("kl", "js", "probability_distance", "probability_distance_happy", "ece"),
    ):
        assert values[name].value is None
        assert "posterior" in values[name].reason


def test_a_weak_teacher_is_invalid_and_its_utility_is_missing():
    """Trap 10: retention of what the teacher could not read."""
    measurement = measure(posteriors(1, 0.3), posteriors(2, 0.28))
    assert measurement.values["teacher_valid"].value == 0.0
    assert measurement.values["utility"].value is None
    assert "expected at least 0.5" in measurement.values["utility"].reason
    assert "invalid" in measurement.notes[0]
    assert measure(posteriors(1, 0.9), posteriors(2, 0.28)).values["teacher_valid"].value == 1.0


def test_without_labels_only_label_free_values_are_given():
    clear, after = posteriors(1, 0.9), posteriors(2, 0.7)
    measurement = measure(clear, after, labels=[None] * FACES)
    given_values = {name for name, value in measurement.values.items() if value.value is not None}
    of_classes = {
        f"{start}_{name}" for start in ("preserved", "probability_distance") for name in EXPRESSIONS
    }
    others = {"kappa", "kappa_covered", "kl", "js", "probability_distance", "preserved", "preserved_covered"}
    assert given_values == others | of_classes
    assert measurement.values["utility"].reason == "no face has an expression label"
    labelled = measure(clear, after).values
    assert measurement.values["kappa"].value == labelled["kappa"].value
    predicted = clear.probabilities.argmax(1)
    moved = np.abs(clear.probabilities - after.probabilities)[np.arange(FACES), predicted]
    assert measurement.values["probability_distance"].value == pytest.approx(moved.mean(), rel=1e-4)


def test_absent_classes_and_missing_labels_are_noted():
    labels = [None if name == "disgust" else name for name in LABELS]
    measurement = measure(posteriors(1, 0.9), posteriors(2, 0.7), labels=labels)
    assert measurement.values["recall_disgust"].value is None
    assert measurement.values["recall_disgust"].reason == "no labelled face shows disgust"
    assert any("labelled disgust" in note for note in measurement.notes)
    assert any("have no expression label" in note for note in measurement.notes)


def test_intervals_are_wider_when_faces_of_a_subject_agree():
    """The resampling unit is the subject, not the image."""
    rng = np.random.default_rng(0)
    right = np.repeat(rng.random(SUBJECTS) < 0.5, PER_SUBJECT)
    shown = np.where(right, TRUTH, (TRUTH + 1) % 7)
    after = Posteriors(np.eye(7, dtype=np.float32)[shown], np.ones(FACES, bool))
    clear = posteriors(1, 0.95)
    by_subject = measure(clear, after).values["accuracy"]
    by_face = measure(clear, after, subjects=[None] * FACES).values["accuracy"]
    assert by_subject.high - by_subject.low > 1.5 * (by_face.high - by_face.low)
    assert by_subject.low < by_subject.value < by_subject.high


def test_two_thousand_replicates_are_reproducible_and_depend_on_the_seed():
    clear, after = posteriors(1, 0.9), posteriors(2, 0.6)
    first = measure(clear, after, replicates=2000, seed=3)
    assert first == measure(clear, after, replicates=2000, seed=3)
    assert first.values["macro_f1"] != measure(clear, after, replicates=2000, seed=4).values["macro_f1"]


def test_curves_and_provenance_are_written(tmp_path):
    measurement = measure(
        posteriors(1, 0.9), posteriors(2, 0.6, range(7)), provenance={"teacher_sha256": "ab"}, floor=0.4
    )
    measurement.write(tmp_path / "m.json")
    read = Measurement.read(tmp_path / "m.json")
    assert read == measurement
    assert read.curves["classes"] == list(EXPRESSIONS)
    assert read.curves["unanswered_after"] == [1] * 7
    assert np.sum(read.curves["confusion_before"]) == FACES
    assert np.sum(read.curves["confusion_after"]) == FACES - 7
    assert read.provenance["teacher_sha256"] == "ab"
    assert read.provenance["teacher_floor"] == 0.4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": LABELS[1:]}, "as many originals"),
        ({"labels": ["angry"] * (FACES - 1) + ["bored"]}, "unknown label 'bored'"),
        ({"subjects": []}, "as many originals"),
    ],
)
def test_rows_that_do_not_fit_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        measure(posteriors(1, 0.9), posteriors(2, 0.9), **change)


def test_a_face_that_is_ok_needs_a_posterior():
    with pytest.raises(DataError, match="row 1 is ok but not finite"):
        Posteriors(np.array([[1 / 7] * 7, [np.nan] * 7], dtype=np.float32), np.array([True, True]))
    with pytest.raises(DataError, match="expected the shape"):
        Posteriors(np.zeros((2, 6), dtype=np.float32), np.array([True, True]))
