"""Why a job failed, as its log and Snakemake tell it."""

import os

import pytest

from bauta.workflow.progress.failures import ABOVE, KNOWN, LOOK, MEMORY, REPORT, failure

FIRST = "2026-01-01 10:00:00,000 INFO bauta.workflow.job: on node, threads: 1, computes on the CPU\n"
ERROR = "2026-01-01 10:00:01,000 ERROR bauta.workflow.job: "
TRACEBACK = """the job failed
Traceback (most recent call last):
  File "a.py", line 1, in <module>
    1 / 0
ZeroDivisionError: division by zero
a library says something at the end
"""


@pytest.fixture
def log(tmp_path):
    return tmp_path / "a.log"


@pytest.mark.parametrize(
    ("text", "reason", "remedy"),
    [
        (f"{FIRST}{ERROR}no face in a.jpg: use another\n", "no face in a.jpg: use another", KNOWN),
        (f"{FIRST}{ERROR}first\n{ERROR}second\n", "second", KNOWN),
        (FIRST + ERROR + TRACEBACK, "ZeroDivisionError: division by zero", REPORT),
        (f"{TRACEBACK}CalledProcessError in file a.smk", "ZeroDivisionError: division by zero", REPORT),
        (
            TRACEBACK.replace("ZeroDivisionError", "bauta.errors.MissingPackageError"),
            "MissingPackageError: division by zero",
            KNOWN,
        ),
        (f"{FIRST}{ERROR}the job failed\n", "the job failed", REPORT),
    ],
    ids=["known", "the last one", "defect", "before the log", "own, before the log", "cut off"],
)
def test_the_reason_is_in_the_log(log, text, reason, remedy):
    log.write_text(text)
    found = failure("index · lfw", [str(log)])
    assert (found.reason, found.log, found.remedy) == (reason, str(log), remedy)


@pytest.mark.parametrize(
    ("ended", "reason", "remedy"),
    [
        (
            "died with <Signals.SIGKILL: 9>.",
            "its process was killed (SIGKILL), most often because the memory is used up",
            MEMORY,
        ),
        ("died with <Signals.SIGSEGV: 11>.", "its process was killed (SIGSEGV)", LOOK),
        (
            "returned non-zero exit status 137.",
            "its process was killed (SIGKILL), most often because the memory is used up",
            MEMORY,
        ),
        (
            "returned non-zero exit status 1.",
            "its process ended with exit status 1 and without a reason",
            LOOK,
        ),
        ("", "Snakemake gives no reason", LOOK),
    ],
)
def test_a_process_that_could_not_say_why_it_ended(log, ended, reason, remedy):
    log.write_text(FIRST)
    found = failure("index · lfw", [str(log)], ended=f"Command 'python' {ended}")
    assert (found.reason, found.log, found.remedy) == (reason, str(log), remedy)


@pytest.mark.parametrize(
    ("state", "slurm_log", "reason", "word"),
    [
        ("TIMEOUT", "", "it took longer than it had requested", "runtime"),
        ("FAILED", "JOB 7 CANCELLED AT 10:00 DUE TO TIME LIMIT", "it took longer than it had", "runtime"),
        ("FAILED", "slurmstepd: error: Detected 1 oom_kill event", "it used more memory than it", "mem_mb"),
        ("NODE_FAIL", "", "Slurm ended it: NODE_FAIL", "see what it wrote"),
    ],
)
def test_what_slurm_says(tmp_path, log, state, slurm_log, reason, word):
    (tmp_path / "slurm.log").write_text(slurm_log)
    message = f"SLURM-job '7' failed, SLURM status is: '{state}'. For further error details see the log."
    found = failure("index · lfw", [str(log), str(tmp_path / "slurm.log")], message)
    assert found.reason.startswith(reason)
    assert word in found.remedy


def test_the_log_of_an_earlier_run_is_not_believed(log):
    log.write_text(f"{FIRST}{ERROR}an old error\n")
    os.utime(log, (1000, 1000))
    found = failure("index · lfw", [str(log)], "sbatch failed", since=2000)
    assert (found.reason, found.log) == ("sbatch failed", "")


def test_the_message_has_one_line_for_each_question():
    assert failure("index · lfw", ["missing.log"], "it was rejected").lines("nothing") == [
        "failed: index · lfw",
        "  reason:  it was rejected",
        f"  to do:   {ABOVE}",
        "  goes on: nothing",
    ]
