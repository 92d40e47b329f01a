"""A configuration as the command line of `bauta` names it is the one that Snakemake reads."""

import pytest

from bauta.config.command_line import read_configuration
from bauta.errors import ConfigError


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("run: first\nfrontier: {bootstrap: 300, privacy: worst_top1}\n")
    (tmp_path / "other.yaml").write_text("run: '007'\nfrontier: {bootstrap: 500}\nseed: 2\n")
    return tmp_path


def test_later_files_go_over_earlier_ones_and_overrides_over_both(files):
    named = [files / "config.yaml", files / "other.yaml"]
    assert read_configuration(named, ["frontier={privacy: top1}", "seed=5", "teachers=[]"]) == {
        "run": "007",
        "frontier": {"bootstrap": 500, "privacy": "top1"},
        "seed": 5,
        "teachers": [],
    }


def test_config_yaml_is_read_unless_another_is_named(files):
    assert read_configuration([], [])["run"] == "first"
    assert "privacy" not in read_configuration([files / "other.yaml"], [])["frontier"]


@pytest.mark.parametrize("word", ["seed", "=1"])
def test_a_word_that_is_no_override_is_refused(word):
    with pytest.raises(ConfigError, match="--config: expected key=value, got"):
        read_configuration([], [word])


def test_a_file_that_is_not_there_is_named(files):
    with pytest.raises(ConfigError, match=r"gone\.yaml cannot be read"):
        read_configuration([files / "gone.yaml"], [])
