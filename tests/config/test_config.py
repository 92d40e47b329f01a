from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from bauta.config.generate import default_yaml, json_schema
from bauta.config.load import load_config, parse_config
from bauta.config.models import Config
from bauta.errors import ConfigError
from bauta.express import TEACHERS
from bauta.landmarks import LANDMARKERS
from bauta.parse import PARSERS
from bauta.recognize import RECOGNIZERS

ROOT = Path(__file__).parents[2]
DEFAULT = Config().model_dump(mode="json")


def changed(*keys, value):
    """The default configuration with one value changed."""
    config = yaml.safe_load(yaml.safe_dump(DEFAULT))
    place = config
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    return config


def test_the_files_are_what_the_models_generate():
    assert (ROOT / "config.yaml").read_text() == default_yaml(), "run `make config`"
    assert (ROOT / "config" / "schema.json").read_text() == json_schema(), "run `make config`"


def test_the_default_file_is_the_default():
    assert load_config(ROOT / "config.yaml") == Config()


def test_nothing_but_the_default_is_needed():
    assert parse_config({}) == Config()


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.stem)
def test_ready_configs_are_valid(path):
    load_config(path)
    Draft202012Validator(yaml.safe_load(json_schema())).validate(yaml.safe_load(path.read_text()))


def test_the_json_schema_accepts_the_default_and_refuses_mistakes():
    validator = Draft202012Validator(yaml.safe_load(json_schema()))
    validator.validate(DEFAULT)
    assert not validator.is_valid(changed("anonymizers", "blur", value={"kernl": 3}))
    assert not validator.is_valid(changed("crop", "size", value="big"))


@pytest.mark.parametrize(
    ("config", "key", "hint"),
    [
        ({**DEFAULT, "anonymizer": {}}, "unknown key 'anonymizer'", "did you mean 'anonymizers'"),
        (
            changed("crop", "detektor", value="mtcnn"),
            "crop: unknown key 'detektor'",
            "did you mean 'detector'",
        ),
        (changed("crop", "detector", value="mtcn"), "crop.detector", "did you mean 'mtcnn'"),
        (changed("crop", "size", value="256"), "crop.size", "got '256'"),
        (changed("crop", "margin", value=-1), "crop.margin", "at least 0, got -1"),
        (changed("recognizers", value=["dlib_resne"]), "recognizers.0", "did you mean 'dlib_resnet'"),
        (changed("teachers", value=["resnet"]), "teachers.0", "did you mean 'resnet18'"),
        (changed("landmarks", value=[]), "landmarks", "at least 1"),
        (changed("anonymizers", "blurr", value={}), "anonymizers", "did you mean 'blur'"),
        (changed("anonymizers", "blur", value={"kernal": 3}), "blur: unknown key", "did you mean 'kernel'"),
        (changed("anonymizers", "blur", value={"kernel": [11, 10]}), "blur.kernel", "odd"),
        (changed("anonymizers", "blur", value={"kernel": [11, 11]}), "blur.kernel", "different"),
        (changed("anonymizers", "ksame", value={"k": 1}), "ksame.k", "got 1"),
        (changed("anonymizers", "ksame", value={"k": "2"}), "ksame.k", "got '2'"),
        (changed("anonymizers", "identity", value={"k": 2}), "identity", "has no options"),
        (changed("anonymizers", value={"blur": {"kernel": 11}}), "control 'identity' is missing", "add"),
        (changed("datasets", value={}), "datasets", "at least 1"),
        (changed("datasets", "x", value={"adapter": "folde", "root": "data"}), "datasets.x", "'folder'"),
        (changed("datasets", "x", value={"adapter": "folder"}), "datasets.x.root", "required"),
        (
            changed("datasets", "x", value={"adapter": "folder", "rot": "a"}),
            "datasets.x",
            "did you mean 'root'",
        ),
        (changed("datasets", "Bad Name", value={"adapter": "synthfaces"}), "datasets", "Bad Name"),
        (changed("seed", value=-1), "seed", "got -1"),
        (changed("seed", value=True), "seed", "got true"),
        (changed("frontier", "privacy", value="ssim"), "frontier.privacy", "ssim"),
    ],
)
def test_a_mistake_is_one_line_with_the_key_and_a_hint(config, key, hint):
    with pytest.raises(ConfigError) as error:
        parse_config(config)
    message = str(error.value)
    assert "\n" not in message
    assert key in message
    assert hint in message


def test_a_teacher_that_nothing_can_train_is_refused_with_the_reason():
    unlabelled = {"mine": {"adapter": "folder", "root": "data/mine"}}
    with pytest.raises(ConfigError, match="'mine' cannot train it: it has no expression labels"):
        parse_config({"datasets": unlabelled, "teachers": ["resnet18"]})
    both = {**unlabelled, "synthfaces": {"adapter": "synthfaces", "splits": {"train": 0.5, "dev": 0.1}}}
    assert parse_config({"datasets": both, "teachers": ["resnet18"]})


LENDERS = {
    "lfw": {"adapter": "lfw", "root": "lfw", "splits": {"train": 0.1, "fewest_per_subject": 4, "dev": 0.2}},
    "orl": {"adapter": "folder", "root": "orl"},
    "half": {"adapter": "folder", "root": "orl", "splits": {"train": 0.2}},
    "fer": {"adapter": "fer2013", "root": "fer", "splits": {"official": True}},
    "celeba": {
        "adapter": "celebamask_hq",
        "root": "celeba",
        "parts": ["dev", "test"],
        "splits": {"official": True},
    },
}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lwf", "no dataset 'lwf': did you mean 'lfw'?"),
        ("orl", "'orl' cannot lend people: expected people in train to learn on and in dev to choose on"),
        ("orl", "got none in train and dev; give each a share in splits"),
        ("half", "got none in dev; give each a share in splits"),
        ("celeba", "got none in train; use the official part train"),
        ("fer", "'fer' cannot lend people: FER-2013 has one image a person and no identities"),
    ],
)
def test_a_lender_needs_known_people_in_train_and_in_dev(name, message):
    with pytest.raises(ConfigError, match=r"^config: attacks\.people: ") as error:
        parse_config({"datasets": LENDERS, "attacks": {"people": name}})
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert parse_config({"datasets": LENDERS, "attacks": {"people": "lfw"}})


@pytest.mark.parametrize(
    ("change", "right"),
    [
        ({"recognizers": ["dlib_resnet", "of_a_plugin", "my_package.my_module:MyClass"]}, True),
        ({"recognizers": ["no such name"]}, False),
        ({"crop": {"detector": "my_package.my_module:MyClass"}}, True),
        ({"anonymizers": {"identity": {}, "blackout": {}, "veil": {"width": [3, 5]}}}, True),
        ({"anonymizers": {"identity": {}, "blackout": {}, "my.module:Veil": None}}, True),
        ({"anonymizers": {"identity": {}, "blackout": {}, "blur": {"widht": 3}}}, False),
        ({"anonymizers": {"identity": {}, "blackout": {}, "A Veil": {}}}, False),
        ({"datasets": {"x": {"adapter": "of_a_plugin", "root": "data/x", "its_own": 3}}}, True),
        ({"datasets": {"x": {"adapter": "lfw", "root": "data/x", "limit": 3}}}, False),
        ({"datasets": {"x": {"adapter": "of_a_plugin"}}}, False),
    ],
    ids=str,
)
def test_an_editor_completes_names_and_lets_those_of_plugins_pass(change, right):
    validator = Draft202012Validator(yaml.safe_load(json_schema()))
    assert validator.is_valid(change) == right


@pytest.mark.parametrize(
    ("key", "registry"),
    [("landmarks", LANDMARKERS), ("parsing", PARSERS), ("recognizers", RECOGNIZERS), ("teachers", TEACHERS)],
)
def test_the_schema_has_every_name_that_comes_with_bauta(key, registry):
    choices = yaml.safe_load(json_schema())["properties"][key]["items"]["anyOf"]
    assert choices[0]["enum"] == list(registry.built_in)
