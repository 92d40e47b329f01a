"""What the people and labels of a dataset support: the judge agrees with those who would have to do it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.anonymize.ksame.ksame import KSame
from bauta.anonymize.ksame.ksame_select import ksame_select
from bauta.anonymize.ksame.settings import KSameSelectSetting, KSameSetting
from bauta.anonymize.settings import SETTINGS
from bauta.attack.faces import AttackLabels
from bauta.attack.identification import why_undefined
from bauta.contract import CropContract
from bauta.datasets.face_table import FaceTable
from bauta.errors import InfeasibleError
from bauta.judge.feasibility import why_ungrouped, why_unidentified
from bauta.judge.judge import judge_dataset, why_ungenerated, why_untaught
from bauta.protocols import FaceBatch
from bauta.testing.samples import sure_posteriors
from bauta.train.cgan.judges import threshold_at
from bauta.train.cgan.recipe import DEV_FAR, MATCH_FAR
from bauta.train.teacher import _check_classes
from bauta.train.views import LabelledViews


def table(*rows):
    """Faces from (subject, expression, partition, role, status); what is left out is an ok face of test."""
    filled = [(*row, *(None, "happy", "test", "enrol", "ok")[len(row) :]) for row in rows]
    columns = list(zip(*filled, strict=True)) or [()] * 5
    ids = tuple(f"i{row}" for row in range(len(rows)))
    subjects, expressions, partitions, roles, statuses = columns
    return FaceTable(ids, subjects, expressions, partitions, roles, statuses, "0")


def people(count, images=2, partition="test", expressions=("happy", "sad")):
    """Rows of people, the first half of whose images is enrolled."""
    return [
        (
            f"{partition}{person}",
            expressions[image % len(expressions)],
            partition,
            "enrol" if image < max(1, images // 2) else "probe",
        )
        for person in range(count)
        for image in range(images)
    ]


names = st.sampled_from(["a", "b", "c", "d", None])
faces = st.lists(
    st.tuples(
        names,
        st.sampled_from(["happy", "sad", "fear", None]),
        st.sampled_from(["train", "dev", "test"]),
        st.sampled_from(["enrol", "probe"]),
        st.sampled_from(["ok", "ok", "no_face"]),
    ),
    max_size=20,
).map(lambda rows: table(*rows))


# --- who is attacked


@settings(deadline=None)
@given(faces)
def test_somebody_is_identified_exactly_where_the_attack_is_defined(found):
    scored = found.with_status("ok").partition("test").identified()
    labels = AttackLabels(
        scored.face_ids, np.array(scored.subjects, dtype=str), np.array(scored.roles, dtype=str)
    )
    assert (why_unidentified(found) is None) == (why_undefined(labels) is None)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (table(*people(12, images=1)), "there are no probes, as none of 12 scored people has a second image"),
        (table(*people(1, images=9)), "expected at least 2 scored people, got 1"),
        (table((None,), (None,)), "no scored face has a known identity"),
        (table(("a", None, "train"), ("b", None, "dev")), "no scored face has a known identity"),
        (
            table(("a", None, "test", "enrol", "unreadable"), ("a", None, "test", "probe"), ("b", None)),
            "expected at least 2 people in the gallery, got 1",
        ),
        (
            table(("a", None), ("b", None), ("c", None, "test", "probe")),
            "no probe shows a person of the gallery",
        ),
    ],
    ids=["one image each", "one person", "nobody known", "nobody scored", "gallery unreadable", "strangers"],
)
def test_why_nobody_is_identified(found, reason):
    assert reason in why_unidentified(found)


# --- who can be grouped


class _Faces:
    """The usable faces of a table as tiny pictures, as a fitted backend reads them."""

    def __init__(self, found):
        self.found = found.with_status("ok")

    def __len__(self):
        return len(self.found)

    def __iter__(self):
        return self.of(self.found.face_ids)

    def of(self, face_ids):
        rows = [self.found.face_ids.index(face_id) for face_id in face_ids]
        if rows:
            part = self.found.take(np.array(rows))
            yield FaceBatch(
                face_ids=list(part.face_ids),
                images=np.full((len(part), 8, 8, 3), 9, dtype=np.uint8),
                subjects=list(part.subjects),
                labels=list(part.expressions),
                posteriors=sure_posteriors([name or "neutral" for name in part.expressions]),
            )


@settings(deadline=None, max_examples=60)
@given(faces, st.integers(2, 5), st.sampled_from(["ksame", "predicted", "true"]))
def test_a_setting_is_judged_as_its_backend_would(found, k, backend):
    """With predictions, if the teacher reads every face."""
    scored = found.partition("test")
    make, setting, options = (KSame, KSameSetting, {"k": k})
    if backend != "ksame":
        make, setting, options = (ksame_select, KSameSelectSetting, {"k": k, "labels": backend})
    try:
        make(setting(**options), CropContract(size=8)).fit(_Faces(scored), seed=0)
        feasible = True
    except InfeasibleError:
        feasible = False
    name = "ksame" if backend == "ksame" else "ksame_select"
    assert (why_ungrouped(name, options, scored) is None) == feasible


@pytest.mark.parametrize(
    ("backend", "k", "found", "reason"),
    [
        (
            "ksame",
            50,
            people(12),
            "k=50 needs at least 50 people who are scored, got 12; lower k or add people",
        ),
        ("ksame_generated", 5, people(3), "k=5 needs at least 5 people who are scored, got 3"),
        ("ksame", 5, people(3, partition="train"), "k=5 needs at least 5 people to train teachers on, got 3"),
        ("ksame", 2, [(None,)] * 4, "it needs identities, and no face has a known one"),
        ("ksame", 2, [("a", None, "test", "enrol", "no_face"), ("b",)], "k=2 needs at least 2 people"),
        (
            "ksame_select",
            2,
            people(12, expressions=[None]),
            "it needs expression labels, and no face has one",
        ),
        (
            "ksame_select",
            3,
            [*people(5), ("test0", "fear"), ("test1", "fear")],
            "k=3 needs at least 3 people with the expression 'fear' who are scored, got 2",
        ),
    ],
    ids=["k", "generated", "training", "nobody", "face not found", "no labels", "class"],
)
def test_why_a_setting_is_infeasible(backend, k, found, reason):
    labels = {"labels": "true"} if backend == "ksame_select" else {}
    assert why_ungrouped(backend, {"k": k, **labels}, table(*found)).startswith(reason)


def test_a_teachers_predictions_need_people_and_no_labels():
    """Rare and missing labels do not matter, as the faces take other expressions."""
    rare = table(*people(5), ("test0", "fear"), ("test1", "fear"))
    unlabelled = table(*people(5, expressions=[None]))
    for found in (rare, unlabelled):
        assert why_ungrouped("ksame_select", {"k": 3}, found) is None
        assert "k=6 needs at least 6 people who are scored, got 5" in why_ungrouped(
            "ksame_select", {"k": 6}, found
        )
    assert "it needs identities" in why_ungrouped("ksame_select", {"k": 2}, table((None, "sad")))


GROUPS = {"ksame", "ksame_select", "ksame_generated"}


@pytest.mark.parametrize("backend", sorted(set(SETTINGS) - GROUPS - {"blur", "pixelate"}))
def test_what_groups_nobody_needs_nobody(backend):
    needed = {"external": {"root": "out"}, "command": {"run": "deface {input} -o {output}"}}
    assert why_ungrouped(backend, needed.get(backend, {}), table((None, None))) is None


def test_who_shares_a_latent_must_be_known():
    for backend, option in (
        ("ciagan", "identities"),
        ("deepprivacy", "latents"),
        ("deepprivacy2", "latents"),
    ):
        assert why_ungrouped(backend, {option: "per_subject"}, table(*people(2))) is None
        assert "it needs identities" in why_ungrouped(backend, {option: "per_subject"}, table((None,)))


# --- what can be trained


def _trains(found):
    """Whether the training of a teacher starts."""
    train, dev = (found.with_status("ok").partition(part).labelled() for part in ("train", "dev"))
    labels = np.array([("happy", "sad", "fear").index(name) for name in train.expressions], dtype=np.int64)
    try:
        _check_classes(LabelledViews(np.zeros((0, 1, 1), np.uint8), labels, 0, ""))
    except InfeasibleError:
        return False
    return len(dev) > 0


@settings(deadline=None)
@given(faces)
def test_a_teacher_is_judged_as_its_training_would(found):
    assert (why_untaught(found) is None) == _trains(found)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([], "expected images of at least 2 expressions in the partition train, got none"),
        (people(3, partition="train", expressions=["sad"]), "in the partition train, got only 'sad'"),
        (people(3, partition="train", expressions=[None]), "in the partition train, got none"),
        (people(3, partition="train"), "expected labelled images in the partition dev, got none"),
    ],
)
def test_why_no_teacher_is_trained(found, reason):
    assert reason in why_untaught(table(*found))


class _Vectors:
    """Embeddings of faces, for the threshold of a generator's loss."""

    def __init__(self, found):
        self.subjects = found.subjects
        self.vectors = np.ones((len(found), 2), dtype=np.float32)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 20), max_size=6), st.lists(st.integers(1, 8), max_size=4))
def test_a_generator_is_judged_as_its_training_would(train, dev):
    found = table(*(
        (f"{part}{person}", "happy", part)
        for part, counts in (("train", train), ("dev", dev))
        for person, count in enumerate(counts)
        for _ in range(count)
    ))  # fmt: skip
    feasible = True
    for part, far in (("train", MATCH_FAR), ("dev", DEV_FAR)):
        try:
            threshold_at(_Vectors(found.partition(part)), far, 0)
        except InfeasibleError:
            feasible = False
    assert (why_ungenerated(found) is None) == feasible


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (people(9), "expected images in the partition train, got none; raise splits.train"),
        (people(20, 4, "train"), "expected images in the partition dev, got none"),
        (people(1, 99, "train"), "at least 1000 pairs of different people in the partition train, got 0"),
        (
            [*people(20, 4, "train"), *people(1, 99, "dev")],
            "at least 100 pairs of different people in the part",
        ),
    ],
)
def test_why_no_generator_is_trained(found, reason):
    assert reason in why_ungenerated(table(*found))


# --- the verdict on a dataset

ASKED = {
    "dataset": "mine",
    "settings": {
        "blur": {"backend": "blur", "options": {"kernel": 31}},
        "ksame k=2": {"backend": "ksame", "options": {"k": 2}},
        "ksame k=50": {"backend": "ksame", "options": {"k": 50}},
        "ksame_select k=2": {"backend": "ksame_select", "options": {"k": 2, "teacher": "resnet18_fer2013"}},
        "ksame_select true": {"backend": "ksame_select", "options": {"k": 2, "labels": "true"}},
        "cgan_trained": {"backend": "cgan_trained", "options": {}},
    },
    "teachers": {"resnet18_fer2013": False},
    "identities": None,
    "unread": None,
    "pictures": False,
}


def test_the_verdict_names_what_is_infeasible_and_nothing_else():
    verdict = judge_dataset(table(*people(12, images=4, expressions=[None])), **ASKED)
    assert set(verdict.settings) == {"ksame k=50", "ksame_select true", "cgan_trained"}
    assert (verdict.privacy, verdict.utility, verdict.teachers) == (None, None, {})
    assert (verdict.images, verdict.people, verdict.labelled) == (48, 12, 0)
    assert verdict.lines()[0].startswith("ksame k=50 is infeasible: k=50 needs at least 50 people")
    assert not [line for line in verdict.lines() if "\n" in line]


def test_a_setting_whose_teacher_cannot_be_trained_is_infeasible():
    setting = {"backend": "ksame_select", "options": {"k": 2, "teacher": "resnet18"}}
    asked = {**ASKED, "teachers": {"resnet18": True}, "settings": {"ksame_select k=2": setting}}
    verdict = judge_dataset(table(*people(12, images=4)), **asked)
    assert verdict.settings["ksame_select k=2"] == verdict.teachers["resnet18"]
    assert "no teacher can be trained" in verdict.teachers["resnet18"]


NO_TEACHER = {**ASKED, "teachers": {}, "unread": "no teacher is configured; add one to teachers"}
OWN_TEACHER = {**ASKED, "teachers": {"resnet18": True}}


@pytest.mark.parametrize(
    ("found", "asked", "lacks"),
    [
        (people(12, images=1), NO_TEACHER, ["there are no probes", "no teacher is configured"]),
        (people(1, images=9), NO_TEACHER, ["expected at least 2 scored people, got 1"]),
        (people(12, images=1), OWN_TEACHER, ["there are no probes", "no teacher can be trained"]),
        ([("a", None, "test", "enrol", "unreadable")], ASKED, ["none of 1 scored images can be read"]),
        ([("a", None, "train")], ASKED, ["none of 0 scored images can be read"]),
        ([(None, "sad")], {**NO_TEACHER, "identities": "nobody is known"}, ["nobody is known"]),
    ],
)
def test_a_dataset_that_supports_nothing_stops_with_what_it_lacks(found, asked, lacks):
    with pytest.raises(InfeasibleError, match=r"datasets\.mine: nothing can be measured on it: ") as error:
        judge_dataset(table(*found), **asked)
    for text in lacks:
        assert text in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("found", "asked", "privacy", "utility"),
    [
        (people(12, images=1), ASKED, False, True),
        (people(12), NO_TEACHER, True, False),
        (people(12), OWN_TEACHER, True, False),
        (people(12, images=1), {**NO_TEACHER, "pictures": True}, False, True),
        ([(None, "sad")], {**ASKED, "identities": "nobody is known"}, False, True),
    ],
)
def test_one_axis_is_enough(found, asked, privacy, utility):
    verdict = judge_dataset(table(*found), **asked)
    assert (verdict.privacy is None, verdict.utility is None) == (privacy, utility)


def _verdict(found, asked):
    try:
        return judge_dataset(found, **asked)
    except InfeasibleError as error:
        return str(error)


@settings(deadline=None)
@given(faces, st.booleans(), st.booleans())
def test_every_dataset_gets_a_verdict_or_one_line(found, own, pictures):
    asked = {**ASKED, "teachers": {"resnet18": True} if own else {"dan7": False}, "pictures": pictures}
    verdict = _verdict(found, asked)
    if isinstance(verdict, str):
        assert verdict.startswith("datasets.mine: nothing can be measured")
        assert "\n" not in verdict
    else:
        assert verdict.privacy is None or verdict.utility is None
        assert verdict.images > 0
