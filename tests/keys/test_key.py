import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.errors import UnknownNameError
from bauta.io.seal import read_sealed
from bauta.keys import key as keys
from bauta.keys.key import Key, describing, write_key

PARENT = Key("index", {"adapter": "folder", "fingerprint": "a"})
KEY = Key(
    "crop", {"detector": "mtcnn", "size": 256, "margin": 0.4}, (PARENT,), {"mtcnn_pnet": "00"}, "detect/mtcnn"
)


@pytest.mark.parametrize(
    "changed",
    [
        dataclasses.replace(KEY, stage="embed"),
        dataclasses.replace(KEY, config={**KEY.config, "size": 128}),
        dataclasses.replace(KEY, models={"mtcnn_pnet": "01"}),
        dataclasses.replace(KEY, parents=(dataclasses.replace(PARENT, config={"fingerprint": "b"}),)),
    ],
    ids=["stage", "config", "model", "parent"],
)
def test_everything_that_makes_an_artifact_is_in_its_digest(changed):
    assert changed.digest != KEY.digest


def test_a_raised_stage_version_gives_another_digest(monkeypatch):
    before = KEY.digest
    monkeypatch.setattr(keys, "VERSIONS", {**keys.VERSIONS, "crop": 1000})
    assert dataclasses.replace(KEY).digest != before


def test_a_raised_implementation_gives_another_digest_to_what_it_makes_alone(monkeypatch):
    other = dataclasses.replace(KEY, implementation="detect/dlib_hog")
    before = KEY.digest, other.digest
    monkeypatch.setattr(keys, "VERSIONS", {**keys.VERSIONS, "detect/mtcnn": 1000})
    assert dataclasses.replace(KEY).digest != before[0]
    assert dataclasses.replace(other).digest == before[1]


def test_two_parents_of_one_stage_both_count():
    first, second = Key("crop", {"size": 1}), Key("crop", {"size": 2})
    both = Key("train_teacher", {}, (first, second)).digest
    assert both != Key("train_teacher", {}, (second, second)).digest
    assert both != Key("train_teacher", {}, (first, first)).digest


def test_what_has_no_version_is_refused_with_what_to_do():
    with pytest.raises(UnknownNameError, match=r"did you mean 'crop'.*bauta versions keep"):
        Key("corp", {}).describe()


def test_swapped_values_give_another_digest():
    assert Key("split", {"train": 0.1, "dev": 0.2}).digest != Key("split", {"train": 0.2, "dev": 0.1}).digest


@settings(deadline=None, max_examples=25)
@given(st.dictionaries(st.text(), st.integers() | st.text(), max_size=5), st.randoms())
def test_the_order_of_the_config_does_not_matter(config, random):
    items = list(config.items())
    random.shuffle(items)
    assert Key("crop", config).digest == Key("crop", dict(items)).digest


def test_the_description_beside_the_artifact_gives_the_digest_again(tmp_path):
    write_key(tmp_path / "key.json", KEY.describe())
    described = json.loads((tmp_path / "key.json").read_text())
    assert described["parents"] == [{"stage": "index", "digest": PARENT.digest}]
    assert described["config"] == KEY.config


def test_a_key_is_there_before_its_artifact_and_after_it(tmp_path):
    """Who is killed in between leaves no artifact without one; a second run of the job may remove it."""
    path = tmp_path / "key.json"
    with describing(path, KEY.describe()):
        assert read_sealed(path)[0] == KEY.describe()
        path.unlink()
    assert read_sealed(path)[0] == KEY.describe()


def test_what_another_key_describes_gets_none(tmp_path):
    with describing(None, KEY.describe()):
        pass
    assert list(tmp_path.iterdir()) == []
