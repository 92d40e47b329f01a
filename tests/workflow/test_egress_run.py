"""A whole run, and DVC in the repository, without a network and under strace: nobody is called."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from labs import DVC_FILES
from projects import ROOT, make_project
from watched import CACHES, reached_by, watch

SNAKEMAKE = [sys.executable, "-m", "snakemake", "--cores", "2"]
DVC = [str(Path(sys.executable).with_name("dvc"))]


def test_who_reaches_out_is_named_and_slurms_own_programs_may():
    calls = [
        '1 execve("/usr/bin/python3", ["python3"], 0x7 /* 9 vars */) = 0',
        '2 execve("/opt/bin/scontrol", ["scontrol"], 0x7 /* 9 vars */) = -1 ENOENT',
        '2 execve("/usr/bin/scontrol", ["scontrol"], 0x7 /* 9 vars */) = 0',
        *(f'{process} openat(AT_FDCWD, "/etc/resolv.conf", O_RDONLY) = 3' for process in (1, 2, 3)),
        '1 openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = 3',
    ]
    assert [call.partition(" openat")[0] for call in reached_by(calls)] == [
        "/usr/bin/python3: 1",
        "a thread: 3",
    ]


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_run_reaches_for_nobody_and_writes_only_where_it_is_said(project, tmp_path):
    home = tmp_path / "home"
    seen = watch(SNAKEMAKE, project.folder, home)
    assert (project.folder / "results/tiny/report.html").is_file()
    assert seen.reached == []
    assert seen.strayed(project.folder, home / "tmp", *(home / cache for cache in CACHES)) == []


@pytest.mark.long
@pytest.mark.timeout(3 * 3600)
@pytest.mark.skipif("BAUTA_GUARD" not in os.environ, reason="half an hour and more: set BAUTA_GUARD=default")
def test_the_default_run_reaches_for_nobody(tmp_path):
    home, made = tmp_path / "home", make_project(tmp_path / "project")
    shutil.copyfile(ROOT / "config.yaml", made.folder / "config.yaml")
    seen = watch(SNAKEMAKE, made.folder, home)
    assert (made.folder / "results/demo/report.html").is_file()
    assert seen.reached == []
    assert seen.strayed(made.folder, home / "tmp", *(home / cache for cache in CACHES)) == []


@pytest.mark.slow
@pytest.mark.parametrize("command", ["version", "stage list", "status", "config --list"])
def test_dvc_in_the_repository_reaches_for_nobody(command, tmp_path):
    folder, home = tmp_path / "repository", tmp_path / "home"
    for name in (*DVC_FILES, "dvc_keys.yaml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    # Without it, what DVC knows of every repository of the machine would be beside the test's.
    site = home / ".cache/dvc/site"
    seen = watch([*DVC, *command.split()], folder, home, DVC_SITE_CACHE_DIR=str(site))
    assert seen.reached == []
    assert seen.strayed(folder, home / "tmp", *(home / cache for cache in CACHES)) == []
    # What would send is a process of its own, which need not live long enough to be seen at it.
    assert [call for call in seen.started if '"daemon"' in call] == []
