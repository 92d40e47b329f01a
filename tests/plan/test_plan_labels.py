"""What an anonymizer that groups by expressions waits for, and what its key holds."""

from types import SimpleNamespace

import pytest

from bauta.config.load import parse_config
from bauta.errors import ConfigError
from bauta.plan.artifacts import artifacts
from bauta.workflow.model_inputs import ModelInputs
from bauta.workflow.rule_inputs import rule_inputs
from bauta.workflow.teacher_inputs import TeacherInputs

SPLITS = {"splits": {"train": 0.4, "dev": 0.2}}


def rules(select, teachers=("resnet18", "resnet18_fer2013"), attacks=None, **dataset):
    """The rules of a run on `faces`, beside a dataset on which every teacher can be trained."""
    own = {"adapter": "synthfaces", **SPLITS}
    return rule_inputs(
        parse_config(
            {
                "datasets": {"faces": {**own, **dataset}, "others": own},
                "anonymizers": {"identity": {}, "blackout": {}, "ksame": {"k": 2}, "ksame_select": select},
                "teachers": list(teachers),
                "attacks": attacks or {},
            }
        )
    )


def select_of(inputs):
    """The plan of the dataset, the set, and the wildcards of its job."""
    plan = inputs.plan.datasets["faces"]
    item = next(item for item in plan.sets.all if item.backend == "ksame_select")
    place = {"dataset": "faces", "crop": plan.faces.crop, "backend": item.backend, "setting": item.setting}
    return plan, item, SimpleNamespace(**place)


def test_the_first_teacher_predicts_and_its_posteriors_are_an_input_in_the_key():
    inputs = rules({"k": 2})
    plan, item, place = select_of(inputs)
    assert (item.name, item.options["teacher"]) == ("k=2", "resnet18")
    assert item.sees == {"images", "subjects", "posteriors:resnet18"}
    assert TeacherInputs(inputs).seen_posteriors(place) == [plan.teachers.originals("resnet18")]
    assert TeacherInputs(inputs).seen_training_posteriors(place) == [plan.teachers.training("resnet18")]
    assert plan.teachers.of_originals["resnet18"] in item.key.parents
    assert inputs.anonymize(place)["config"]["options"]["teacher"] == "resnet18"
    assert plan.limits["sees"]["ksame_select"] == {"k=2": ["images", "posteriors:resnet18", "subjects"]}


def test_the_plan_is_free_of_rings():
    """From the set back over its posteriors to the teacher that is trained first, on crops and labels."""
    inputs = rules({"k": 2})
    plan, item, _ = select_of(inputs)
    posteriors = plan.teachers.originals("resnet18")
    wildcards = SimpleNamespace(dataset="faces", crop=plan.faces.crop, teacher=posteriors.parent.name)
    assert ModelInputs(inputs).teacher(wildcards) == [plan.teachers.trained("resnet18")]

    def stages(key):
        return {key.stage}.union(*map(stages, key.parents))

    of_teacher = stages(plan.teachers.training_keys["resnet18"])
    assert of_teacher == {"train_teacher", "crop", "index", "render", "split"}
    assert "anonymize" not in set().union(*map(stages, item.key.parents))


def test_another_teacher_or_another_first_teacher_is_another_set():
    keys = {
        select_of(rules({"k": 2, **options}, teachers))[1].key.digest
        for options, teachers in (
            ({}, ("resnet18", "resnet18_fer2013")),
            ({}, ("resnet18_fer2013", "resnet18")),
            ({"labels": "true"}, ("resnet18", "resnet18_fer2013")),
        )
    }
    assert len(keys) == 3
    named, first = (select_of(rules({"k": 2, **options}))[1] for options in ({"teacher": "resnet18"}, {}))
    assert named.key.digest == first.key.digest
    assert named.name == "k=2,teacher=resnet18"


def test_the_labels_are_asked_for_by_name_and_wait_for_no_teacher():
    for labels in (True, "true"):
        inputs = rules({"k": 2, "labels": labels})
        _, item, place = select_of(inputs)
        assert item.name == "k=2,labels=true"
        assert item.sees == {"images", "subjects", "labels"}
        assert TeacherInputs(inputs).seen_posteriors(place) == []
    both = rules({"k": 2, "labels": ["predicted", True]})
    names = [item.name for item in both.plan.datasets["faces"].sets.all if item.backend == "ksame_select"]
    assert set(names) == {"k=2", "k=2,labels=true"}
    without = rules({"k": 2, "labels": True}, teachers=())
    assert select_of(without)[1].name == "k=2,labels=true"


def test_a_dataset_that_no_teacher_reads_leaves_the_setting_out():
    found = rules({"k": 2}, teachers=()).plan.datasets["faces"]
    assert found.limits["left_out"] == {
        "ksame_select": {
            "k=2": "it needs a teacher's predictions, and no teacher is configured; add one to teachers"
        }
    }
    assert "ksame_select" not in {item.backend for item in found.sets.all}
    untrained = rules({"k": 2, "teacher": "resnet18"}, splits={}).plan.datasets["faces"]
    (reason,) = untrained.limits["left_out"]["ksame_select"].values()
    assert reason.startswith(
        "it needs the predictions of resnet18, which cannot be trained on it: splits.train"
    )
    pretrained = select_of(rules({"k": 2}, splits={}))[1]
    assert pretrained.options["teacher"] == "resnet18_fer2013", "the first that applies to the dataset"


def test_teachers_that_adapt_learn_from_faces_that_were_grouped_by_predictions():
    inputs = rules({"k": 2}, teachers=("resnet18", "resnet18_both"))
    plan, item, _ = select_of(inputs)
    made = {artifact.path for artifact in artifacts(inputs.plan)}
    assert {plan.teachers.training("resnet18"), plan.sets.training(item)} <= made
    assert item.options["teacher"] == "resnet18", "one that adapts reads no originals"
    without = rules({"k": 2}, attacks={"views": []})
    plan = without.plan.datasets["faces"]
    assert plan.teachers.training("resnet18") not in {artifact.path for artifact in artifacts(without.plan)}


@pytest.mark.parametrize(
    ("select", "teachers", "message"),
    [
        (
            {"k": 2, "teacher": "resnet18_fer201"},
            ["resnet18_fer2013"],
            "anonymizers.ksame_select.teacher: 'resnet18_fer201' is none of the run's teachers (did you mean "
            "'resnet18_fer2013'?); add it to teachers",
        ),
        (
            {"k": 2, "teacher": "resnet18_both"},
            ["resnet18", "resnet18_both"],
            "anonymizers.ksame_select.teacher: 'resnet18_both' reads anonymized faces only; name another "
            "teacher",
        ),
        (
            {"k": 2, "teacher": "resnet18", "labels": True},
            ["resnet18"],
            "anonymizers.ksame_select.teacher: it predicts expressions, and labels: true uses the dataset's; "
            "leave it out",
        ),
        (
            {"k": 2, "labels": "guessed"},
            ["resnet18"],
            "anonymizers.ksame_select.labels: expected 'predicted' or 'true', got guessed",
        ),
        (
            {"k": 2, "labels": False},
            ["resnet18"],
            "anonymizers.ksame_select.labels: expected 'predicted' or 'true', got false",
        ),
    ],
)
def test_a_mistake_is_one_line(select, teachers, message):
    with pytest.raises(ConfigError) as error:
        rules(select, teachers)
    assert str(error.value) == f"config: {message}"


def test_sets_of_other_backends_keep_their_keys():
    """Whatever k-Same-Select does: recorded where it was given the labels."""
    plan = rules({"k": 2}).plan.datasets["faces"]
    (ksame,) = (item for item in plan.sets.all if item.backend == "ksame")
    assert ksame.key.config == {"backend": "ksame", "k": 2, "region": "crop", "seed": 0}
    assert [parent.stage for parent in ksame.key.parents] == ["crop", "landmarks", "split"]
