"""What the repository tells DVC, and a colleague's clone without the raw data."""

import shutil

import pytest
import yaml
from labs import CACHED_STAGES, LAB, age_against_the_flow, make_lab, make_up_cache, make_up_raw_data
from projects import ROOT
from runs import content

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


def test_the_cached_stages_and_the_results_are_listed_by_the_names_of_their_rules():
    assert set(STAGES) == CACHED_STAGES | {"attributes", "results"}


def test_snakemake_alone_decides_what_is_made_again():
    for name, stage in STAGES.items():
        rule = stage["do"]
        assert rule["cmd"].startswith("snakemake "), name
        assert not {"frozen", "always_changed", "deps"} & set(rule), name
        assert ("params" in rule) == (name == "results"), "a store's key stands for its configuration"
        for out in [*rule["outs"], *rule.get("metrics", []), *rule.get("plots", [])]:
            assert all(flags["persist"] for flags in out.values()), name


def test_no_remote_is_named_and_nobody_is_told():
    config = (ROOT / ".dvc/config").read_text()
    assert "[remote" not in config
    assert "['remote" not in config
    assert "analytics = false" in config
    assert "personal data" in config


@pytest.fixture
def unrecorded(tmp_path):
    """A lab in which a run has made everything and nobody has recorded it."""
    made = make_lab(tmp_path / "lab", LAB)
    make_up_raw_data(made.folder / "data/faces")
    make_up_cache(made, "faces")
    shutil.copy(ROOT / "dvc_keys.yaml", made.folder)
    made.commit()
    made.name_remote(tmp_path / "remote")
    return made


@pytest.mark.long
def test_a_pull_before_a_run_is_recorded_removes_nothing_and_asks_for_no_force(unrecorded):
    there = content(unrecorded.folder, "cache/faces")
    assert len(there) > 10
    unrecorded.snakemake("models")
    for options in ((), ("--force",)):
        done = unrecorded.dvc("pull", *options, check=False)
        assert "--force" not in done.stdout
        assert content(unrecorded.folder, "cache/faces") == there
    said = unrecorded.snakemake("dvc_keys").stdout
    assert "7 stages of config.yaml are recorded; commit both with git" in said
    assert content(unrecorded.folder, "cache/faces") == there
    assert "up to date" in unrecorded.dvc("pull", *CACHED_STAGES, check=False).stdout
    assert content(unrecorded.folder, "cache/faces") == there


@pytest.mark.long
def test_a_run_with_another_configuration_changes_no_file_of_the_repository(unrecorded):
    (unrecorded.folder / "scratch.yaml").write_text(yaml.safe_dump({**LAB, "run": "scratch", "seed": 3}))
    unrecorded.commit()
    (unrecorded.folder / "scratch.yaml").touch()
    for options in ((), ("--configfile", "scratch.yaml"), ("--config", "seed=4")):
        unrecorded.snakemake("models", *options)
        assert unrecorded.git("status", "--porcelain").stdout == ""
    done = unrecorded.snakemake("dvc_keys", "--config", "seed=4", check=False)
    assert done.returncode != 0
    assert "error: dvc_keys.yaml was not written: expected a configuration in a single file" in done.stdout
    assert unrecorded.git("status", "--porcelain").stdout == ""


@pytest.mark.long
def test_without_a_remote_nothing_is_pushed(lab, tmp_path):
    clone = lab.clone(tmp_path / "clone", remote=None)
    done = clone.dvc("push", check=False)
    assert done.returncode != 0
    assert "no remote" in done.stdout


@pytest.mark.slow
def test_without_raw_data_no_cached_stage_is_planned_and_an_edit_is_refused(lab, tmp_path):
    clone = lab.clone(tmp_path / "clone", remote=lab.folder.parent / "remote")
    clone.dvc("pull", *CACHED_STAGES)
    age_against_the_flow(clone.folder)
    assert not (clone.folder / "data").exists()
    assert clone.planned_stages() == set()
    clone.configure({**LAB, "crop": {"margin": 0.5}})
    done = clone.snakemake("-n", check=False)
    assert done.returncode != 0
    (line,) = [text for text in done.stdout.splitlines() if text.startswith("error:")]
    assert "data/faces" in line
    assert "dvc pull" in line
