"""FLAME parameters in the plan: whose folder they come from, and what depends on the files in it."""

from types import SimpleNamespace

import pytest
from projects import TINY

from bauta.config.load import parse_config
from bauta.errors import ConfigError
from bauta.plan.artifacts import artifacts
from bauta.workflow.generator_inputs import GeneratorInputs
from bauta.workflow.rule_inputs import rule_inputs


@pytest.fixture
def codes(tmp_path, monkeypatch):
    """A folder of files in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes/1.mat").write_bytes(b"1")
    return tmp_path / "codes"


def config(conditions="flame", **dataset):
    return {
        **TINY,
        "parsing": ["landmark_hull"],
        "datasets": {"synthfaces": {**TINY["datasets"]["synthfaces"], **dataset}},
        "anonymizers": {"identity": {}, "blackout": {}, "cgan_trained": {"conditions": conditions}},
    }


def rules_of(**values):
    return rule_inputs(parse_config(config(**values)))


def planned(**values):
    plan = rules_of(**values).plan.datasets["synthfaces"]
    return plan, next(item for item in plan.sets.all if item.backend == "cgan_trained")


def test_the_store_is_made_for_the_generator_and_for_its_faces(codes):
    plan, item = planned(deca="codes")
    assert item.sees == {"flame"}
    assert plan.faces.flame_key in item.generator.parents
    assert plan.faces.flame_key in item.key.parents
    assert plan.faces.flame_key.parents == (plan.faces.crop_key,)
    rules = GeneratorInputs(rules_of(deca="codes"))
    place = {"dataset": "synthfaces", "crop": plan.faces.crop}
    anonymized = SimpleNamespace(**place, backend=item.backend, setting=item.setting)
    assert rules.seen_flame(anonymized) == [plan.faces.flame]
    assert rules.flame(SimpleNamespace(**place, generator=item.trained)) == [plan.faces.flame]
    params = rules.read_flame(SimpleNamespace(**place, digest=plan.faces.flame_key.digest))
    assert params["config"] == {"folder": "codes"}
    with pytest.raises(ConfigError, match="the configuration's key is"):
        rules.read_flame(SimpleNamespace(**place, digest="00000000"))
    kinds = {one.kind: one.path for one in artifacts(rules.inputs.plan)}
    assert kinds["flame"] == plan.faces.flame


def test_it_is_not_made_for_who_does_not_see_it(codes):
    rules = GeneratorInputs(rules_of(conditions="landmarks", deca="codes"))
    plan, item = planned(conditions="landmarks", deca="codes")
    anonymized = SimpleNamespace(
        dataset="synthfaces", crop=plan.faces.crop, backend=item.backend, setting=item.setting
    )
    assert rules.seen_flame(anonymized) == []
    assert "flame" not in {one.kind for one in artifacts(rules.inputs.plan)}


def test_another_content_is_another_key_and_another_place_is_not(codes):
    before, item = planned(deca="codes")
    (codes / "1.mat").write_bytes(b"2")
    after, changed = planned(deca="codes")
    assert before.faces.flame != after.faces.flame
    assert item.key.digest != changed.key.digest
    assert item.generator.digest != changed.generator.digest
    assert before.faces.crop == after.faces.crop
    codes.rename(codes.with_name("moved"))
    moved, same = planned(deca="moved")
    assert moved.faces.flame == after.faces.flame
    assert same.key.digest == changed.key.digest
    (codes.with_name("moved") / "2.mat").write_bytes(b"1")
    assert planned(deca="moved")[0].faces.flame != after.faces.flame


def test_other_sets_and_the_results_have_the_keys_of_before(codes):
    with_codes, without = (rules_of(conditions="landmarks", **deca).plan for deca in ({"deca": "codes"}, {}))
    assert {name: key.digest for name, key in with_codes.result_keys.items()} == {
        name: key.digest for name, key in without.result_keys.items()
    }


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (
            {},
            r"datasets\.synthfaces\.deca: 'cgan_trained' sees FLAME parameters and there are none; name the",
        ),
        ({"deca": "gone"}, r"datasets\.synthfaces\.deca: the folder gone does not exist; put DECA's codes"),
        ({"deca": "empty"}, r"datasets\.synthfaces\.deca: the folder empty holds no file NAME\.mat; put"),
        ({"deca": "codes", "faces": "all"}, "deca: it has one file an image, and faces: all uses several"),
    ],
)
def test_no_codes_are_refused_in_one_line_at_the_start(codes, dataset, message):
    codes.with_name("empty").mkdir()
    (codes.with_name("empty") / "a.txt").touch()
    with pytest.raises(ConfigError, match=message) as error:
        planned(**dataset)
    assert "\n" not in str(error.value)


def test_a_dataset_that_is_not_scored_needs_none(codes):
    values = config(deca="codes")
    values["datasets"]["fer"] = {
        "adapter": "fer2013",
        "root": "fer",
        "splits": {"official": True, "score": "nothing"},
    }
    assert parse_config(values).datasets["fer"].deca is None
