"""The profile `slurm` with commands that stand in for Slurm's: what is asked of it, and what failures do."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from projects import Project
from toys import LIMIT_S, make_toy

from bauta.device import NVIDIA_DRIVER
from bauta.slurm import run_ids, running_here

pytestmark = pytest.mark.slow


@pytest.fixture
def toy(tmp_path, stub_slurm):
    """A function that makes the toy."""
    return lambda **given: make_toy(tmp_path / "toy", **given)


def test_the_real_workflow_makes_the_same_results(finished, tmp_path, stub_slurm):
    project = Project(tmp_path / "project")
    shutil.copytree(finished.folder, project.folder, symlinks=True)
    results = project.folder / "results/tiny"
    before = (results / "frontier.csv").read_bytes()
    for made in [*project.folder.rglob("cache/**/blur"), *results.rglob("measurements/**/blur")]:
        shutil.rmtree(made)
    (results / "frontier.csv").unlink()
    options = ("--profile", "slurm", "--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5")
    project.snakemake(*options)
    asked = {job["asked"]["--comment"].split("_wildcards")[0]: job["asked"] for job in stub_slurm.jobs()}
    assert stub_slurm.states() == ["COMPLETED"] * 4
    assert asked["rule_anonymize"]["--gpus"] == "1"
    assert asked["rule_anonymize"]["-p"] == "gpu"
    measured = next(call for name, call in asked.items() if "measure_synthfaces_blur" in name)
    # One after another: the memory of the largest, the time of all.
    assert (measured["-p"], measured["--mem"], measured["-t"]) == ("cpu", "3000", "90")
    assert (results / "frontier.csv").read_bytes() == before


def test_a_job_that_fails_is_tried_again_with_more_memory_and_more_time(toy, stub_slurm):
    made = toy(trouble="fail", gpu=True)
    assert made.run() == 0, made.output
    first, second = stub_slurm.jobs()
    assert (first["state"], second["state"]) == ("FAILED", "COMPLETED")
    asked, again = first["asked"], second["asked"]
    assert (asked["-p"], asked["--gpus"], asked["--mem"], asked["-t"]) == ("gpu", "1", "1000", "5")
    assert (again["-p"], again["--gpus"], again["--mem"], again["-t"]) == ("gpu", "1", "2000", "10")
    assert made.starts("a") == [(1, 1000, 5), (2, 2000, 10)]
    made.stores_are_whole()
    assert "RuntimeError: this attempt fails" in made.output


def test_a_gpu_job_has_its_threads_and_says_why_it_computes_on_the_cpu(toy, stub_slurm):
    made = toy(trouble="none", gpu=True)
    assert made.run("--set-threads", "write_store=2") == 0, made.output
    assert stub_slurm.jobs()[0]["asked"]["--cpus-per-task"] == "2"
    log = (made.folder / "logs/a.log").read_text()
    threads = min(2, os.cpu_count())
    assert f"Slurm job 1, threads: {threads}, computes on" in log
    assert f"PyTorch's threads: {threads}" in log
    if not NVIDIA_DRIVER.exists():
        assert "CUDA_VISIBLE_DEVICES is '0', but this machine has no NVIDIA driver" in log
        assert "PyTorch computes on the CPU: " in log


def test_without_gpus_in_the_cluster_the_same_job_asks_for_none(toy, stub_slurm):
    made = toy(trouble="none", gpu=True)
    assert made.run("--resources", "gpu=0", "mem_mb=1500", "in_turn=1") == 0, made.output
    (job,) = stub_slurm.jobs()
    assert job["asked"]["-p"] == "cpu"
    assert "--gpus" not in job["asked"]
    assert "no GPU: Slurm gave job 1 none" in (made.folder / "logs/a.log").read_text()


def test_no_attempt_asks_for_more_than_a_node_has(toy, stub_slurm):
    made = toy(trouble="fail")
    assert made.run("--resources", "gpu=0", "mem_mb=1500", "in_turn=1") == 0, made.output
    assert [job["asked"]["--mem"] for job in stub_slurm.jobs()] == ["1000", "1500"]


def test_a_cancelled_job_is_tried_again(toy, stub_slurm):
    made = toy(trouble="hang")
    process = made.start()
    made.wait_for_trouble("a")
    subprocess.run(["scancel", "1"], check=True)
    assert process.wait(timeout=LIMIT_S) == 0, made.output
    assert stub_slurm.states() == ["CANCELLED", "COMPLETED"]
    made.stores_are_whole()


def test_a_job_over_its_time_is_tried_again(toy, stub_slurm):
    made = toy(trouble="hang")
    process = made.start()
    made.wait_for_trouble("a")
    stub_slurm.expire(1)
    assert process.wait(timeout=LIMIT_S) == 0, made.output
    assert stub_slurm.states() == ["TIMEOUT", "COMPLETED"]
    made.stores_are_whole()


def test_a_job_that_slurm_refuses_is_reported_with_slurms_words(toy, stub_slurm):
    stub_slurm.refuse()
    made = toy(trouble="none")
    assert made.run() != 0
    assert "Requested node configuration is not available" in made.output
    assert not (made.folder / "stores").exists() or not list((made.folder / "stores").iterdir())


def test_after_a_kill_one_command_cancels_waits_and_goes_on(toy, stub_slurm):
    made = toy(trouble="hang", names=("a", "b"))
    process = made.start()
    made.wait_for_trouble("a", "b")
    assert running_here(made.folder) == process.pid
    command = [sys.executable, "-m", "bauta.slurm", "resume", "--configfile", "config.yaml"]
    refused = subprocess.run(command, cwd=made.folder, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert f"Snakemake is still running in {made.folder} (process {process.pid})" in refused.stderr
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert stub_slurm.states() == ["RUNNING", "RUNNING"]
    told = subprocess.run(
        [sys.executable, "-m", "bauta.slurm", "status"],
        cwd=made.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len([line for line in told.stdout.splitlines() if "RUNNING" in line]) == 2
    done = subprocess.run(
        [*command, "--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5"],
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
