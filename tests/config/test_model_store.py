"""Which process may download a model: the rule that fetches them, and no other job."""

import pytest

from bauta.config.load import parse_config
from bauta.config.model_store import configured_models
from bauta.errors import ConfigError, ModelError
from bauta.models import download as download_module
from bauta.workflow.job import job


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No folder of models and an empty cache; the names that somebody tries to download."""
    monkeypatch.delenv("BAUTA_MODELS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    tried = []

    def download(name, card, cache, sha256):
        tried.append(name)
        raise ModelError(f"{name} could not be downloaded")

    monkeypatch.setattr(download_module, "download", download)
    return tried


def test_only_the_rule_that_fetches_models_downloads(nowhere):
    with pytest.raises(ModelError, match="could not be downloaded"):
        configured_models({}, fetch=True).path("yunet")
    assert nowhere == ["yunet"]


@pytest.mark.parametrize("model", ["yunet", "arcface_r50"], ids=["file", "pack"])
def test_a_job_on_a_node_names_the_command_in_one_line(nowhere, tmp_path, capsys, model):
    with pytest.raises(SystemExit) as stopped, job(str(tmp_path / "job.log")):
        configured_models({}).path(model)
    line = str(stopped.value)
    assert line.startswith(f"error: model '{model}': ")
    assert "run `snakemake --cores 1 models` where there is a network, on a cluster's login node" in line
    assert "\n" not in line
    assert nowhere == []


@pytest.mark.parametrize("section", [None, {"dir": 3}, {"accept": ["anything"]}, {"folder": "x"}])
def test_a_wrong_section_is_told_as_in_a_whole_configuration(section):
    told = []
    for read in (configured_models, parse_config):
        with pytest.raises(ConfigError) as caught:
            read({"models": section})
        told.append(str(caught.value))
    assert told[0] == told[1]
