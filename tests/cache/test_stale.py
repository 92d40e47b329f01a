"""Which stores no configuration reaches, and that nothing else goes."""

import os
import shutil
import sys
import time
from pathlib import Path

import pytest
import yaml

from bauta.cache.stale import reached_by, remove, stale_stores
from bauta.config.load import parse_config
from bauta.errors import ConfigError, StoreError
from bauta.io.workers import Worker, new_token
from bauta.plan.artifacts import artifacts
from bauta.workflow.rule_inputs import rule_inputs

FACES = {"adapter": "synthfaces", "subjects": 12}
CONFIG = {
    "datasets": {"faces": FACES},
    "anonymizers": {"identity": {}, "blackout": {}, "blur": {"kernel": 31}},
}
OTHER = {**CONFIG, "run": "other", "datasets": {"faces": {**FACES, "subjects": 13}}}


def plan_of(config):
    return rule_inputs(parse_config(config)).plan


def make(plan):
    for artifact in artifacts(plan):
        if artifact.path.suffix in (".parquet", ".json"):
            artifact.path.parent.mkdir(parents=True, exist_ok=True)
            artifact.path.write_text("12345678")
        else:
            artifact.path.mkdir(parents=True, exist_ok=True)
            (artifact.path / "data").write_text("12345678")
        rendered = artifact.kind == "rendered faces"
        key = artifact.path / "key.json" if rendered else artifact.path.with_suffix(".key.json")
        key.write_text('{"stage": "render"}')


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("config").mkdir()
    Path("config.yaml").write_text(yaml.safe_dump(CONFIG))
    return tmp_path


def stale(config=CONFIG):
    return {item.path.as_posix(): item for item in stale_stores(reached_by(plan_of(config)))}


def test_what_a_configuration_reaches_is_kept(project):
    make(plan_of(CONFIG))
    assert stale() == {}


def test_what_only_a_configuration_of_the_folder_reaches_is_kept(project):
    make(plan_of(CONFIG))
    make(plan_of(OTHER))
    assert stale()
    Path("config/other.yaml").write_text(yaml.safe_dump(OTHER))
    assert stale() == {}


def test_what_only_the_configuration_in_force_reaches_is_kept(project):
    make(plan_of(OTHER))
    assert stale(OTHER) == {}


def test_a_backend_that_is_gone_leaves_its_stores_and_measurements(project):
    make(plan_of(CONFIG))
    fewer = {**CONFIG, "anonymizers": {"identity": {}, "blackout": {}}}
    Path("config.yaml").write_text(yaml.safe_dump(fewer))
    found = stale(fewer)
    # What was judged of the three settings, and its key.
    judged = {path for path in found if "/feasibility-" in path}
    assert len(judged) == 2
    found = {path: item for path, item in found.items() if path not in judged}
    # With their keys: the set, its embeddings, the attacker's faces, three views and the suite, which a light
    # blur shares its folders with; and the folders of its posteriors by two teachers and of eight other
    # measurements.
    assert len(found) == 2 * (1 + 1 + 1 + 3 + 1) + 2 + 8
    assert all("/blur/kernel=31-" in path or path.endswith("/blur") for path in found)
    assert all(item.bytes > 0 for item in found.values())


def test_what_is_trained_for_a_set_is_kept_and_goes_with_it(project):
    trained = {
        **CONFIG,
        "datasets": {"faces": {**FACES, "splits": {"train": 0.4, "dev": 0.2}}},
        "anonymizers": {"identity": {}, "blackout": {}, "cgan_trained": {}},
        "teachers": ["resnet18", "resnet18_both"],
        "pooled_generator": {"photographs": ["faces"]},
        "pooled_avatar": {"photographs": ["faces"]},
    }
    Path("config.yaml").write_text(yaml.safe_dump(trained))
    plan = plan_of(trained)
    make(plan)
    (item,) = (item for item in plan.datasets["faces"].sets.all if item.generator)
    generator = plan.datasets["faces"].sets.generator(item)
    checkpoint = generator.with_name(f"{generator.name}.checkpoint")
    checkpoint.touch()
    assert list(stale(trained)) == [checkpoint.as_posix()], "what has been trained needs none"
    shutil.rmtree(generator)
    assert stale(trained) == {}
    without = {
        **trained,
        "anonymizers": CONFIG["anonymizers"],
        "pooled_generator": None,
        "pooled_avatar": None,
    }
    Path("config.yaml").write_text(yaml.safe_dump(without))
    found = {path.rpartition("-")[0] for path in stale(without)}
    crops = plan.datasets["faces"].faces.folder
    assert {"cache/generators/cgan", "cache/avatars/avatar"} <= found
    assert {f"{crops}/generators", f"{crops}/anonymized_training/cgan_trained"} <= set(stale(without))


def test_another_number_of_people_leaves_everything_of_the_old_one(project):
    make(plan_of(OTHER))
    found = stale()
    folders = {Path(path).parent.as_posix() for path in found}
    assert folders == {"cache/faces", "data"}


def test_raw_data_is_never_stale(project):
    for folder in ("data/mine/a", "data/faces-12345678"):
        Path(folder).mkdir(parents=True)
        Path(folder, "1.jpg").write_bytes(b"1")
    Path("data/faces-12345678/key.json").write_text("mine")
    assert stale() == {}


def test_results_of_a_run_that_is_not_known_are_kept(project):
    path = Path("results/mine/measurements/faces/attack-00000000/a.json")
    path.parent.mkdir(parents=True)
    path.touch()
    assert stale() == {}
    path = Path("results/demo/measurements/faces/attack-00000000/a.json")
    path.parent.mkdir(parents=True)
    path.touch()
    assert list(stale()) == ["results/demo/measurements/faces/attack-00000000"]


def test_records_fingerprints_and_hidden_files_are_kept(project):
    make(plan_of(CONFIG))
    folder = plan_of(CONFIG).datasets["faces"].faces.folder
    for path in ("cache/models/yunet.json", "cache/fingerprints/x.json", "cache/.gitignore"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()
    (folder / ".gitignore").touch()
    (folder / "key.json").touch()
    assert stale() == {}


def test_an_unfinished_store_is_kept_until_there_is_a_finished_one(project):
    make(plan_of(CONFIG))
    crops = plan_of(CONFIG).datasets["faces"].faces.folder / "crops.zarr"
    crops.rename(crops.with_name("crops.zarr.partial-1234"))
    assert stale() == {}
    crops.mkdir()
    assert stale() == {}, "half deleted"
    (crops / "store.json").touch()
    (item,) = stale().values()
    assert item.path.name == "crops.zarr.partial-1234"
    assert item.at_work
    for path in (item.path, *item.path.rglob("*")):
        os.utime(path, (time.time() - 1e6,) * 2)
    (item,) = stale().values()
    assert not item.at_work


DEAD = Worker(Worker.this().place, 2**22 - 1, 0)


@pytest.mark.parametrize(
    "place", ["cache", "cache/faces", "cache/models", "cache/fingerprints", "results/demo"]
)
@pytest.mark.parametrize(
    "name", [".manifest.partial-{}.parquet", ".default.partial-{}", "c.zarr.partial-{}.removed"]
)
def test_what_a_killed_job_left_is_stale_wherever_it_lies_unless_its_writer_lives(project, place, name):
    make(plan_of(CONFIG))
    left = Path(place) / name.format(DEAD.token())
    left.mkdir(parents=True)
    (item,) = stale().values()
    assert (item.path, item.at_work) == (left, False)
    left.rename(left.with_name(name.format(new_token())))
    assert [item.at_work for item in stale().values()] == [True]


def test_a_leftover_of_another_machine_is_at_work_for_a_day(project):
    left = Path("cache/.manifest.partial-00000000-1-1-0000.parquet")
    left.parent.mkdir()
    left.touch()
    assert [item.at_work for item in stale().values()] == [True]
    os.utime(left, (time.time() - 25 * 3600,) * 2)
    assert [item.at_work for item in stale().values()] == [False]


def test_one_that_cannot_be_removed_does_not_keep_the_others(project, monkeypatch):
    make(plan_of(OTHER))
    found = list(stale().values())
    rmtree = shutil.rmtree

    def refuse(path):
        if path == found[0].path:
            raise PermissionError(13, "Permission denied")
        rmtree(path)

    monkeypatch.setattr("bauta.cache.stale.shutil.rmtree", refuse)
    with pytest.raises(StoreError, match=rf"{found[0].path} cannot be removed: Permission denied \(1 of "):
        remove(found)
    assert list(stale()) == [found[0].path.as_posix()]


def test_rendered_faces_that_another_cache_may_know_of_are_kept(project, tmp_path_factory):
    """Where `data` is a link and `cache` is none, nobody knows who uses it."""
    make(plan_of(OTHER))
    data = tmp_path_factory.mktemp("elsewhere") / "data"
    Path("data").rename(data)
    Path("data").symlink_to(data)
    assert {Path(path).parts[0] for path in stale()} == {"cache"}


def test_a_dataset_whose_raw_data_was_never_looked_at_is_kept_whole(project):
    mine = {**CONFIG, "datasets": {"mine": {"adapter": "folder", "root": "data/mine"}}}
    Path("config/mine.yaml").write_text(yaml.safe_dump(mine))
    Path("cache/mine/mtcnn-12345678/crops.zarr").mkdir(parents=True)
    reached = reached_by(plan_of(CONFIG))
    assert stale_stores(reached) == []
    assert reached.notes == [
        "everything in cache/mine is kept: datasets: the folder data/mine was never inspected; "
        "run `snakemake -n`"
    ]


@pytest.mark.parametrize("text", ["datasets: {a: {adapter: nothing}}", "a: [", "1"])
def test_a_configuration_that_cannot_be_read_stops_everything(project, text):
    Path("config/broken.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"config/broken.yaml cannot be read .*: fix or remove it"):
        stale()


def test_stale_stores_go_and_nothing_else(project):
    make(plan_of(CONFIG))
    there = sorted(Path().rglob("*"))
    make(plan_of(OTHER))
    found = list(stale().values())
    assert remove(found) == sum(item.bytes for item in found) > 0
    assert stale() == {}
    left = sorted(path for path in Path().rglob("*") if path.parts[:2] != ("results", "other"))
    assert left == there


def test_what_a_job_may_still_write_is_shown_and_stays(project):
    make(plan_of(OTHER))
    partial = plan_of(OTHER).datasets["faces"].faces.folder / "crops.zarr.partial-1234"
    partial.mkdir()
    (partial / "shard").write_text("1")
    (item,) = [item for item in stale().values() if item.path.name.startswith("mtcnn")]
    assert item.at_work
    remove([item])
    assert partial.is_dir()
    for path in item.path.rglob("*"):
        os.utime(path, (time.time() - 1e6,) * 2)
    (item,) = [item for item in stale().values() if item.path.name.startswith("mtcnn")]
    assert not item.at_work


def test_nothing_goes_while_a_run_is_at_work(project):
    make(plan_of(OTHER))
    Path(".snakemake/locks").mkdir(parents=True)
    Path(".snakemake/locks/0.input.lock").touch()
    with pytest.raises(StoreError, match=r"a run is at work here.*snakemake --unlock"):
        remove(list(stale().values()))
    assert stale()


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_a_link_into_another_cache_is_cut_and_not_followed(project, tmp_path_factory):
    shared = tmp_path_factory.mktemp("shared")
    (shared / "data").write_text("1")
    Path("cache/old").mkdir(parents=True)
    Path("cache/old/crops.zarr").symlink_to(shared)
    Path("cache/link").symlink_to(shared)
    remove(list(stale().values()))
    assert not Path("cache/link").is_symlink()
    assert (shared / "data").is_file()
    shutil.rmtree(shared)
