"""What `bauta slurm` makes of Slurm's answers."""

import subprocess

import pytest

from bauta.cli import slurm
from bauta.cli.main import main
from bauta.cli.slurm import SlurmError, cancel, run_ids, table, unfinished


@pytest.fixture
def answers(monkeypatch):
    """A list of what squeue answers, one entry a call; the commands that were called."""
    lines, called = [], []

    def run(command, **_):
        called.append(list(command))
        text = lines.pop(0) if command[0] == "squeue" else ""
        return subprocess.CompletedProcess(command, 0, stdout=text, stderr="")

    monkeypatch.setattr(slurm.subprocess, "run", run)
    return lines, called


def write_log(folder, name, text):
    logs = folder / ".snakemake/log"
    logs.mkdir(parents=True, exist_ok=True)
    (logs / f"{name}.snakemake.log").write_text(text)


def test_run_ids_are_those_of_all_logs(tmp_path):
    write_log(tmp_path, "1", "Building DAG of jobs...\nSLURM run ID: aa-11\nUsing shell\n")
    write_log(tmp_path, "2", "local run\n")
    write_log(tmp_path, "3", "SLURM run ID: lab_bb-22\n")
    assert run_ids(tmp_path) == ["aa-11", "lab_bb-22"]


def test_without_a_run_slurm_is_not_asked(tmp_path, answers):
    assert unfinished(run_ids(tmp_path)) == []
    assert answers[1] == []


def test_cancel_waits_until_the_last_job_has_ended(answers):
    lines, called = answers
    two = "1|RUNNING|0:10|None|rule_a\n2|PENDING|0:00|Priority|rule_b\n"
    lines += [two, "1|COMPLETING|0:11|None|rule_a\n", ""]
    assert cancel(["aa", "bb"], patience=60, pause=0) == 2
    assert [command[0] for command in called] == ["squeue", "scancel", "squeue", "squeue"]
    assert called[1] == ["scancel", "--name=aa", "--name=bb"]


def test_jobs_that_do_not_end_are_an_error_and_not_a_wait_for_ever(answers):
    lines, _ = answers
    lines += ["5|COMPLETING|9:00|None|rule_a\n"] * 3
    with pytest.raises(SlurmError, match=r"1 jobs have not ended .* \(5 is COMPLETING\): is their node down"):
        cancel(["aa"], patience=-1, pause=0)


def test_a_comment_may_hold_the_separator(answers):
    answers[0].append("5|RUNNING|9:00|None|rule_a_wildcards_x|y\n")
    (job,) = unfinished(["aa"])
    assert job.what == "rule_a_wildcards_x|y"


def test_a_job_that_can_never_run_is_pointed_out(answers):
    answers[0].append("5|PENDING|0:00|PartitionTimeLimit|rule_a\n6|PENDING|0:00|Resources|rule_b\n")
    text = table(unfinished(["aa"]))
    assert "waiting for something that does not resolve by itself: 5;" in text
    assert "scancel 5`" in text


def test_away_from_a_cluster_it_is_one_line(tmp_path, monkeypatch):
    write_log(tmp_path, "1", "SLURM run ID: aa-11\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="error: squeue is not there: is this a login node of the cluster"):
        main(["slurm", "status"])
