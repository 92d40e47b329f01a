"""What the workflow tells the console beside Snakemake's own events: its plan, and the jobs that will run.

Snakemake hands the records of its logger to the plug-in; this is the way to it that needs no import of
Snakemake. Its other handlers see a record without a text.
"""

import logging
from collections.abc import Iterable
from typing import Any

from bauta.workflow.progress.jobs import Job

LOGGER = "snakemake.logging"

READS_LOGS = "BAUTA_CONSOLE_READS_LOGS"
"""Environment variable of the jobs of a console that reads the reason of a failure from their logs."""

PLAN = "bauta_plan"
"""Event with the attribute `plan`: a run is being planned."""

JOBS = "bauta_jobs"
"""Event with the attributes `planned`, the jobs, and `keep_going`: a run begins."""


def tell_plan(plan: Any) -> None:
    """Tell which plan Snakemake is about to work out."""
    logging.getLogger(LOGGER).info("", extra={"event": PLAN, "plan": plan})


def tell_jobs(jobs: Iterable[Any], keep_going: bool) -> None:
    """Tell which jobs will run.

    Args:
        jobs: Snakemake's jobs.
        keep_going: Whether jobs that do not depend on a failed one still run.
    """
    planned = [
        Job(
            number=job.jobid,
            rule=job.rule.name,
            wildcards=dict(job.wildcards_dict),
            threads=job.threads,
            retries=job.restart_times,
            benchmark=None if job.benchmark is None else str(job.benchmark),
        )
        for job in jobs
    ]
    extra = {"event": JOBS, "planned": planned, "keep_going": keep_going}
    logging.getLogger(LOGGER).info("", extra=extra)
