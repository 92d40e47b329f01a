from pathlib import Path

import pytest
import yaml

from bauta.config import load_config
from bauta.config.canonical import canonical
from bauta.dvc_keys import DVC_KEYS, DvcKeys
from bauta.errors import ConfigError
from bauta.plan import Plan
from bauta.share import check_raw_data, record_run, try_to_record_run

CONFIG = {
    "run": "lab",
    "datasets": {"faces": {"adapter": "folder", "root": "data/faces", "push_crops": True}},
    "anonymizers": {"identity": {}, "blackout": {}},
}


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """The working directory, with raw data and `config.yaml`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/faces/alice").mkdir(parents=True)
    (tmp_path / "data/faces/alice/1.jpg").write_bytes(b"alice")
    configure({})
    return tmp_path


def configure(change, **dataset):
    datasets = {"faces": {**CONFIG["datasets"]["faces"], **dataset}}
    text = yaml.safe_dump({**CONFIG, "datasets": datasets, **change})
    Path("config.yaml").write_text(text)


def plan():
    return Plan(canonical(load_config("config.yaml")))


def record():
    record_run(plan(), ["config.yaml"])
    return DvcKeys.read().sections


def take_raw_data_away(lab):
    (lab / "data/faces/alice/1.jpg").unlink()
    (lab / "data/faces/alice").rmdir()
    (lab / "data/faces").rmdir()


def make(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_every_cached_stage_and_the_results_are_recorded(lab):
    sections = record()
    item = plan().datasets["faces"]
    assert {name for name, entries in sections.items() if len(entries) == 1} == set(sections)
    assert sections["crop"] == {
        f"faces-{item.crop}": {"path": item.folder.as_posix(), "configs": ["config.yaml"]}
    }
    (landmarks,) = sections["landmarks"].values()
    assert landmarks["path"] + ".zarr" == item.landmarks.as_posix()


def test_the_paths_are_the_same_without_the_raw_data(lab):
    sections, crop = record(), plan().datasets["faces"].crop
    take_raw_data_away(lab)
    assert plan().datasets["faces"].crop == crop
    assert record() == sections


def test_crops_that_the_config_does_not_let_go_are_not_listed(lab):
    configure({}, push_crops=False)
    sections = record()
    assert sections["crop"] == {}
    assert len(sections["detect"]) == 1


def test_photographs_are_kept_back_unless_the_config_lets_them_go(lab):
    config = {**CONFIG, "datasets": {"faces": {"adapter": "folder", "root": "data/faces"}}}
    (lab / "config.yaml").write_text(yaml.safe_dump(config))
    assert record()["crop"] == {}


def test_what_the_config_file_does_not_say_is_not_recorded(lab):
    other = plan().config.model_copy(update={"seed": 7})
    for values, files in ((other, ["config.yaml"]), (plan().config, ["config.yaml", "other.yaml"])):
        with pytest.raises(ConfigError, match="expected a configuration that is one file"):
            record_run(Plan(values), files)
    assert not DVC_KEYS.exists()


def test_what_dvc_knows_never_stops_a_run(lab, caplog):
    DVC_KEYS.write_text("<<<<<<< HEAD\n")
    try_to_record_run(plan(), ["config.yaml"])
    assert "dvc_keys.yaml cannot be read" in caplog.text


def test_nothing_is_missed_where_everything_is_cached(lab):
    record()
    take_raw_data_away(lab)
    item = plan().datasets["faces"]
    make(item.manifest, item.folder / "alignment.parquet", item.folder / "crops.zarr")
    check_raw_data(plan())


@pytest.mark.parametrize(
    ("change", "dataset", "missing"),
    [
        ({}, {"faces": "central"}, "detections.parquet"),
        ({}, {"limit": 1}, "manifest.parquet"),
        ({"crop": {"margin": 0.5}}, {}, "detections.parquet"),
        ({"crop": {"detector": "dlib_hog"}}, {}, "detections.parquet"),
    ],
    ids=["faces", "limit", "margin", "detector"],
)
def test_an_edit_that_needs_the_raw_data_is_one_line_that_names_the_folder(lab, change, dataset, missing):
    test_nothing_is_missed_where_everything_is_cached(lab)
    configure(change, **dataset)
    with pytest.raises(ConfigError) as caught:
        check_raw_data(plan())
    message = str(caught.value)
    assert missing in message
    assert "folder data/faces, which is missing or empty" in message
    assert "dvc pull" in message
    assert "\n" not in message


def test_an_edit_that_needs_only_crops_does_not_ask_for_the_raw_data(lab):
    test_nothing_is_missed_where_everything_is_cached(lab)
    configure({"landmarks": ["dlib68", "mediapipe478"], "parsing": []})
    check_raw_data(plan())


def test_crops_that_were_kept_back_are_missed_with_the_reason(lab):
    configure({}, push_crops=False)
    record()
    take_raw_data_away(lab)
    item = plan().datasets["faces"]
    make(item.manifest, item.folder / "alignment.parquet")
    with pytest.raises(ConfigError, match=r"crops.zarr is not there.*push_crops is false"):
        check_raw_data(plan())


def test_with_the_raw_data_there_nothing_is_missed(lab):
    check_raw_data(plan())


def test_a_folder_that_nobody_has_recorded_must_be_there(lab):
    take_raw_data_away(lab)
    with pytest.raises(ConfigError, match=r"the folder data/faces does not exist"):
        record_run(plan(), ["config.yaml"])
