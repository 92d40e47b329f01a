"""Two checkouts that share a cache by a link, as their users call Snakemake."""

import psutil
import pytest
from completed import complete
from projects import TINY, make_project
from runs import Run

from bauta.config.load import parse_config
from bauta.workflow.rule_inputs import rule_inputs

pytestmark = pytest.mark.long

OTHER = {**TINY, "datasets": {"synthfaces": {**TINY["datasets"]["synthfaces"], "subjects": 14}}}


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """Two projects, both complete, whose data and caches are one."""
    made = {}
    for name, config in (("alice", TINY), ("bob", OTHER)):
        made[name] = project = make_project(tmp_path / name)
        project.configure(config)
        for shared in ("data", "cache"):
            (tmp_path / shared).mkdir(exist_ok=True)
            (project.folder / shared).symlink_to(tmp_path / shared)
        monkeypatch.chdir(project.folder)
        complete(project.folder, rule_inputs(parse_config(config)).plan)
    return made


def test_a_colleague_keeps_what_is_only_his_though_nothing_of_his_runs(lab):
    there = sorted(path for path in (lab["bob"].folder / "cache").rglob("*") if "synthfaces" in path.parts)
    assert "Nothing to be done" in lab["bob"].snakemake().stdout
    done = lab["alice"].snakemake("clean_stale", "--config", "confirm=true").stdout
    assert f"{lab['bob'].folder}, last run on" in done
    assert lab["bob"].planned() == {}
    assert [path for path in there if not path.exists()] == []
    (name,) = (path.name for path in (lab["bob"].folder / "cache/.users").iterdir() if path.name in done)
    lab["alice"].snakemake("clean_stale", "--config", "confirm=true", f"forget={name}")
    assert "crop" in lab["bob"].planned()


def test_nothing_is_removed_while_a_colleague_runs(lab):
    lab["bob"].configure({**OTHER, "anonymizers": {**OTHER["anonymizers"], "blur": {"kernel": 33}}})
    # Rendering takes seconds; a job that fails on a made-up file is over before anybody sees it.
    for folder, pattern in (("cache", "synthfaces/mtcnn-*/crops.zarr"), ("data", "*/truth.parquet")):
        for path in (lab["bob"].folder / folder).glob(pattern):
            path.rename(path.with_name("taken-away"))
    run = Run.start(lab["bob"])
    assert run.has_a_job()
    psutil.Process(run.process.pid).suspend()
    done = lab["alice"].snakemake("clean_stale", "--config", "confirm=true", check=False)
    psutil.Process(run.process.pid).resume()
    run.process.terminate()
    run.process.wait()
    assert done.returncode != 0
    assert "error: nothing was removed: " in done.stdout
    assert "is at work on" in done.stdout
    assert str(lab["bob"].folder) in done.stdout
