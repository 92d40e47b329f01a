"""Reading attributes of people, and identification per group, on made-up embeddings."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler

from bauta.attack.attribute_reading import AttributedFaces, readable_classes
from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.run_soft import measure_soft
from bauta.errors import DataError

SET = {"dataset": "d", "backend": "b", "setting": "s", "model": "m", "seed": 0, "replicates": 200}
IMAGES = 6


def made(people=24, *, first=0, shift=3.0, seed=0, dims=12):
    """Faces of people: `sex` is readable along one axis, `coin` is not at all; two in three are `m`."""
    rng = np.random.default_rng(seed)
    number = np.arange(people)
    male, coin = number % 3 > 0, number % 4 < 2
    vectors = np.repeat(rng.normal(size=(people, dims)), IMAGES, axis=0)
    vectors += 0.4 * rng.normal(size=vectors.shape)
    vectors[:, 0] = np.repeat(np.where(male, shift, -shift), IMAGES) + rng.normal(size=people * IMAGES)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = np.repeat([f"s{first + n:03d}" for n in number], IMAGES)
    attributes = {
        "coin": np.repeat(np.where(coin, "heads", "tails"), IMAGES).astype(object),
        "sex": np.repeat(np.where(male, "m", "f"), IMAGES).astype(object),
    }
    return Embeddings(vectors.astype(np.float32), np.ones(len(names), dtype=bool)), names, attributes


def faces(anonymized=None, **options):
    clear, names, attributes = made(**options)
    return AttributedFaces(clear, clear if anonymized is None else anonymized, names, attributes)


def own(**options):
    clear, names, attributes = made(18, first=500, seed=9, **options)
    return AttributedFaces(clear, None, names, attributes)


def nobody():
    return AttributedFaces(
        Embeddings(np.zeros((0, 12), np.float32), np.zeros(0, bool)), None, np.zeros(0, str), {}
    )


def labels_of(scored):
    roles = np.tile(["enrol"] * (IMAGES // 2) + ["probe"] * (IMAGES // 2), len(scored.people) // IMAGES)
    return AttackLabels([f"f{row}" for row in range(len(roles))], scored.people, roles)


def measured(scored, learnt=None, labels="same", **options):
    labels = labels_of(scored) if isinstance(labels, str) else labels
    return measure_soft(scored, learnt or own(), labels, **{**SET, **options})


def row(measurement, **wanted):
    found = [
        one
        for one in measurement.curves["attributes"]
        if all(one[name] == value for name, value in wanted.items())
    ]
    assert len(found) == 1, found
    return found[0]


def balanced(measurement, attribute, reader, side="anonymized"):
    return row(measurement, attribute=attribute, reader=reader, faces=side, metric="balanced_accuracy")


def blurred(clear, seed=3):
    """Faces from which one cannot read everything: half of each vector is noise."""
    noise = np.random.default_rng(seed).normal(size=clear.vectors.shape)
    vectors = clear.vectors + 0.5 * noise
    return Embeddings((vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), clear.ok)


def answers(learnt, truth, asked):
    """Most probable class, and the class that gains most on its share, by scikit-learn alone."""
    scaler = StandardScaler().fit(learnt)
    model = LogisticRegression(C=0.1, max_iter=1000, tol=1e-6).fit(scaler.transform(learnt), truth)
    probability = model.predict_proba(scaler.transform(asked))
    share = np.array([(truth == name).mean() for name in model.classes_])
    return model.classes_[probability.argmax(1)], model.classes_[(probability / share).argmax(1)]


def test_both_readers_agree_with_scikit_learn():
    clear, names, attributes = made(shift=0.6)
    hidden = blurred(clear)
    scored, learnt = AttributedFaces(clear, hidden, names, attributes), own(shift=0.6)
    result = measured(scored, learnt)
    truth = attributes["sex"].astype(str)
    plain, weighed = answers(learnt.clear.vectors, learnt.attributes["sex"].astype(str), hidden.vectors)
    found = row(result, attribute="sex", reader="fixed", faces="anonymized", metric="accuracy")
    assert found["value"] == pytest.approx((plain == truth).mean())
    assert 0.5 < found["value"] < 1
    assert balanced(result, "sex", "fixed")["value"] == pytest.approx(balanced_accuracy_score(truth, weighed))
    plain, weighed = np.empty((2, len(truth)), dtype=object)
    for known, asked in StratifiedGroupKFold(5, shuffle=True, random_state=0).split(names, truth, names):
        assert not set(names[known]) & set(names[asked])
        plain[asked], weighed[asked] = answers(hidden.vectors[known], truth[known], hidden.vectors[asked])
    found = row(result, attribute="sex", reader="adaptive", faces="anonymized", metric="accuracy")
    assert found["value"] == pytest.approx((plain == truth).mean())
    wanted = balanced_accuracy_score(truth, weighed.astype(str))
    assert balanced(result, "sex", "adaptive")["value"] == pytest.approx(wanted)
    assert found["low"] < found["value"] < found["high"]
    assert found["n"] == 24 * IMAGES


def test_what_is_readable_stays_readable_and_a_coin_does_not():
    result = measured(faces())
    for reader in ("fixed", "adaptive"):
        assert balanced(result, "sex", reader) == {
            **balanced(result, "sex", reader, "clear"),
            "faces": "anonymized",
        }
        assert balanced(result, "sex", reader)["value"] > 0.95
        coin = balanced(result, "coin", reader)
        assert coin["low"] < 0.5
        assert coin["value"] < 0.65
    assert result.values["attributes_kept"].value == 1.0
    assert result.provenance["attribute_kept"] == "sex"
    majority = row(result, attribute="sex", reader="majority", metric="accuracy")
    assert majority["value"] == pytest.approx(2 / 3)
    assert row(result, attribute="sex", reader="majority", metric="balanced_accuracy")["value"] == 0.5


def test_what_is_kept_is_relative_to_the_better_reader_of_the_clear_faces():
    clear, names, attributes = made(shift=0.8)
    result = measured(AttributedFaces(clear, blurred(clear), names, attributes), own(shift=0.8))
    gains = {
        side: max(balanced(result, "sex", reader, side)["value"] - 0.5 for reader in ("fixed", "adaptive"))
        for side in ("clear", "anonymized")
    }
    kept = result.values["attributes_kept"]
    assert kept.value == pytest.approx(gains["anonymized"] / gains["clear"])
    assert 0.3 < kept.value < 0.95
    assert kept.low < kept.value < kept.high


def test_the_same_picture_for_everybody_is_at_chance():
    clear = made()[0]
    black = Embeddings(np.tile(clear.vectors[:1], (len(clear), 1)), clear.ok)
    result = measured(faces(black))
    for attribute in ("sex", "coin"):
        for reader in ("fixed", "adaptive"):
            value = balanced(result, attribute, reader)["value"]
            assert value == pytest.approx(0.5)
    assert result.values["attributes_kept"].value == pytest.approx(0.0, abs=1e-9)
    assert result.values["attributes_kept"].low == 0.0


def test_a_face_without_an_output_counts_as_read_and_its_person_as_identified():
    clear, _, _ = made()
    black = Embeddings(np.tile(clear.vectors[:1], (len(clear), 1)), np.arange(len(clear)) % 2 > 0)
    result = measured(faces(black))
    for reader in ("fixed", "adaptive"):
        assert balanced(result, "coin", reader)["value"] == pytest.approx(0.75, abs=1e-9)
    none = measured(faces(Embeddings(black.vectors, np.zeros(len(clear), dtype=bool))))
    for reader in ("fixed", "adaptive"):
        assert balanced(none, "coin", reader)["value"] == 1.0
    assert row(none, attribute="sex", group="f", reader="naive", faces="anonymized")["value"] == 1.0
    assert row(none, attribute="sex", group="f", reader="naive", faces="clear")["value"] > 0.5


def test_a_clear_face_that_was_not_found_counts_as_unread():
    clear, names, attributes = made()
    lost = Embeddings(clear.vectors, np.arange(len(clear)) % 2 > 0)
    result = measured(AttributedFaces(lost, lost, names, attributes))
    assert balanced(result, "sex", "fixed", "clear")["value"] <= 0.5
    assert balanced(result, "sex", "fixed")["value"] > 0.95


def test_classes_of_too_few_people_are_left_out_with_a_reason():
    scored = faces()
    sex = scored.attributes["sex"].copy()
    sex[: 2 * IMAGES] = "other"
    rare = AttributedFaces(scored.clear, scored.clear, scored.people, {"sex": sex, "coin": sex})
    learnt = own()
    learnt = AttributedFaces(
        learnt.clear,
        None,
        learnt.people,
        {**learnt.attributes, "coin": np.full(len(learnt.people), "m", object)},
    )
    assert readable_classes("sex", rare, learnt)[0] == ("f", "m")
    result = measured(rare, learnt)
    left_out = row(result, attribute="sex", group="other", reader=None)
    assert left_out["value"] is None
    assert left_out["reason"] == "scored people: 2, expected at least 3"
    assert balanced(result, "sex", "adaptive")["n"] == 22 * IMAGES
    alone = row(result, attribute="coin", group=None, metric="balanced_accuracy")
    assert alone["reason"] == "classes of at least 3 people: 1, expected two"
    few = row(result, attribute="sex", group="other", reader="naive", faces="anonymized")
    assert few["reason"] == "people with probes: 2, expected at least 3"


def test_without_people_of_his_own_the_attacker_learns_in_folds_alone():
    result = measured(faces(), nobody())
    assert balanced(result, "sex", "fixed")["value"] is None
    assert "no people of the attacker's own" in balanced(result, "sex", "fixed")["reason"]
    assert balanced(result, "sex", "adaptive")["value"] > 0.95
    assert result.values["attributes_kept"].value == 1.0


def test_without_attributes_or_identities_the_values_say_why():
    scored = faces()
    bare = AttributedFaces(scored.clear, scored.clear, scored.people, {})
    result = measured(bare, labels=None)
    assert result.values["attributes_kept"].reason == "no scored face has an attribute"
    assert "nobody is known" in result.values["group_gap"].reason
    assert result.curves["attributes"] == []
    only_coin = AttributedFaces(
        scored.clear, scored.clear, scored.people, {"coin": scored.attributes["coin"]}
    )
    assert "clearly better than by chance" in measured(only_coin).values["attributes_kept"].reason


def test_too_few_people_of_every_class_are_no_hidden_attribute():
    scored = faces(people=4)
    result = measured(scored)
    assert result.values["attributes_kept"].reason == "no attribute has two classes of at least 3 people"


def test_each_group_is_identified_apart():
    """The faces of one group are exchanged, so that only the other is identified."""
    clear, names, attributes = made()
    mixed = clear.vectors.copy()
    rows = np.flatnonzero(attributes["sex"] == "f")
    mixed[rows] = np.roll(mixed[rows], IMAGES, axis=0)
    scored = AttributedFaces(clear, Embeddings(mixed, clear.ok), names, attributes)
    result = measured(scored)
    groups = {
        group: row(result, attribute="sex", group=group, reader="naive", faces="anonymized") for group in "fm"
    }
    assert groups["f"]["value"] < 0.1
    assert groups["m"]["value"] > 0.9
    assert groups["f"]["n"] == 8 * IMAGES // 2
    gap = result.values["group_gap"]
    assert gap.value == pytest.approx(groups["m"]["value"] - groups["f"]["value"])
    assert 0.4 < gap.low < gap.value <= gap.high <= 1.0
    clear_rows = [row(result, attribute="sex", group=g, reader="naive", faces="clear")["value"] for g in "fm"]
    assert min(clear_rows) > 0.9


def test_an_attribute_that_changes_with_the_picture_has_no_groups():
    scored = faces()
    glasses = np.where(np.arange(len(scored.people)) % 2 > 0, "yes", "no").astype(object)
    changing = AttributedFaces(scored.clear, scored.clear, scored.people, {"glasses": glasses})
    learnt = own()
    worn = np.where(np.arange(len(learnt.people)) % 2 > 0, "yes", "no").astype(object)
    learnt = AttributedFaces(learnt.clear, None, learnt.people, {"glasses": worn})
    result = measured(changing, learnt)
    assert not [one for one in result.curves["attributes"] if one["metric"] == "top1"]
    assert "no attribute has two groups" in result.values["group_gap"].reason
    assert balanced(result, "glasses", "adaptive")["n"] == 24 * IMAGES


def removed(measurement, group, reader="fixed", attribute="sex"):
    return row(measurement, attribute=attribute, group=group, reader=reader, metric="removed")


def test_removed_is_what_is_read_in_the_clear_and_not_after():
    clear, names, attributes = made(shift=0.8)
    hidden, learnt = blurred(clear), own(shift=0.8)
    result = measured(AttributedFaces(clear, hidden, names, attributes), learnt)
    known = learnt.attributes["sex"].astype(str)
    before, after = (answers(learnt.clear.vectors, known, side.vectors)[0] for side in (clear, hidden))
    for group in "fm":
        found, read = removed(result, group), before == group
        assert found["value"] == pytest.approx((after[read] != group).mean())
        assert found["n"] == read.sum()
        assert found["low"] < found["value"] < found["high"]
    assert removed(result, "m")["value"] > 0


def test_nothing_is_removed_from_the_same_faces_or_from_faces_without_an_output():
    clear = made()[0]
    lost = Embeddings(clear.vectors, np.zeros(len(clear), dtype=bool))
    for reader in ("fixed", "adaptive"):
        for side in (clear, lost):
            assert [removed(measured(faces(side)), group, reader)["value"] for group in "fm"] == [0, 0]


def test_the_same_picture_for_everybody_removes_all_classes_but_one():
    """By hand: one answer for all keeps its own class and removes the other, whatever the people are."""
    clear = made()[0]
    result = measured(faces(Embeddings(np.tile(clear.vectors[:1], (len(clear), 1)), clear.ok)))
    assert sorted(removed(result, group)["value"] for group in "fm") == [0, 1]


def test_a_reader_that_cannot_learn_removes_nothing_known():
    found = removed(measured(faces(), nobody()), "f")
    assert found["value"] is None
    assert "no people of the attacker's own" in found["reason"]


def test_people_on_both_sides_are_refused():
    with pytest.raises(DataError, match="learns from 's000', who is scored"):
        measured(faces(), AttributedFaces(made()[0], None, made()[1], made()[2]))


def test_intervals_resample_people(monkeypatch):
    """Twice the pictures of the same people say no more about people."""
    scored = faces(blurred(made(shift=0.5)[0]), shift=0.5)
    once = balanced(measured(scored, own(shift=0.5)), "sex", "fixed")
    twice = AttributedFaces(
        *(
            Embeddings(np.concatenate([side.vectors] * 2), np.concatenate([side.ok] * 2))
            for side in (scored.clear, scored.anonymized)
        ),
        np.concatenate([scored.people] * 2),
        {name: np.concatenate([of] * 2) for name, of in scored.attributes.items()},
    )
    again = balanced(measured(twice, own(shift=0.5), labels=None), "sex", "fixed")
    assert again["value"] == pytest.approx(once["value"])
    assert (again["low"], again["high"]) == (pytest.approx(once["low"]), pytest.approx(once["high"]))
