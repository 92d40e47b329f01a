"""The estimates in the plan: what makes other ones, and what is taken from elsewhere."""

import pytest
from projects import TINY

from bauta.config.load import parse_config
from bauta.errors import ConfigError
from bauta.plan.artifacts import artifacts
from bauta.workflow.rule_inputs import rule_inputs


def plan_of(**values):
    return rule_inputs(parse_config({**TINY, **values})).plan


def estimators_of(**values):
    return plan_of(**values).datasets["synthfaces"].estimators


def test_nothing_is_estimated_unless_it_is_asked_for():
    assert [one for one in artifacts(plan_of()) if one.kind == "estimates"] == []


def test_originals_and_every_set_are_estimated_by_every_estimator():
    plan = plan_of(preservation=["dlib68", "emonet"])
    found = [one.path for one in artifacts(plan) if one.kind == "estimates"]
    assert len(found) == 2 * (1 + 4)
    measured = [path for path in plan.all_measurements() if "preservation" in path.parts[4]]
    assert [path.parts[5].partition("-")[0] for path in measured] == 4 * ["dlib68", "emonet"]


def test_the_landmarks_of_the_originals_are_taken_where_they_are_computed_anyway():
    shared, own = (estimators_of(preservation=["mediapipe478"], landmarks=names) for names in (
        ["dlib68", "mediapipe478"], ["dlib68"],
    ))  # fmt: skip
    assert shared.located("mediapipe478")
    assert not own.located("mediapipe478")
    assert shared.keys["mediapipe478"].digest != own.keys["mediapipe478"].digest


def test_the_first_stays_first_and_the_others_have_no_order():
    order = [estimators_of(preservation=names).names for names in (
        ["openface", "mediapipe478", "dlib68"], ["openface", "dlib68", "mediapipe478"],
    )]  # fmt: skip
    assert order[0] == order[1] == ["openface", "dlib68", "mediapipe478"]


def test_a_misspelt_estimator_is_named():
    with pytest.raises(ConfigError, match="unknown estimator 'mediapipe': did you mean 'mediapipe478'"):
        parse_config({**TINY, "preservation": ["mediapipe"]})
