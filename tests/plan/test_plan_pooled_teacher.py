"""Teachers that only a backend or a pooled teacher names: what they read is listed, their files needed."""

from bauta.config.load import parse_config
from bauta.plan.artifacts import artifacts
from bauta.workflow.rule_inputs import rule_inputs

FACES = {"adapter": "synthfaces", "subjects": 12, "splits": {"train": 0.5, "dev": 0.2}}


def listed(**section):
    config = {
        "datasets": {"one": FACES, "two": FACES},
        "anonymizers": {"identity": {}, "blackout": {}, "blur": {"kernel": 31}},
        "teachers": [],
        "attacks": {"views": []},
        "pooled_teacher": {"datasets": ["one", "two"], **section},
    }
    inputs = rule_inputs(parse_config(config))
    return inputs.plan, {one.path for one in artifacts(inputs.plan)}


def test_labels_by_a_teacher_and_anonymized_faces_are_listed():
    plan, found = listed(pseudo_labels={"two": "vgg_fer2013"}, anonymized={"two": "blur kernel=31"})
    two = plan.datasets["two"]
    assert two.teachers.training("vgg_fer2013") in found
    assert two.sets.training(two.sets.labelled("blur kernel=31")) in found
    assert two.teachers.originals("vgg_fer2013") not in found, "it reads nothing that is scored"


def test_without_them_nothing_is_listed():
    plan, found = listed()
    two = plan.datasets["two"]
    assert two.sets.training(two.sets.labelled("blur kernel=31")) not in found


def test_the_files_of_teachers_that_only_a_backend_or_a_pooled_teacher_names_are_needed():
    """Without this, a run whose weights are missing would stop in the middle."""
    plan, _ = listed(pseudo_labels={"two": "hsemotion_b0"})
    assert {"hsemotion_b0", "resnet18_fer2013"} <= {card.name for card in plan.implementations}
    assert "hsemotion_b0" in plan.model_names


def test_a_share_of_the_real_faces_makes_another_teacher():
    whole, tenth = (listed(**section)[0] for section in ({}, {"share": 0.1}))
    assert whole.pooled_teacher != tenth.pooled_teacher
    assert "share" not in whole.pooled.keyed
    assert tenth.pooled.keyed["share"] == 0.1
