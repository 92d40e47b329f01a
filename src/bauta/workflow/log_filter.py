"""A filter for Snakemake's log: progress and errors, without a block of text for each job."""

import logging

BLOCKS = ("job_info", "group_info")
"""Snakemake's events that print a job before it runs."""


class Brief(logging.Filter):
    """Omits the blocks of jobs unless `--verbose` is given, and shows each error once.

    Snakemake's own `quiet: [rules]` omits the errors as well, including why a cluster rejected a job.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is shown; for a job that failed here, only what it has not reported itself."""
        if logging.getLogger(record.name).isEnabledFor(logging.DEBUG):
            return True
        event = getattr(record, "event", None)
        if event == "job_error":
            _shorten(record)
        return event not in BLOCKS and not _tells_exit_status(record)


def _tells_exit_status(record: logging.LogRecord) -> bool:
    """Whether this is Snakemake's report of a command that exited with 1 after stating the reason.

    A command that was killed has stated nothing, so its signal is worth showing.
    """
    return (
        getattr(record, "exception", None) == "RuleException"
        and "CalledProcessError" in record.getMessage()
        and "returned non-zero exit status 1." in record.getMessage()
    )


def _shorten(record: logging.LogRecord) -> None:
    """Remove "message: None", and the log of a job that has just written the same to the terminal.

    A job on a cluster writes to another terminal, so its log is kept.
    """
    if record.__dict__.get("rule_msg") is None:
        record.msg = ""
    aux, log = record.__dict__.get("aux") or {}, record.__dict__.get("log")
    if log and "external_jobid" not in aux:
        record.__dict__["aux"] = {**aux, "log": ", ".join(log)}
        record.__dict__["log"] = []
