import shutil
from pathlib import Path

import pytest
import yaml

from bauta.cache import share
from bauta.cache.share import check_raw_data, record_run, warn_of_unrecorded
from bauta.config.canonical import canonical
from bauta.config.load import load_config
from bauta.errors import ConfigError
from bauta.io.dvc_keys import DVC_KEYS, DVC_LOCK, DvcKeys, outs_of
from bauta.plan import Plan

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
    shutil.copy(Path(__file__).parents[2] / "dvc.yaml", tmp_path)
    configure({})
    return tmp_path


def configure(change, **dataset):
    datasets = {"faces": {**CONFIG["datasets"]["faces"], **dataset}}
    text = yaml.safe_dump({**CONFIG, "datasets": datasets, **change})
    Path("config.yaml").write_text(text)


def plan():
    return Plan(canonical(load_config("config.yaml")))


def commit(names):
    """What `dvc commit` does with its lock file."""
    before = yaml.safe_load(DVC_LOCK.read_text())["stages"] if DVC_LOCK.is_file() else {}
    DVC_LOCK.write_text(yaml.safe_dump({"stages": before | {name: {} for name in names}}))


def make_everything():
    """What DVC carries of the plan."""
    for section, _, entry in share._made(plan()):
        if section != "raw":
            make(*outs_of(section, entry["path"]))


def record():
    make_everything()
    record_run(plan(), ["config.yaml"], commit)
    return DvcKeys.read().sections


def test_what_is_not_there_is_not_listed(lab):
    assert record_run(plan(), ["config.yaml"], commit)[1].startswith(
        "missing, and therefore not recorded: align@faces-"
    )
    listed = DvcKeys.read()
    assert listed.unrecorded() == []
    assert {name for name, entries in listed.sections.items() if entries} == {"raw"}
    make_everything()
    plan().datasets["faces"].faces.hull.unlink()
    first, second = record_run(plan(), ["config.yaml"], commit)
    assert first == "dvc_keys.yaml, dvc.lock: 7 stages of config.yaml are recorded; commit both with git"
    assert second.startswith("missing, and therefore not recorded: landmarks@")


def test_what_dvc_has_not_recorded_after_all_is_not_listed(lab):
    make_everything()

    def fail(names):
        commit(names[:1])
        raise ConfigError("no space")

    with pytest.raises(ConfigError, match="no space"):
        record_run(plan(), ["config.yaml"], fail)
    assert sum(len(entries) for name, entries in DvcKeys.read().sections.items() if name != "raw") == 1
    assert DvcKeys.read().unrecorded() == []


def test_what_was_pulled_and_removed_stays_listed(lab):
    sections = record()
    plan().datasets["faces"].faces.hull.unlink()
    assert record_run(plan(), ["config.yaml"], commit)
    assert DvcKeys.read().sections == sections


def test_what_an_older_version_has_listed_is_said(lab, caplog):
    warn_of_unrecorded()
    assert caplog.text == ""
    record()
    DVC_LOCK.unlink()
    warn_of_unrecorded()
    assert "lists 8 stages that DVC has not recorded" in caplog.text
    assert "snakemake --cores 1 dvc_keys" in caplog.text


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
    assert {name for name, entries in sections.items() if len(entries) == 1} == set(sections) - {"attributes"}
    assert sections["attributes"] == {}, "a folder has none unless it names them"
    assert sections["crop"] == {
        f"faces-{item.faces.crop}": {"path": item.faces.folder.as_posix(), "configs": ["config.yaml"]}
    }
    (landmarks,) = sections["landmarks"].values()
    assert landmarks["path"] + ".zarr" == item.faces.hull.as_posix()


def test_the_paths_are_the_same_without_the_raw_data(lab):
    sections, crop = record(), plan().datasets["faces"].faces.crop
    take_raw_data_away(lab)
    assert plan().datasets["faces"].faces.crop == crop
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
        with pytest.raises(ConfigError, match="expected a configuration in a single file"):
            record_run(Plan(values), files)
    assert not DVC_KEYS.exists()


def test_what_dvc_knows_never_stops_a_run(lab, caplog):
    DVC_KEYS.write_text("<<<<<<< HEAD\n")
    warn_of_unrecorded()
    assert "dvc_keys.yaml cannot be read" in caplog.text


def test_nothing_is_missed_where_everything_is_cached(lab):
    record()
    take_raw_data_away(lab)
    item = plan().datasets["faces"]
    make(item.source.manifest, item.faces.alignment, item.faces.crops)
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
    make(item.source.manifest, item.faces.alignment)
    with pytest.raises(ConfigError, match=r"crops.zarr is missing.*push_crops is false"):
        check_raw_data(plan())


def test_with_the_raw_data_there_nothing_is_missed(lab):
    check_raw_data(plan())


def test_a_folder_that_nobody_has_recorded_must_be_there(lab):
    take_raw_data_away(lab)
    with pytest.raises(ConfigError, match=r"the folder data/faces does not exist"):
        record_run(plan(), ["config.yaml"])
