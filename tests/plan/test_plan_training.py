"""The networks of the training scenario: which there are, where they lie and what each waits for."""

from types import SimpleNamespace

import pytest

from bauta.config.load import parse_config
from bauta.errors import ConfigError
from bauta.io.keyed_names import split_digest
from bauta.plan.artifacts import artifacts
from bauta.workflow.measurement_inputs import MeasurementInputs
from bauta.workflow.rule_inputs import rule_inputs
from bauta.workflow.training_inputs import TrainingInputs

FACES = {"adapter": "synthfaces", "subjects": 12, "splits": {"train": 0.5, "dev": 0.2}}
SECTION = {"datasets": ["one"], "tested": ["two"], "recipes": ["vgg_fer2013", "resnet18"], "seeds": 2}


def rules(section=SECTION, seed=7, **datasets):
    config = {
        "seed": seed,
        "datasets": {"one": FACES, "two": FACES, **datasets},
        "anonymizers": {"identity": {}, "blackout": {}, "prototype": {}, "blur": {"kernel": [11, 31]}},
        "teachers": [],
        "attacks": {"views": []},
    }
    return rule_inputs(parse_config(config if section is None else {**config, "training": section}))


def measurements(inputs, dataset="one"):
    return [
        path for path in inputs.plan.measurements[dataset].paths() if path.parts[4].startswith("training-")
    ]


def test_without_the_section_nothing_is_planned_and_no_key_changes():
    inputs = rules(None)
    assert measurements(inputs) == []
    assert "training" not in inputs.plan.measurements["one"].keys
    assert "training" not in inputs.plan.whole


def test_every_recipe_learns_from_every_set_but_the_controls():
    inputs = rules()
    places = [(split_digest(path.parts[5])[0], path.parts[6]) for path in measurements(inputs)]
    assert sorted(places) == [(recipe, "blur") for recipe in ("resnet18", "vgg_fer2013") for _ in range(2)]
    assert measurements(inputs, "two") == []
    kinds = [one.kind for one in artifacts(inputs.plan)]
    # Two recipes and seeds: real faces once, anonymized and both for each of two sets.
    assert kinds.count("trained networks") == 2 * 2 * (1 + 2 * 2)
    assert kinds.count("posteriors of trained networks") == 2 * 2 * 2 * (1 + 2 * 2)
    assert kinds.count("training faces") == 2


def test_each_network_waits_for_what_it_learns_from():
    inputs = rules()
    training, ask = inputs.plan.training["one"], TrainingInputs(inputs)
    item = training.sets[0]
    anonymized, crops = training.own.sets.training(item), training.own.faces.crops
    expected = {"real": [crops], "anonymized": [anonymized], "mixed": [crops, anonymized]}
    for kind, learners in training.learners["resnet18"].items():
        place = ("original", "clear") if kind == "real" else (item.backend, item.setting)
        for number, learner in enumerate(learners):
            asked = SimpleNamespace(dataset="one", learner=learner.keyed, backend=place[0], setting=place[1])
            assert ask.learnt_from(asked) == expected[kind]
            config = ask.train_learner(asked)["config"]
            assert config["seed"] == 7 + number
            assert config["recipe"] == "resnet18"
            assert training.network(learner, item).parts[-2:] == place


def test_what_is_tested_is_read_from_that_dataset():
    inputs = rules()
    training, ask = inputs.plan.training["one"], TrainingInputs(inputs)
    path = training.posteriors(
        training.learners["resnet18"]["mixed"][0], training.sets[0], training.tested[1]
    )
    asked = SimpleNamespace(dataset="one", tested=path.parts[-3])
    two = inputs.plan.datasets["two"]
    assert ask.tested_crops(asked) == two.faces.crops
    assert ask.tested_alignment(asked) == two.faces.alignment
    assert ask.tested_split(asked) == two.source.split


def test_the_measurement_waits_for_all_of_its_recipe_in_the_order_that_it_reads():
    inputs = rules()
    training, ask = inputs.plan.training["one"], TrainingInputs(inputs)
    path = measurements(inputs)[0]
    _, digest = split_digest(path.parts[4])
    asked = SimpleNamespace(
        dataset="one", digest=digest, recipe=path.parts[5], backend=path.parts[6], setting=path.stem
    )
    read = ask.posteriors(asked)
    assert len(read) == 2 * 3 * 2
    assert [split_digest(one.parts[-3])[0] for one in read] == ["one"] * 6 + ["two"] * 6
    learnt = [split_digest(one.parts[-4])[0] for one in read[:6]]
    assert learnt == [
        f"resnet18_{kind}_{seed}" for kind in ("real", "anonymized", "mixed") for seed in (7, 8)
    ]
    stage = MeasurementInputs(inputs).training(asked)
    assert (stage["config"]["tested"], stage["config"]["trainings"]) == (["one", "two"], 2)
    assert stage["place"]["model"] == "resnet18"
    assert len(ask.splits(asked)) == len(ask.alignments(asked)) == 2
    asked.recipe = "resnet18-00000000"
    with pytest.raises(ConfigError, match="no 'resnet18-00000000'"):
        ask.posteriors(asked)
    assert training.keyed("resnet18") == path.parts[5]


def test_a_further_training_or_dataset_makes_no_network_again():
    def networks(**changed):
        plan = rules({**SECTION, **changed}).plan
        return {one.path for one in artifacts(plan) if one.kind == "trained networks"}

    assert networks() < networks(seeds=3)
    assert networks() == networks(tested=[])
    assert not networks() & {
        one.path for one in artifacts(rules(seed=9).plan) if one.kind == "trained networks"
    }


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"datasets": ["ones"]}, "did you mean 'one'"),
        ({"tested": ["faces"]}, "training.tested: no dataset 'faces'"),
        ({"datasets": ["three"]}, "training.datasets: 'three' cannot train a network: splits.train"),
        (
            {"tested": ["four"]},
            "training.tested: 'four' has no face to test a network on: it has no expression",
        ),
        ({"seeds": 0}, "seeds"),
    ],
)
def test_what_cannot_be_trained_or_tested_is_refused(section, message):
    others = {
        "three": {**FACES, "splits": {"train": 0.0}},
        "four": {"adapter": "folder", "root": "raw"},
    }
    with pytest.raises(ConfigError, match="training") as error:
        rules({**SECTION, **section}, **others)
    assert message in str(error.value)
