"""Generators that the workflow trains, and readers that adapt: what is planned and what is refused."""

from types import SimpleNamespace

import pytest
from projects import TINY

from bauta.anonymize import TRAINED_ANONYMIZERS
from bauta.config.load import parse_config
from bauta.errors import ConfigError
from bauta.models.store import ModelStore
from bauta.workflow.generator_inputs import GeneratorInputs
from bauta.workflow.model_inputs import ModelInputs
from bauta.workflow.rule_inputs import rule_inputs

GENERATED = {
    **TINY,
    "parsing": ["landmark_hull"],
    "anonymizers": {
        "identity": {},
        "blackout": {},
        "cgan_trained": [
            {"lambda_id": [0.0, 1.0], "lambda_expr": [0.0, 1.0]},
            {"conditions": ["parsing", "both"]},
        ],
    },
}
FINETUNED = {
    **TINY,
    "landmarks": ["dlib68", "mediapipe478"],
    "anonymizers": {
        "identity": {},
        "blackout": {},
        "ganonymization_trained": {
            "finetune": ["ganonymization_25", "ganonymization_50"],
            "size": [256, 512],
            "lambda_expr": [0.0, 1.0],
        },
    },
}
ADAPTING = {**TINY, "teachers": ["resnet18", "resnet18_anonymized", "resnet18_both"]}


def plan_of(config):
    return rule_inputs(parse_config(config))


def trained(config):
    (plan,) = plan_of(config).plan.datasets.values()
    return [item for item in plan.sets.all if item.backend in TRAINED_ANONYMIZERS]


def test_every_setting_of_every_grid_is_a_generator_of_its_own():
    items = trained(GENERATED)
    assert [item.name for item in items] == [
        "conditions=both",
        "conditions=parsing",
        "lambda_id=0.0,lambda_expr=0.0",
        "lambda_id=0.0",
        "lambda_expr=0.0",
        "default",
    ]
    assert len({item.key.digest for item in items}) == 6
    assert len({item.generator.digest for item in items}) == 6
    assert [sorted(item.sees) for item in items[:2]] == [["landmarks", "parsing"], ["parsing"]]


def test_another_seed_or_another_split_trains_another_generator():
    digests = {item.generator.digest for item in trained(GENERATED)}
    split = {**GENERATED["datasets"]["synthfaces"], "splits": {"train": 0.4, "dev": 0.17}}
    for changed in ({"seed": 1}, {"datasets": {"synthfaces": split}}):
        assert digests.isdisjoint(item.generator.digest for item in trained({**GENERATED, **changed}))


def test_the_networks_of_the_loss_are_needed_for_the_training_alone():
    rules = plan_of(GENERATED)
    (plan,) = rules.plan.datasets.values()
    item = trained(GENERATED)[0]
    place = {"dataset": "synthfaces", "crop": plan.faces.crop}
    anonymized = SimpleNamespace(**place, backend=item.backend, setting=item.setting)
    training = SimpleNamespace(**place, generator=item.trained)
    assert ModelInputs(rules).anonymizer(anonymized) == []
    assert GeneratorInputs(rules).trained(anonymized) == [plan.sets.generator(item)]
    assert [path.stem for path in GeneratorInputs(rules).models(training)] == ["mobilefacenet_casia"]


def test_each_start_size_and_weight_is_a_training_of_its_own():
    items = trained(FINETUNED)
    assert len(items) == 8
    for digests in ({item.key.digest for item in items}, {item.generator.digest for item in items}):
        assert len(digests) == 8
    for item in items:
        assert item.sees == {"mesh"}
        assert item.taught_by == (("resnet18_fer2013",) if item.options["lambda_expr"] else ())
        described = item.generator.describe()
        networks = {"mobilefacenet_casia", "resnet18_fer2013"}
        assert described["models"].keys() == {item.options["finetune"], *networks}
        assert [parent["stage"] for parent in described["parents"]] == [
            *("crop", "landmarks", "split", "landmarks")
        ]
        # What the training used is in the generator's key.
        assert item.key.describe()["models"] == {}
        assert item.generator in item.key.parents


def test_other_published_weights_under_the_same_name_train_another_generator(monkeypatch):
    before = {item.name: item.generator.digest for item in trained(FINETUNED)}
    pinned = ModelStore.sha256
    monkeypatch.setattr(
        ModelStore,
        "sha256",
        lambda store, name: "another" if name == "ganonymization_50" else pinned(store, name),
    )
    after = {item.name: item.generator.digest for item in trained(FINETUNED)}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {name for name in before if "ganonymization_50" in name}
    assert len(changed) == 4


def test_a_training_from_published_weights_waits_for_them_and_for_the_meshes():
    rules = plan_of(FINETUNED)
    (plan,) = rules.plan.datasets.values()
    inputs, item = GeneratorInputs(rules), trained(FINETUNED)[-1]
    place = {"dataset": "synthfaces", "crop": plan.faces.crop}
    training = SimpleNamespace(**place, generator=item.trained)
    anonymized = SimpleNamespace(**place, backend=item.backend, setting=item.setting)
    assert item.options["finetune"] in {path.stem for path in inputs.models(training)}
    assert inputs.mesh(training) == rules.mesh(anonymized) == [plan.faces.landmarks("mediapipe478")]
    assert inputs.parsing(training) == []
    assert inputs.trained(anonymized) == [plan.sets.generator(item)]
    assert ModelInputs(rules).anonymizer(anonymized) == []
    config = inputs.stage(training)["config"]
    assert (config["backend"], config["options"]) == ("ganonymization_trained", item.options)


def test_the_results_have_curves_of_each_generator_and_samples_of_rendered_faces_only(tmp_path):
    pictures = plan_of(GENERATED).plan.generator_pictures()
    assert sum(path.name.endswith("-curves.png") for path in pictures) == 6
    assert sum(path.name.endswith("-samples.png") for path in pictures) == 6
    hidden = {**GENERATED["datasets"]["synthfaces"], "contact_sheet": False}
    rules = plan_of({**GENERATED, "datasets": {"synthfaces": hidden}})
    assert {path.name.rpartition("-")[2] for path in rules.plan.generator_pictures()} == {"curves.png"}
    (plan,) = rules.plan.datasets.values()
    asked = SimpleNamespace(
        dataset="synthfaces", crop=plan.faces.crop, generator=plan.sets.all[-1].trained, picture="samples"
    )
    with pytest.raises(ConfigError, match="samples show these people's faces"):
        GeneratorInputs(rules).of_picture(asked)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"anonymizers": {**TINY["anonymizers"], "cgan_trained": {"lambda_idd": 1.0}}},
            "unknown key 'lambda_idd'",
        ),
        (
            {"anonymizers": {**TINY["anonymizers"], "cgan_trained": {"recognizer": "arc"}}},
            "cgan_trained.recognizer",
        ),
        (
            {"anonymizers": {**TINY["anonymizers"], "cgan_trained": []}},
            r"expected options or a list of them, got \[\]",
        ),
        (
            {"anonymizers": {**TINY["anonymizers"], "blur": [{"kernel": [3, 5]}, {"kernel": 5}]}},
            "two of its grids have the setting kernel=5",
        ),
        (
            {"anonymizers": FINETUNED["anonymizers"]},
            "anonymizers.ganonymization_trained: it sees the face mesh; add mediapipe478 to 'landmarks'",
        ),
        (
            {
                "landmarks": FINETUNED["landmarks"],
                "anonymizers": {
                    **TINY["anonymizers"],
                    "ganonymization_trained": {"finetune": "ganonymization_30"},
                },
            },
            "ganonymization_trained.finetune",
        ),
        ({"pooled_generator": {"photographs": ["synthface"]}}, "no dataset 'synthface': did you mean"),
        ({"pooled_avatar": {"photographs": ["synthface"]}}, "pooled_avatar: no dataset 'synthface'"),
        ({"teachers": ["resnet18_both"]}, "add resnet18 before it"),
    ],
)
def test_a_mistake_is_one_line(change, line):
    with pytest.raises(ConfigError, match=line):
        parse_config({**TINY, **change})


def test_who_is_scored_cannot_train_a_generator():
    everybody = {**TINY["datasets"]["synthfaces"], "splits": {"train": 0.0, "dev": 0.2}}
    for change in (
        {"anonymizers": GENERATED["anonymizers"]},
        {"anonymizers": FINETUNED["anonymizers"], "landmarks": FINETUNED["landmarks"]},
        {"pooled_generator": {"photographs": ["synthfaces"]}},
        {"pooled_avatar": {"photographs": ["synthfaces"]}},
    ):
        with pytest.raises(ConfigError, match=r"splits\.train and splits\.dev must be above 0"):
            parse_config(
                {**TINY, "teachers": ["resnet18_fer2013"], "datasets": {"synthfaces": everybody}, **change}
            )


def test_readers_adapt_to_every_set_but_the_controls(project):
    project.configure(ADAPTING)
    planned = project.planned()
    # of blur, a reader of anonymized faces and one of both
    assert planned["train_adapted_teacher"] == 2
    assert planned["anonymize_training"] == 1
    assert planned["train_teacher"] == 1
    # three readers of one set, and one of three controls
    assert planned["expression"] == 6
    assert planned["express_originals"] == 2, "and one whose opinion prototype sees"


def test_what_an_adapted_reader_reads_is_compared_with_the_originals_as_read_by_the_first():
    inputs = plan_of(ADAPTING)
    (plan,) = inputs.plan.datasets.values()
    adapted = plan.teachers.keyed("resnet18_both")
    wildcards = type("W", (), {"dataset": "synthfaces", "crop": plan.faces.crop, "teacher": adapted})
    assert inputs.clear_posteriors(wildcards).parts[-2] == plan.teachers.keyed("resnet18")


def test_without_a_section_it_says_what_to_add(project):
    done = project.snakemake("-n", "generator", check=False)
    assert done.returncode != 0
    assert "pooled_generator: name the datasets to train on" in done.stdout
    done = project.snakemake("-n", "avatar", check=False)
    assert done.returncode != 0
    assert "pooled_avatar: name the datasets to learn from" in done.stdout
