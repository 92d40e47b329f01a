"""The profile `slurm` with commands that stand in for Slurm's: what is asked of it, and what failures do."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass

import pytest
from projects import Project
from slurm_stub import StubSlurm, install_stubs
from toys import LIMIT_S, QUICKLY, Toy, make_toy

from bauta.cli.slurm import run_ids, running_here
from bauta.inference.device import NVIDIA_DRIVER

pytestmark = pytest.mark.long


TROUBLE = {"calm": "none", "cancelled": "hang", "fails": "fail", "late": "hang"}
GPU_LOG = "CUDA_VISIBLE_DEVICES is '0', but this machine has no NVIDIA driver"


@dataclass(frozen=True)
class Troubled:
    """A run of four jobs, three of which ran into trouble, and what Slurm was told of each."""

    toy: Toy
    slurm: StubSlurm

    def attempts(self, name):
        jobs = self.slurm.jobs()
        return [job for job in jobs if job["asked"]["--comment"] == f"rule_write_store_wildcards_{name}"]


@pytest.fixture(scope="module")
def troubled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("troubled")
    with pytest.MonkeyPatch.context() as patch:
        made = Troubled(make_toy(folder / "toy", TROUBLE, gpu=["calm"]), install_stubs(folder, patch))
        process = made.toy.start("--set-threads", "write_store=2")
        made.toy.wait_for_trouble("cancelled", "late")
        ((number,), (late,)) = ([job["number"] for job in made.attempts(n)] for n in ("cancelled", "late"))
        subprocess.run(["scancel", str(number)], check=True)
        made.slurm.expire(late)
        assert process.wait(timeout=LIMIT_S) == 0, made.toy.output
        yield made


@pytest.mark.parametrize(
    ("name", "state"), [("fails", "FAILED"), ("cancelled", "CANCELLED"), ("late", "TIMEOUT")]
)
def test_a_job_in_trouble_is_tried_again_with_more_memory_and_more_time(troubled, name, state):
    first, second = troubled.attempts(name)
    assert (first["state"], second["state"]) == (state, "COMPLETED")
    assert [first["asked"][key] for key in ("-p", "--mem", "-t")] == ["cpu", "1000", "5"]
    assert [second["asked"][key] for key in ("-p", "--mem", "-t")] == ["cpu", "2000", "10"]
    assert troubled.toy.starts(name) == [(1, 1000, 5), (2, 2000, 10)]


def test_nothing_is_left_half_done(troubled):
    troubled.toy.stores_are_whole()


def test_a_failure_is_shown_with_its_reason(troubled):
    assert "RuntimeError: this attempt fails" in troubled.toy.output
    assert "SLURM status is: 'TIMEOUT'" in troubled.toy.output


def test_a_gpu_job_has_a_gpu_and_its_threads_and_says_why_it_computes_on_the_cpu(troubled):
    (job,) = troubled.attempts("calm")
    asked = job["asked"]
    assert (asked["-p"], asked["--gpus"], asked["--cpus-per-task"]) == ("gpu", "1", "2")
    log = (troubled.toy.folder / "logs/calm.log").read_text()
    threads = min(2, os.cpu_count())
    assert f"Slurm job {job['number']}, threads: {threads}, computes on" in log
    assert f"PyTorch's threads: {threads}" in log
    if not NVIDIA_DRIVER.exists():
        assert log.count(GPU_LOG) == 2


def test_without_gpus_nobody_asks_for_one_and_no_attempt_for_more_than_a_node_has(tmp_path, stub_slurm):
    toy = make_toy(tmp_path / "toy", {"a": "fail"}, gpu=["a"])
    assert toy.run("--resources", "gpu=0", "mem_mb=1500", "in_turn=1") == 0, toy.output
    for job in stub_slurm.jobs():
        assert job["asked"]["-p"] == "cpu"
        assert "--gpus" not in job["asked"]
    assert [job["asked"]["--mem"] for job in stub_slurm.jobs()] == ["1000", "1500"]
    assert "no GPU: Slurm gave job 2 none" in (toy.folder / "logs/a.log").read_text()


def test_a_job_that_slurm_refuses_is_reported_with_slurms_words(tmp_path, stub_slurm):
    stub_slurm.refuse()
    made = make_toy(tmp_path / "toy", {"a": "none"})
    assert made.run() != 0
    assert "Requested node configuration is not available" in made.output
    assert not (made.folder / "stores").exists() or not list((made.folder / "stores").iterdir())


def test_after_a_kill_one_command_cancels_waits_and_goes_on(tmp_path, stub_slurm):
    made = make_toy(tmp_path / "toy", {"a": "hang", "b": "hang"})
    process = made.start()
    made.wait_for_trouble("a", "b")
    assert running_here(made.folder) == process.pid
    command = [sys.executable, "-m", "bauta", "slurm", "resume", "--configfile", "config.yaml"]
    refused = subprocess.run(command, cwd=made.folder, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert f"Snakemake is still running in {made.folder} (process {process.pid})" in refused.stderr
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert stub_slurm.states() == ["RUNNING", "RUNNING"]
    told = subprocess.run(
        [sys.executable, "-m", "bauta", "slurm", "status"],
        cwd=made.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len([line for line in told.stdout.splitlines() if "RUNNING" in line]) == 2
    done = subprocess.run(
        [*command, *QUICKLY],
        cwd=made.folder,
        env={**os.environ, "TOY_POLL": "1"},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cancelled 2 jobs" in done.stdout
    assert stub_slurm.states() == ["CANCELLED", "CANCELLED", "COMPLETED", "COMPLETED"]
    assert len(set(run_ids(made.folder))) == 2
    made.stores_are_whole()


def test_the_real_workflow_makes_the_same_results(finished, tmp_path, stub_slurm):
    project = Project(tmp_path / "project")
    shutil.copytree(finished.folder, project.folder, symlinks=True)
    results = project.folder / "results/tiny"
    before = (results / "frontier.csv").read_bytes()
    for made in [*project.folder.rglob("cache/**/blur"), *results.rglob("measurements/**/blur")]:
        shutil.rmtree(made)
    (results / "frontier.csv").unlink()
    project.snakemake("--profile", "slurm", *QUICKLY)
    asked = {job["asked"]["--comment"].split("_wildcards")[0]: job["asked"] for job in stub_slurm.jobs()}
    assert set(stub_slurm.states()) == {"COMPLETED"}
    # Blur computes on the CPU wherever it runs.
    assert "--gpus" not in asked["rule_anonymize"]
    assert asked["rule_anonymize"]["-p"] == "cpu"
    # The measurements of the set, in one call to Slurm.
    groups = [call for name, call in asked.items() if "measure_synthfaces_blur" in name]
    measured = max(groups, key=lambda call: int(call["-t"]))
    # One after another: the memory of the largest, the time of all.
    assert (measured["-p"], measured["--mem"], measured["-t"]) == ("cpu", "4000", "165")
    assert (results / "frontier.csv").read_bytes() == before
