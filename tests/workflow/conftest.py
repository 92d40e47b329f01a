"""Projects to run, and one that has been run."""

import pytest
from labs import CACHED_STAGES, make_cached_lab
from projects import TINY, make_project
from slurm_stub import install_stubs


@pytest.fixture
def project(tmp_path):
    """An empty project with the tiny configuration."""
    made = make_project(tmp_path / "project")
    made.configure(TINY)
    return made


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The tiny configuration, run to the end once for all tests that only read it."""
    made = make_project(tmp_path_factory.mktemp("finished"))
    made.configure(TINY)
    made.snakemake()
    return made


@pytest.fixture
def stub_slurm(tmp_path, monkeypatch):
    """Slurm's commands, replaced by stubs for this test."""
    return install_stubs(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A repository whose cached stages are made up and pushed to the folder `remote` beside it."""
    folder = tmp_path_factory.mktemp("lab")
    made = make_cached_lab(folder / "origin")
    made.name_remote(folder / "remote")
    made.dvc("push", *CACHED_STAGES)
    return made
