"""What Snakemake says of a run: progress and errors, without a block of text for each job."""

import logging

BLOCKS = ("job_info", "group_info")
"""Snakemake's events that print a job before it runs."""


class Brief(logging.Filter):
    """Leaves out the blocks of jobs unless `--verbose` asks for everything.

    Snakemake's own `quiet: [rules]` leaves out the errors as well, and with them why a cluster refused a job.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is shown."""
        verbose = logging.getLogger(record.name).isEnabledFor(logging.DEBUG)
        return verbose or getattr(record, "event", None) not in BLOCKS
