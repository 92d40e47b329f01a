"""What is planned for a dataset without identities, for a pair of datasets and for LFW's pairs."""

from types import SimpleNamespace

import pytest

from bauta.config.load import parse_config
from bauta.errors import ConfigError
from bauta.workflow.measurement_inputs import MeasurementInputs
from bauta.workflow.model_inputs import ModelInputs
from bauta.workflow.rule_inputs import rule_inputs

PAIR = {"lfw_fer": {"identity": "lfw", "expression": "fer"}}


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lfw/A_B").mkdir(parents=True)
    (tmp_path / "lfw/A_B/A_B_0001.jpg").write_bytes(b"x")
    (tmp_path / "fer").mkdir()
    (tmp_path / "fer/fer2013.csv").write_text("emotion,pixels,Usage\n")
    (tmp_path / "pairs.txt").write_text("2\t1\n")
    return tmp_path


def config(pairs=PAIR, **lfw):
    return {
        "datasets": {
            "lfw": {"adapter": "lfw", "root": "lfw", "pairs": "pairs.txt", **lfw},
            "fer": {"adapter": "fer2013", "root": "fer", "splits": {"official": True}},
        },
        "frontier": {"pairs": pairs},
        "teachers": ["resnet18"],
    }


def inputs(**values):
    return rule_inputs(parse_config(config(**values)))


def test_nobody_is_attacked_or_grouped_where_nobody_is_known(project):
    plan = inputs().plan
    paths = [str(path) for path in plan.measurements["fer"].paths()]
    kinds = {path.split("/")[4].partition("-")[0] for path in paths}
    assert kinds == {"audit", "coverage", "realism", "expression"}
    assert not [path for path in paths if "ksame" in path]
    assert set(plan.limits()["fer"]["left_out"]) == {"ksame", "ksame_select"}
    (reason,) = plan.limits()["lfw"]["left_out"]["ksame_select"].values()
    assert reason == (
        "it needs a teacher's predictions, and no teacher can be trained on it: it has no expression "
        "labels; add a pretrained teacher"
    )
    lfw = [str(path) for path in plan.measurements["lfw"].paths()]
    kinds = {path.split("/")[4].partition("-")[0] for path in lfw}
    assert kinds == {"audit", "coverage", "realism", "attack", "adapt", "suite"}
    assert not [path for path in lfw if "ksame_select" in path]
    assert [path for path in lfw if "ksame/k=2" in path]


def test_pictures_are_those_that_the_datasets_support(project):
    rules = inputs()
    assert [path.stem for path in rules.plan.pictures()] == [
        "lfw_fer-frontier", "fer-frontier", "fer-confusion", "lfw-frontier", "lfw-attackers",
        "lfw-similarity", "lfw-strength",
    ]  # fmt: skip
    assert rules.shown_measurements(SimpleNamespace(dataset="lfw_fer", kind="frontier")) == []


@pytest.mark.parametrize(
    ("kind", "stages"), [("frontier", set()), ("similarity", {"attack"}), ("strength", {"suite"})]
)
def test_a_plot_waits_for_the_measurements_that_it_shows(project, kind, stages):
    paths = inputs().shown_measurements(SimpleNamespace(dataset="lfw", kind=kind))
    assert {path.parts[4].partition("-")[0] for path in paths} == stages
    assert any("/original/" in str(path) for path in paths) == (kind == "similarity")


def test_what_pairs_txt_holds_is_a_parameter_of_the_attacks_and_of_nothing_else(project):
    def parameters():
        rules = inputs()
        plan = rules.plan.datasets["lfw"]
        item = plan.sets.all[0]
        keys, measure = rules.plan.measurements["lfw"].keys, MeasurementInputs(rules)
        where = {"dataset": "lfw", "crop": plan.faces.crop, "backend": item.backend, "setting": item.setting}

        def measured(kind):
            return getattr(measure, kind)(SimpleNamespace(**where, digest=keys[kind].digest))

        clear = SimpleNamespace(dataset="lfw", crop=plan.faces.crop, digest=keys["attack_clear"].digest)
        assert measure.pair_files(clear)[0].name == "pairs.txt"
        anonymized = rules.anonymize(SimpleNamespace(**where))
        return measure.attack_clear(clear), measured("attack"), measured("adapt"), anonymized

    before = parameters()
    (project / "pairs.txt").write_text("2\t2\n")
    after = parameters()
    assert [one != two for one, two in zip(before, after, strict=True)] == [True, True, False, False]
    keys = inputs().plan.measurements["fer"].keys
    other = SimpleNamespace(dataset="fer", digest=keys["attack_clear"].digest)
    assert MeasurementInputs(inputs()).attack_clear(other)["config"]["pairs"] is None
    assert MeasurementInputs(inputs()).pair_files(other) == []


@pytest.mark.parametrize(("name", "identified"), [("lfw", True), ("fer", False)])
def test_only_where_people_are_known_must_one_be_identified_to_be_embedded(project, name, identified):
    """Elsewhere attributes are read from the embeddings, as of FairFace."""
    rules = inputs()
    plan = rules.plan.datasets[name]
    recognizer = plan.recognizers.keyed("dlib_resnet")
    where = SimpleNamespace(dataset=name, crop=plan.faces.crop, recognizer=recognizer)
    assert rules.embed(where)["config"]["identified"] is identified


def test_pairs_that_cannot_be_formed_stop_the_plan(project):
    with pytest.raises(ConfigError, match=r"lfw.pairs: pairs.txt names images, and faces: all takes"):
        inputs(faces="all").plan.all_measurements()
    (project / "pairs.txt").unlink()
    with pytest.raises(ConfigError, match=r"lfw.pairs: the file pairs.txt does not exist"):
        inputs().plan.all_measurements()


@pytest.mark.parametrize(
    ("identity", "expression", "message"),
    [
        ("lwf", "fer", "pairs.p.identity: unknown dataset 'lwf': did you mean 'lfw'?"),
        ("lfw", "fer2013", "pairs.p.expression: unknown dataset 'fer2013': did you mean 'fer'?"),
        ("fer", "fer", "pairs.p.identity: nobody can be identified on 'fer': FER-2013 has one image"),
        ("lfw", "lfw", "pairs.p.expression: no teacher can read 'lfw': it has no expression labels"),
    ],
)
def test_a_pair_of_datasets_that_do_not_fit_is_one_line(identity, expression, message):
    wrong(message, {"p": {"identity": identity, "expression": expression}})


def test_a_pair_has_a_name_and_keys_of_its_own():
    wrong("pairs.lfw: a dataset has this name", {"lfw": PAIR["lfw_fer"]})
    wrong("did you mean 'expression'", {"p": {"identity": "lfw", "expresion": "fer"}})
    wrong("frontier.pairs", {"a-b": PAIR["lfw_fer"]})


def wrong(message, pairs):
    with pytest.raises(ConfigError) as error:
        parse_config(config(pairs=pairs))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


GENERATORS = {
    "identity": {},
    "blackout": {},
    "ciagan": {"identities": ["one", "per_subject"]},
    "deepprivacy2": {"truncation": [0.0, 0.5], "weights": "fdf128"},
    "ganonymization": {},
}


def with_generators(**changes):
    return {**config(), "landmarks": ["dlib68", "mediapipe478"], "anonymizers": GENERATORS, **changes}


def test_only_the_settings_that_need_subjects_are_left_out_where_nobody_is_known(project):
    plan = rule_inputs(parse_config(with_generators())).plan
    assert set(plan.limits()["fer"]["left_out"]["ciagan"]) == {"identities=per_subject"}
    names = [(item.backend, item.name) for item in plan.datasets["fer"].sets.all]
    assert ("ciagan", "default") in names
    assert ("ciagan", "identities=per_subject") not in names
    assert len(plan.datasets["lfw"].sets.all) == len(names) + 1


def test_a_generator_waits_for_its_files_and_for_what_it_sees(project):
    rules = rule_inputs(parse_config(with_generators()))
    plan = rules.plan.datasets["lfw"]
    models = ModelInputs(rules)
    needs = {}
    for item in plan.sets.all:
        place = SimpleNamespace(
            dataset="lfw", crop=plan.faces.crop, backend=item.backend, setting=item.setting
        )
        files = [path.stem for path in models.anonymizer(place)]
        needs[item.label] = (files, [path.name.split("-")[1] for path in rules.mesh(place)])
        assert rules.seen_parsing(place) == []
    assert needs["identity"] == ([], [])
    assert needs["ganonymization"] == (["ganonymization_25"], ["mediapipe478"])
    assert needs["ciagan"] == (["ciagan"], [])
    assert needs["deepprivacy2 weights=fdf128,truncation=0.5"] == (["deepprivacy2_fdf128"], [])
    assert {"ganonymization_25", "ciagan", "deepprivacy2_fdf128"} <= set(rules.plan.model_names)
    assert "deepprivacy2_fdf256" not in rules.plan.model_names


def test_the_key_of_a_generated_set_names_its_file_and_what_it_was_drawn_from(project):
    def keys(**changes):
        sets = rule_inputs(parse_config(with_generators(**changes))).plan.datasets["lfw"].sets.all
        return {item.backend: item.key.describe() for item in sets}

    described = keys()
    assert described["ciagan"]["models"]["ciagan"].startswith("e2f296e2")
    assert described["deepprivacy2"]["models"] == {"deepprivacy2_fdf128": "unpinned"}
    assert described["identity"]["models"] == {}
    made_from = {name: [parent["stage"] for parent in one["parents"]] for name, one in described.items()}
    assert made_from["ganonymization"] == ["crop", "landmarks", "split", "landmarks"]
    assert made_from["ciagan"] == ["crop", "landmarks", "split"]


def test_a_backend_that_sees_the_mesh_needs_the_landmarker_that_gives_it(project):
    with pytest.raises(ConfigError, match=r"anonymizers\.ganonymization: .*add mediapipe478 to 'landmarks'"):
        parse_config(with_generators(landmarks=["dlib68"]))
