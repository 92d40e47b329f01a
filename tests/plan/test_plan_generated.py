"""What k-Same with generated faces waits for, what its key holds, and who may not judge it."""

import pytest

from bauta.config.load import parse_config
from bauta.errors import ConfigError
from bauta.workflow.rule_inputs import rule_inputs

SPLITS = {"splits": {"train": 0.4, "dev": 0.2}}


def planned(options, teachers=("resnet18", "resnet18_fer2013")):
    """The plan of a dataset, and its set of generated faces."""
    config = {
        "datasets": {"faces": {"adapter": "synthfaces", **SPLITS}},
        "anonymizers": {"identity": {}, "blackout": {}, "ksame_generated": options},
        "teachers": list(teachers),
    }
    plan = rule_inputs(parse_config(config)).plan.datasets["faces"]
    return plan, next(item for item in plan.sets.all if item.backend == "ksame_generated")


def test_landmarks_and_the_generator_are_in_its_key_and_no_posteriors():
    _, item = planned({"k": 2})
    assert item.name == "k=2"
    assert item.sees == {"landmarks", "subjects"}
    assert [parent.stage for parent in item.key.parents] == ["crop", "landmarks", "split"]
    assert item.models == ("cgan", "avatar")
    assert set(item.key.models) == {"cgan", "avatar"}
    assert item.generator is None, "the one that ships is not trained again"


def test_with_select_the_first_teacher_reads_the_faces():
    plan, item = planned({"k": 2, "select": True})
    assert item.name == "k=2,select=True"
    assert item.sees == {"landmarks", "subjects", "posteriors:resnet18"}
    assert plan.teachers.of_originals["resnet18"] in item.key.parents
    _, other = planned({"k": 2, "select": True, "teacher": "resnet18_fer2013"})
    assert other.sees == {"landmarks", "subjects", "posteriors:resnet18_fer2013"}
    assert len({planned({"k": 2})[1].key.digest, item.key.digest, other.key.digest}) == 3


@pytest.mark.parametrize("select", [False, True])
def test_the_teacher_of_the_generator_does_not_judge_it(select):
    plan, item = planned({"k": 2, "select": select})
    assert plan.limits["taught"]["ksame_generated"] == {item.name: ["resnet18_fer2013"]}


def test_a_teacher_without_select_is_refused_in_one_line():
    with pytest.raises(ConfigError, match=r"ksame_generated\.teacher: it reads the expressions of select"):
        planned({"k": 2, "teacher": "resnet18"})
