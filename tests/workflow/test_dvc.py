"""What the repository tells DVC, and a colleague's clone without the raw data."""

import subprocess

import pytest
import yaml
from labs import CACHED_STAGES, LAB, age_against_the_flow
from projects import ROOT

from bauta.config import load_config
from bauta.dvc_keys import DVC_KEYS, DvcKeys
from bauta.share import record_run
from bauta.workflow import rule_inputs

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


def test_the_cached_stages_and_the_results_are_listed_by_the_names_of_their_rules():
    assert set(STAGES) == CACHED_STAGES | {"results"}


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


def test_the_keys_of_the_default_run_are_up_to_date(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    expected = rule_inputs(load_config("config.yaml")).plan
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text((ROOT / "config.yaml").read_text())
    record_run(expected, ["config.yaml"])
    # A run with another config may have changed the working file; then the committed one counts.
    show = ["git", "-C", str(ROOT), "show", f"HEAD:{DVC_KEYS}"]
    found = subprocess.run(show, capture_output=True, text=True, check=False)  # nothing outside of git
    (tmp_path / "committed.yaml").write_text(found.stdout)
    made = DvcKeys.read().sections
    files = [DvcKeys.read(path).sections for path in (ROOT / DVC_KEYS, tmp_path / "committed.yaml")]
    shipped = {section: {*files[0].get(section, ()), *files[1].get(section, ())} for section in made}
    missing = [name for section, entries in made.items() for name in entries if name not in shipped[section]]
    assert missing == [], "run `make config`"


@pytest.mark.slow
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
