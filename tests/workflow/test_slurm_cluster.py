"""The profile `slurm` on a real Slurm: what is run where, and what lost, late and large jobs come to."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from slurm_cluster import Cluster, why_not
from toys import LIMIT_S, QUICKLY, make_toy

pytestmark = pytest.mark.slurm


@pytest.fixture(scope="module")
def running_cluster():
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    # pytest's own folders are too long for a Unix socket.
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    made = Cluster(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(running_cluster, monkeypatch):
    """The cluster with nothing to do, and its commands for Snakemake."""
    for name, value in running_cluster.environment.items():
        monkeypatch.setenv(name, value)
    running_cluster.wait_until_idle()
    running_cluster.before = len(running_cluster.states())
    return running_cluster


def new_states(cluster):
    return cluster.states()[cluster.before :]


def test_a_gpu_job_gets_a_gpu_and_says_that_it_computes_on_the_cpu(cluster, tmp_path):
    toy = make_toy(tmp_path / "toy", {"a": "none"}, gpu=["a"])
    assert toy.run() == 0, toy.output
    assert "Auto-selected partition 'gpu'" in toy.output
    log = (toy.folder / "logs/a.log").read_text()
    assert "CUDA_VISIBLE_DEVICES is '0', but" in log
    assert new_states(cluster) == ["COMPLETED"]
    toy.stores_are_whole()


def test_a_job_without_a_gpu_sees_none(cluster, tmp_path):
    toy = make_toy(tmp_path / "toy", {"a": "none"})
    assert toy.run() == 0, toy.output
    assert "CUDA_VISIBLE_DEVICES is not set" in (toy.folder / "logs/a.log").read_text()


def test_a_cancelled_job_is_tried_again(cluster, tmp_path):
    toy = make_toy(tmp_path / "toy", {"a": "hang"})
    process = toy.start()
    toy.wait_for_trouble("a")
    ((number, _),) = cluster.running()
    cluster.cancel(number)
    assert process.wait(timeout=LIMIT_S) == 0, toy.output
    assert new_states(cluster) == ["CANCELLED", "COMPLETED"]
    toy.stores_are_whole()


def test_a_job_over_its_time_is_tried_again_with_more(cluster, tmp_path):
    toy = make_toy(tmp_path / "toy", {"a": "hang"}, minutes=1)
    assert toy.run() == 0, toy.output
    assert new_states(cluster) == ["TIMEOUT", "COMPLETED"]
    assert [minutes for _, _, minutes in toy.starts("a")] == [1, 2]
    toy.stores_are_whole()


def test_a_job_over_its_memory_is_tried_again_with_more(cluster, tmp_path):
    toy = make_toy(tmp_path / "toy", {"a": "memory"}, memory=1000)
    assert toy.run() == 0, toy.output
    assert [memory for _, memory, _ in toy.starts("a")] == [1000, 2000]
    assert new_states(cluster)[1:] == ["COMPLETED"]
    toy.stores_are_whole()


def test_what_ran_on_a_lost_node_is_run_on_another(cluster, tmp_path):
    toy = make_toy(tmp_path / "toy", {"a": "hang"})
    process = toy.start()
    toy.wait_for_trouble("a")
    ((_, node),) = cluster.running()
    cluster.lose_node(node)
    try:
        assert process.wait(timeout=LIMIT_S) == 0, toy.output
    finally:
        cluster.start_node(node)
    assert len(toy.starts("a")) == 2
    assert new_states(cluster)[-1] == "COMPLETED"
    toy.stores_are_whole()


def test_a_controller_that_is_away_for_a_while_is_waited_for(cluster, tmp_path):
    toy = make_toy(tmp_path / "toy", {"a": "pause"})
    process = toy.start()
    toy.wait_for_trouble("a")
    cluster.stop_controller()
    # The job ends meanwhile, and Snakemake asks for it several times.
    time.sleep(20)
    cluster.start_controller()
    assert process.wait(timeout=LIMIT_S) == 0, toy.output
    assert len(toy.starts("a")) == 1
    toy.stores_are_whole()


def test_a_job_that_no_node_can_run_is_reported(cluster, tmp_path):
    toy = make_toy(tmp_path / "toy", {"a": "none"}, memory=20000)
    assert toy.run("--resources", "mem_mb=20000") != 0
    assert "Requested node configuration is not available" in toy.output
    assert set(new_states(cluster)) == {"FAILED"}
    assert toy.starts("a") == []


def test_after_a_kill_one_command_cancels_waits_and_goes_on(cluster, tmp_path):
    toy = make_toy(tmp_path / "toy", {"a": "hang", "b": "hang"})
    process = toy.start()
    toy.wait_for_trouble("a", "b")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert len(cluster.running()) == 2
    done = subprocess.run(
        [sys.executable, "-m", "bauta", "slurm", "resume", "--configfile", "config.yaml", *QUICKLY],
        cwd=toy.folder,
        env={**os.environ, "TOY_POLL": "1"},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert new_states(cluster) == ["CANCELLED", "CANCELLED", "COMPLETED", "COMPLETED"]
    toy.stores_are_whole()
