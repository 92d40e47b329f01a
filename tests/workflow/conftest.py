"""Projects to run, and one that has been run."""

import os
import shutil

import pytest
from filelock import FileLock
from labs import CACHED_STAGES, make_cached_lab
from projects import TINY, Project, make_project
from slurm_stub import install_stubs


@pytest.fixture
def project(tmp_path):
    """An empty project with the tiny configuration."""
    made = make_project(tmp_path / "project")
    made.configure(TINY)
    return made


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The tiny configuration, run to the end once for all tests that only read it.

    Of the processes that pytest-xdist starts, the first one runs it, and each has a copy.
    """
    own = tmp_path_factory.mktemp("finished") / "project"
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return _run_tiny(own)
    shared = tmp_path_factory.getbasetemp().parent / "finished"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            _run_tiny(shared.with_name("unfinished")).folder.rename(shared)
    return Project(shutil.copytree(shared, own, symlinks=True))


def _run_tiny(folder):
    shutil.rmtree(folder, ignore_errors=True)
    made = make_project(folder)
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
