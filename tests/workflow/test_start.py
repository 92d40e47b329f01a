"""What is said when a run cannot start, and when it is looked at."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from bauta.config.command_line import configuring
from bauta.errors import ModelError
from bauta.models.store import FETCH
from bauta.plan import Plan
from bauta.workflow.start import start


def snakemake(files=(), overrides=None, *, main=True, dry=True):
    """Snakemake's workflow object, with what is asked of it."""
    return SimpleNamespace(
        is_main_process=main,
        config_settings=SimpleNamespace(config=overrides or {}),
        configfiles=list(files),
        overwrite_configfiles=list(files),
        dryrun=dry,
    )


@pytest.fixture
def config_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my config.yaml").write_text("run: mine\n")
    return tmp_path / "my config.yaml"


@pytest.fixture
def without_models(monkeypatch):
    def refuse(*_, fetching=False, **__):
        if not fetching:
            raise ModelError(f"model 'x': run `{FETCH}` once")

    monkeypatch.setattr(Plan, "check_models", refuse)


def test_the_words_that_name_a_configuration(config_file):
    files = [config_file, Path("/elsewhere/b.yaml")]
    overrides = {"seed": 1, "frontier": {"bootstrap": "100"}, "run": "x"}
    assert configuring(files, overrides) == [
        *("--configfile", "my config.yaml", "/elsewhere/b.yaml"),
        *("--config", "seed=1", 'frontier={"bootstrap": "100"}', "run=x"),
    ]
    assert configuring(files, {"seed": 1}, repeated=True) == [
        *("--configfile", "my config.yaml", "--configfile", "/elsewhere/b.yaml"),
        *("--config", "seed=1"),
    ]
    assert configuring([], {}) == []


def test_the_command_that_fetches_models_names_the_configuration(config_file, without_models):
    answers = start({"run": "mine"}, snakemake([config_file], {"frontier": {"bootstrap": "100"}}))
    with pytest.raises(SystemExit) as stopped:
        answers.measurements.adapt(SimpleNamespace())
    assert stopped.value.code == (
        "error: model 'x': run `snakemake --cores 1 models --configfile 'my config.yaml' "
        '--config \'frontier={"bootstrap": "100"}\'` once'
    )


def test_who_only_looks_or_fetches_needs_no_models(without_models, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answers = start({}, snakemake())
    assert answers.models.all(SimpleNamespace()) == []
    assert answers.plan.verdicts()
    job = SimpleNamespace(rule=SimpleNamespace(name="status"), jobid=0, wildcards_dict={}, threads=1)
    job.restart_times, job.benchmark = 0, None
    workflow = SimpleNamespace(dag=SimpleNamespace(needrun_jobs=lambda: iter([job])), local_exec=True)
    workflow.execution_settings = SimpleNamespace(keep_going=False, debug=False)
    workflow.scheduler = None
    answers.begin(workflow, None)
    assert list(tmp_path.iterdir()) == []


def test_the_cache_hears_of_a_run_and_not_of_a_dry_one(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Plan, "check_models", lambda *_, **__: None)
    registered = []
    monkeypatch.setattr("bauta.workflow.preflight.register_plan", lambda *_: registered.append(1))
    for dry, main in ((True, True), (False, False)):
        assert start({}, snakemake(dry=dry, main=main)).inputs.whole(SimpleNamespace())
    assert registered == []
    answers = start({}, snakemake(dry=False))
    assert registered == []
    for _ in range(2):
        answers.inputs.whole(SimpleNamespace())
    assert registered == [1]


def test_what_clean_stale_is_told_is_no_key_of_a_run(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    config = {"confirm": "true", "forget": "bob-1"}
    answers = start(config, snakemake(overrides=dict(config)))
    assert answers.cleaning == ["--yes", "--forget", "bob-1"]
    assert answers.configuration == []
    with pytest.raises(SystemExit, match="error: config: unknown key 'confirm'"):
        answers.inputs.whole(SimpleNamespace())
    with pytest.raises(SystemExit, match="error: config: unknown key 'confirm'"):
        start({"confirm": True}, snakemake())


def test_overrides_reach_what_scripts_read(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    config = {"frontier": {"bootstrap": "300"}, "seed": 3}
    answers = start(config, snakemake(overrides={"frontier": {"bootstrap": "300"}}, main=False))
    assert config == {"frontier": {"bootstrap": 300}, "seed": 3}
    assert answers.plan.config.frontier.bootstrap == 300
