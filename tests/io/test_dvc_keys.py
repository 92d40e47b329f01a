import shutil
from pathlib import Path

import pytest
import yaml

from bauta.errors import ConfigError
from bauta.io.dvc_keys import DVC_KEYS, DVC_LOCK, SECTIONS, DvcKeys, outs_of, recorded_fingerprint

ROOT = Path(__file__).parents[2]
ORL, LFW = "orl-mtcnn-3f9a1c20", "lfw-mtcnn-00000001"
CROPS = {"crop": {ORL: {"path": "cache/orl/mtcnn-3f9a1c20"}}}
OTHER = {"crop": {LFW: {"path": "cache/lfw/mtcnn-00000001"}}}


@pytest.fixture(autouse=True)
def working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("orl.yaml", "lfw.yaml"):
        (tmp_path / name).touch()
    DVC_LOCK.write_text(yaml.safe_dump({"stages": {f"crop@{ORL}": {}, f"crop@{LFW}": {}}}))


def test_what_is_written_is_read_again():
    keys = DvcKeys({}).replace("orl.yaml", CROPS)
    keys.write()
    assert DvcKeys.read() == keys
    assert set(yaml.safe_load(DVC_KEYS.read_text())) == set(SECTIONS)


def test_another_config_keeps_the_first_ones_entries():
    keys = DvcKeys({}).replace("orl.yaml", CROPS).replace("lfw.yaml", OTHER)
    assert set(keys.sections["crop"]) == {ORL, LFW}


def test_two_configs_share_an_entry_until_both_have_left_it():
    both = DvcKeys({}).replace("orl.yaml", CROPS).replace("lfw.yaml", CROPS)
    assert both.sections["crop"][ORL]["configs"] == ["lfw.yaml", "orl.yaml"]
    one = both.replace("orl.yaml", OTHER)
    assert one.sections["crop"][ORL]["configs"] == ["lfw.yaml"]
    assert set(one.replace("lfw.yaml", OTHER).sections["crop"]) == {LFW}


def test_recording_twice_changes_nothing():
    keys = DvcKeys({}).replace("orl.yaml", CROPS)
    assert keys.replace("orl.yaml", CROPS) == keys


def test_a_config_that_is_gone_loses_its_entries(tmp_path):
    keys = DvcKeys({}).replace("orl.yaml", CROPS)
    (tmp_path / "orl.yaml").unlink()
    assert keys.replace("lfw.yaml", OTHER).sections["crop"].keys() == {LFW}


def test_what_dvc_has_not_recorded_is_not_listed():
    keys = DvcKeys({}).replace("orl.yaml", {**CROPS, "raw": {"data/orl": {"sha256": "abc"}}})
    assert keys.recorded() == keys, "it is in dvc.lock"
    DVC_LOCK.unlink()
    assert keys.unrecorded() == [f"crop@{ORL}"]
    assert keys.recorded().sections["crop"] == {}
    assert keys.recorded().sections["raw"] == keys.sections["raw"], "DVC knows of no raw data"


def test_in_the_middle_of_a_merge_nobody_can_tell():
    DVC_LOCK.write_text("<<<<<<< HEAD\n")
    with pytest.raises(ConfigError, match=r"dvc\.lock cannot be read: finish the merge"):
        DvcKeys({}).replace("orl.yaml", CROPS).recorded()


def test_what_dvc_carries_of_an_entry_is_what_its_stage_lists(tmp_path):
    with pytest.raises(ConfigError, match=r"dvc\.yaml cannot be read"):
        outs_of("detect", "cache/orl/mtcnn-3f9a1c20")
    shutil.copy(ROOT / "dvc.yaml", tmp_path)
    names = [path.name for path in outs_of("detect", "cache/orl/mtcnn-3f9a1c20")]
    assert names == ["detections.parquet", "key.json"]
    assert Path("results/demo/scores.json") in outs_of("results", "results/demo")
    assert Path("results/demo/frontier.csv") in outs_of("results", "results/demo")


def test_what_the_repository_lists_is_recorded_in_it(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert DvcKeys.read().unrecorded() == []


@pytest.mark.parametrize(
    "text", ["crop: [1", "crop: 3", "crop: {a: {path: b}}", "- crop", "crop: {a: {configs: [c.yaml]}}"]
)
def test_a_file_that_somebody_broke_is_one_line_with_the_remedy(text):
    DVC_KEYS.write_text(text)
    with pytest.raises(ConfigError, match=r"dvc_keys.yaml cannot be read .*git checkout") as caught:
        DvcKeys.read()
    assert "\n" not in str(caught.value)


@pytest.fixture
def root(tmp_path):
    DvcKeys({}).replace("orl.yaml", {"raw": {"data/orl": {"sha256": "abc"}}}).write()
    return (tmp_path / "data/orl").relative_to(tmp_path)


def test_a_folder_that_is_away_has_the_fingerprint_that_was_recorded(root):
    assert recorded_fingerprint(root) == "abc"
    root.mkdir(parents=True)
    assert recorded_fingerprint(root) == "abc", "an empty folder may be a disk that is not mounted"


def test_a_folder_that_is_there_is_looked_at_itself(root):
    root.mkdir(parents=True)
    (root / "1.jpg").touch()
    assert recorded_fingerprint(root) is None


def test_a_folder_that_nobody_recorded_has_none(root):
    assert recorded_fingerprint(root.with_name("other")) is None
