"""What is shown of a run."""

import logging

import pytest

from bauta.workflow.log_filter import Brief


def record_of(**extra):
    logger = logging.getLogger("test_brief")
    logger.setLevel(logging.INFO)
    message = extra.pop("message", "Error in rule index, jobid: 3")
    return logger.makeRecord("test_brief", logging.ERROR, "file", 1, message, (), None, extra=extra)


def test_what_a_job_here_has_said_is_not_shown_again():
    record = record_of(event="job_error", rule_msg=None, log=["logs/a.log"], aux={})
    assert Brief().filter(record)
    assert record.msg == ""
    assert (record.log, record.aux) == ([], {"log": "logs/a.log"})


def test_the_log_of_a_job_on_a_cluster_is_shown():
    record = record_of(event="job_error", rule_msg="see", log=["logs/a.log"], aux={"external_jobid": "7"})
    assert Brief().filter(record)
    assert record.msg
    assert record.log == ["logs/a.log"]


@pytest.mark.parametrize(
    ("end", "shown"),
    [
        ("returned non-zero exit status 1.", False),
        ("returned non-zero exit status 137.", True),
        ("died with <Signals.SIGKILL: 9>.", True),
    ],
)
def test_how_a_command_ended_is_shown_where_it_cannot_have_said_why(end, shown):
    text = f"RuleException:\nCalledProcessError in file \"a.smk\", line 25:\nCommand 'python a.py' {end}"
    record = record_of(event="error", exception="RuleException", message=text)
    assert Brief().filter(record) == shown


@pytest.mark.parametrize(
    ("event", "level", "shown"),
    [
        ("job_info", logging.INFO, False),
        ("group_info", logging.INFO, False),
        ("job_info", logging.DEBUG, True),
        ("job_error", logging.INFO, True),
        ("group_error", logging.INFO, True),
        ("progress", logging.INFO, True),
        (None, logging.INFO, True),
    ],
)
def test_errors_are_shown_and_blocks_of_jobs_are_not(event, level, shown):
    logger = logging.getLogger("test_brief")
    logger.setLevel(level)
    record = logger.makeRecord(
        "test_brief", logging.INFO, "file", 1, "text", (), None, extra={"event": event}
    )
    assert Brief().filter(record) == shown
