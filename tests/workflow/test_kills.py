"""`kill -9` of jobs and of Snakemake at random moments of a run."""

import os
import random
import sys

import psutil
import pytest
from projects import TINY, make_project
from runs import Run, content, differences

pytestmark = [pytest.mark.long, pytest.mark.timeout(7200)]

KILLS = int(os.environ.get("BAUTA_KILLS", "8"))
"""Eight fit into the time of a check of every change; more are made by hand."""

LONGEST_S = 6.0


@pytest.fixture
def orphans():
    """Jobs whose Snakemake was killed; they run on, and are gone when the test is over."""
    found: list[psutil.Process] = []
    yield found
    for process in found:
        if process.is_running():
            process.kill()
    psutil.wait_procs(found)


def test_kills_change_no_byte_of_the_result(finished, tmp_path, orphans):
    """Orphaned jobs run on beside the next run's, as they do after a node or a login shell is lost."""
    seed = int(os.environ.get("BAUTA_KILL_SEED", random.SystemRandom().randrange(2**32)))
    sys.stdout.write(f"BAUTA_KILL_SEED={seed}\n")
    choice = random.Random(seed)
    project, killed = None, []
    while len(killed) < KILLS:
        if project is None:
            project = make_project(tmp_path / f"project{len(killed)}")
            project.configure(TINY)
        run = Run.start(project)
        if not run.has_a_job() or run.ends_within(choice.uniform(0, LONGEST_S)):
            # The run came to its end between two kills: the next one begins from nothing.
            assert run.process.returncode == 0, run.said()[-4000:]
            compare(finished, project)
            project = None
            continue
        jobs = run.jobs()
        if jobs and choice.random() < 0.5:
            killed.append("job")
            choice.choice(jobs).kill()
            run.process.wait()
            continue
        killed.append("snakemake")
        orphans += jobs
        run.process.kill()
        run.process.wait()
        project.snakemake("--unlock")
    assert {"job", "snakemake"} <= set(killed)
    if project is not None:
        project.snakemake()
        psutil.wait_procs(orphans)
        compare(finished, project)
        assert "Nothing to be done" in project.snakemake().stdout


def compare(finished, project):
    expected, got = (content(each.folder, "cache", "results") for each in (finished, project))
    # A table or a text whose writer was killed in the middle; a store's folder is gone with its job.
    left = {name for name in got if ".partial-" in name}
    assert not [name for name in left if ".zarr.partial-" in name]
    assert not differences({name: got[name] for name in got.keys() - left}, expected)
