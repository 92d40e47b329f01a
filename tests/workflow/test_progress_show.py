"""The console of a run, from Snakemake's events as they are recorded."""

import io
import logging

import pytest

from bauta.workflow.progress.console import Console
from bauta.workflow.progress.jobs import Job
from bauta.workflow.progress.show import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Screen:
    """A console, with a clock that is set by hand."""

    def __init__(self, *, terminal=False, **options):
        self.stream = Terminal() if terminal else io.StringIO()
        self.now = 0.0
        console = Console(self.stream, color=False)
        self.progress = Progress(console, clock=lambda: self.now, **options)

    def event(self, name, level=logging.INFO, message="", **fields):
        record = logging.LogRecord("snakemake.logging", level, "file", 1, message, (), None)
        record.__dict__.update(fields, event=name)
        self.progress.handle(record)

    def says(self, message, level=logging.INFO):
        self.event(None, level, message)

    def plan(self, *jobs, keep_going=False, cores=2):
        self.event("resources_info", cores=cores)
        self.event("bauta_jobs", planned=list(jobs), keep_going=keep_going)

    def start(self, job):
        fields = {"jobid": job.number, "rule_name": job.rule, "wildcards": job.wildcards, "threads": 1}
        self.event("job_info", **fields, reason="", output=list(job.outputs), input=list(job.inputs))

    def finish(self, job):
        self.event("job_finished", job_id=job.number)

    def fail(self, job, ended="", log=(), **more):
        text = (
            f"RuleException:\nCalledProcessError in file \"a.smk\", line 25:\nCommand 'python a.py' {ended}"
        )
        if ended:
            self.event("error", logging.ERROR, text, exception="RuleException")
        fields = {"jobid": job.number, "rule_name": job.rule, "rule_msg": None, "indent": False}
        self.event("job_error", logging.ERROR, "Error in rule", **fields | {"log": list(log)} | more)

    @property
    def lines(self):
        return self.stream.getvalue().splitlines()


def jobs(count, rule="attack", **more):
    return [
        Job(
            number,
            rule,
            {"dataset": "lfw", "backend": "blur", "setting": f"kernel={number}-0000000{number}"},
            **more,
        )
        for number in range(1, count + 1)
    ]


@pytest.fixture(autouse=True)
def no_earlier_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_rule_on_a_dataset_is_one_line_however_many_jobs_it_has():
    screen = Screen()
    many, plot = jobs(9), Job(10, "plot", {"dataset": "lfw", "kind": "frontier"})
    screen.plan(*many, plot, Job(11, "all"))
    for job in (*many, plot):
        screen.start(job)
        screen.now += 2
        screen.finish(job)
    screen.says("Complete log(s): /x/.snakemake/log/a.log")
    screen.says("Elapsed time: 0:00:20")
    assert screen.lines == [
        "10 jobs on 2 cores, time left unknown: too few of these jobs have run here before",
        "   0:18   9 of 10  attack · lfw (9 jobs, 18 s)",
        "   0:20  10 of 10  plot · lfw · frontier (2.0 s)",
        "done: 10 jobs in 20 s",
    ]


DEFAULT_RUN = """
    render 1 index 1 attributes 1 split 1 judge 1 detect 1 align 1 crop 1 embed_originals 1 embed_people 1
    express_originals 2 express_training 1 landmarks 1 agreement 1 anonymize 14 anonymize_people 14
    attack_clear 1
    audit 13 parse 1 coverage 13 embed_anonymized 14 express_anonymized 26 realism 13 adapt 13 attack 13
    expression 26 soft 13 view 35 suite 14 frontier 1 plot 5 plot_contact_sheet 1 plot_restored 1
    report_page 1
"""
SUMMARY = "\n".join(["the summary of the results"] * 16)


def test_the_default_run_has_less_than_60_lines():
    screen = Screen()
    words = DEFAULT_RUN.split()
    rules = [rule for rule, count in zip(words[::2], words[1::2], strict=True) for _ in range(int(count))]
    planned = [Job(number, rule, {"dataset": "synthfaces"}) for number, rule in enumerate(rules, start=1)]
    screen.plan(*planned)
    for job in planned:
        screen.start(job)
        screen.now += 6
        screen.progress.refresh()
        screen.finish(job)
    screen.says(SUMMARY)
    screen.says("Elapsed time: 1")
    assert len(planned) == 247
    assert len(screen.lines) < 60


def test_a_terminal_has_one_more_line_that_is_rewritten(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    screen = Screen(terminal=True)
    one, two, three = jobs(3)
    screen.plan(one, two, three)
    screen.start(one)
    screen.now = 4.0
    screen.finish(one)
    screen.start(two)
    screen.start(three)
    screen.now = 5.0
    screen.progress.refresh()
    shown = screen.stream.getvalue().split("\r\x1b[K")[-1]
    assert shown == "1 of 3  about 3 s left; now attack · lfw · blur kernel=2 (…"
    assert len(shown) == 59
    screen.progress.close()
    assert screen.stream.getvalue().endswith("\r\x1b[K"), "nothing of it is left at the end"


def test_a_file_gets_the_state_the_more_seldom_the_longer_it_takes():
    screen = Screen()
    (job,) = jobs(1)
    screen.plan(job)
    screen.start(job)
    for _ in range(24 * 60):
        screen.now += 60
        screen.progress.refresh()
    states = [line for line in screen.lines if "now attack · lfw · blur kernel=1" in line]
    assert states[0].startswith("   2:00  0 of 1  time left unknown; now attack")
    assert 40 < len(states) < 70, "a day"


def test_what_is_not_known_is_shown_and_chatter_is_not():
    screen = Screen()
    for text in ("Building DAG of jobs...", "Select jobs to execute...", "Using shell: /bin/bash", "", "\n"):
        screen.says(text)
    screen.says("Nothing to be done (all requested files are present and up to date).")
    screen.says("Will exit after finishing currently running jobs (scheduler).")
    screen.says("Will exit after finishing currently running jobs (scheduler).")
    screen.says("a warning of the workflow", logging.WARNING)
    screen.event("error", logging.ERROR, "WorkflowError:\nno rule for x", exception="WorkflowError")
    screen.event("something_new", message="a new event")
    assert screen.lines == [
        "Nothing to be done (all requested files are present and up to date).",
        "Will exit after finishing currently running jobs (scheduler).",
        "a warning of the workflow",
        "WorkflowError:",
        "no rule for x",
        "a new event",
    ]


@pytest.mark.parametrize(
    ("keep_going", "goes_on"),
    [
        (False, "1 running job until done, then the run stops; with --keep-going, everything that does not"),
        (True, "everything that does not depend on it"),
    ],
)
def test_a_failure_says_what_failed_why_what_to_do_and_what_goes_on(keep_going, goes_on):
    screen = Screen()
    one, two, three = jobs(3)
    screen.plan(one, two, three, keep_going=keep_going)
    screen.start(one)
    screen.start(two)
    screen.fail(one, "died with <Signals.SIGKILL: 9>.", ["missing.log"])
    screen.finish(two)
    screen.says("Exiting because a job execution failed. Look above for error messages", logging.ERROR)
    screen.says("Complete log(s): a.log")
    screen.says("Elapsed time: 0:00:20")
    screen.event("error", logging.ERROR, "WorkflowError:\nAt least one job did not complete successfully.")
    assert screen.lines[1:3] == [
        "failed: attack · lfw · blur kernel=1",
        "  reason:  its process was killed (SIGKILL), most often because the memory is used up",
    ]
    assert screen.lines[3].startswith("  to do:   run fewer jobs at once (--cores 1)")
    assert screen.lines[4].startswith(f"  goes on: {goes_on}")
    assert screen.lines[5:] == [
        "stopped after 0.0 s: 1 of 3 jobs done, 1 failed, 1 not run; Snakemake's log: a.log"
    ]


@pytest.mark.parametrize("ended", ["died with <Signals.SIGINT: 2>.", "returned non-zero exit status 130."])
def test_what_ctrl_c_ends_has_not_failed(ended):
    screen = Screen()
    (job,) = jobs(1)
    screen.plan(job)
    screen.start(job)
    screen.fail(job, ended)
    screen.says("Elapsed time: 1")
    assert screen.lines[1:] == [
        "interrupted: attack · lfw · blur kernel=1",
        "stopped after 0.0 s: 0 of 1 job done, 1 not run",
    ]


def test_the_same_reason_is_explained_once():
    screen = Screen()
    many = jobs(8)
    screen.plan(*many, keep_going=True)
    for job in many:
        screen.start(job)
        screen.fail(job, "returned non-zero exit status 1.")
    assert len([line for line in screen.lines if line.startswith("failed: ")]) == 1
    assert len([line for line in screen.lines if line.startswith("failed for the same reason: ")]) == 2
    assert len(screen.lines) == 1 + 4 + 2 + 1
    screen.says("Elapsed time: 1")
    assert screen.lines[-1].endswith("0 of 8 jobs done, 8 failed")


def test_a_job_that_is_tried_again_is_not_lost_yet():
    screen = Screen()
    (job,) = jobs(1, retries=1)
    screen.plan(job)
    screen.start(job)
    screen.fail(job, rule_msg="SLURM-job '7' failed, SLURM status is: 'TIMEOUT'. For more see the log.")
    assert screen.lines[-1] == "  goes on: the job is tried again, with more memory and more time"
    screen.says("Trying to restart job 1.")
    screen.start(job)
    screen.finish(job)
    assert screen.lines[-1].endswith("1 of 1  attack · lfw · blur kernel=1 (0.0 s)")


def test_the_second_attempt_is_the_last_of_two():
    screen = Screen()
    (job,) = jobs(1, retries=1)
    screen.plan(job)
    for _ in range(2):
        screen.start(job)
        screen.fail(job)
    screen.says("Elapsed time: 1")
    assert screen.lines[-1] == "stopped after 0.0 s: 0 of 1 job done, 1 failed"


def test_of_a_group_the_job_that_has_a_reason_is_named_once(tmp_path):
    screen = Screen()
    one, two, three = jobs(3)
    screen.plan(one, two, three, keep_going=True)
    for job in (one, two, three):
        screen.start(job)
    (tmp_path / "2.log").write_text("2026-01-01 10:00:01,000 ERROR bauta.workflow.job: no faces\n")
    screen.finish(one)
    infos = [
        {"jobid": job.number, "rule_name": job.rule, "log": [f"{job.number}.log"], "output": []}
        for job in (one, two, three)
    ]
    screen.event("group_error", logging.ERROR, "Error", groupid="x", aux_logs=[], job_error_info=infos)
    for job in (one, two, three):
        screen.fail(job, indent=True)
    assert [line for line in screen.lines if line.startswith("failed")] == [
        "failed: attack · lfw · blur kernel=2"
    ]
    assert "  reason:  no faces" in screen.lines
    screen.says("Elapsed time: 1")
    assert screen.lines[-1].endswith("1 of 3 jobs done, 1 failed, 1 not run")


def test_jobs_that_write_to_the_console_are_left_alone():
    screen = Screen(terminal=True)
    job = Job(1, "status")
    screen.plan(job)
    screen.start(job)
    screen.progress.refresh()
    screen.finish(job)
    screen.says("Elapsed time: 1")
    assert screen.stream.getvalue() == ""


@pytest.mark.parametrize(
    ("quiet", "expected"),
    [({"progress"}, ["failed:"]), ({"rules"}, ["2 jobs", "failed:", "stopped"]), ({"all"}, [])],
)
def test_quiet_still_tells_what_failed(quiet, expected):
    screen = Screen(quiet=quiet)
    one, two = jobs(2)
    screen.plan(one, two)
    screen.start(one)
    screen.finish(one)
    screen.start(two)
    screen.fail(two)
    screen.says("Elapsed time: 1")
    heads = [line for line in screen.lines if not line.startswith("  ")]
    for head in expected:
        assert any(line.startswith(head) for line in heads)
    assert bool(screen.lines) == bool(expected)
    assert not any("1 of 2  attack" in line for line in screen.lines)


def test_a_quiet_dry_run_is_snakemakes_table():
    screen = Screen(dry=True, quiet={"rules", "progress"})
    screen.event(
        "run_info", message="Job stats:\nattack 2\n", msg="Job stats:\nattack 2\n", stats={"attack": 2}
    )
    assert screen.lines == ["Job stats:", "attack 2"]


def test_a_workflow_that_does_not_tell_its_jobs_is_counted_by_rule():
    screen = Screen()
    one, two = jobs(2)
    screen.event("run_info", stats={"attack": 2, "all": 1, "total": 3})
    for job in (one, two):
        screen.start(job)
        screen.finish(job)
    assert screen.lines == ["   0:00  2 of 2  attack (2 jobs, 0.0 s)"]
