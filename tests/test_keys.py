import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta import keys
from bauta.keys import Key, write_key

PARENT = Key("index", {"adapter": "folder", "fingerprint": "a"})
KEY = Key("crop", {"detector": "mtcnn", "size": 256, "margin": 0.4}, (PARENT,), {"mtcnn_pnet": "00"})


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
    monkeypatch.setattr(keys, "STAGE_VERSIONS", {**keys.STAGE_VERSIONS, "crop": 1000})
    assert KEY.digest != before


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
    assert described["parents"] == {"index": PARENT.digest}
    assert described["config"] == KEY.config
