"""Two runs of Snakemake at once on one cache."""

import pytest
from projects import TINY, make_project
from runs import Run, content, differences

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


def test_two_runs_at_once_on_one_cache(finished, tmp_path):
    """Each in a folder of its own: Snakemake's lock, which knows one folder only, does not help."""
    (tmp_path / "data").mkdir()
    (tmp_path / "cache").mkdir()
    projects = [make_project(tmp_path / name) for name in ("one", "other")]
    for project in projects:
        project.configure(TINY)
        for name in ("data", "cache"):
            (project.folder / name).symlink_to(tmp_path / name)
    runs = [Run.start(project) for project in projects]
    for run in runs:
        run.process.wait()
    for project, run in zip(projects, runs, strict=True):
        # A run may lose an input that the other one is making again. It stops, and the next one finds all.
        if run.process.returncode != 0:
            assert "Traceback" not in run.said(), run.said()[-4000:]
            project.snakemake()
        assert not differences(content(project.folder, "results"), content(finished.folder, "results"))
        assert project.planned() == {}
    assert not differences(content(tmp_path, "cache"), content(finished.folder, "cache"))
    assert "0 damaged" in projects[0].snakemake("verify").stdout
