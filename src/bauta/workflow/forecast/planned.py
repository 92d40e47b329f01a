"""The jobs of a whole run, whatever of it is done, asked of Snakemake."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from bauta.errors import ConfigError
from bauta.workflow.progress.jobs import Job

LISTED = '{"bauta_job": '
"""How the line of a job begins."""


@dataclass(frozen=True)
class PlannedJob:
    """A job of the plan.

    Attributes:
        job: The job.
        gpus: How many GPUs it requests.
    """

    job: Job
    gpus: int = 0

    @classmethod
    def of_record(cls, fields: Mapping[str, Any]) -> Self:
        """The job of Snakemake's event `job_info`."""
        resources = fields.get("resources")
        return cls(Job.of_record(fields), int(resources.get("gpu", 0) or 0) if resources else 0)

    def line(self) -> str:
        """This job as a line of text."""
        job = {**asdict(self.job), "inputs": ()}
        return json.dumps({"bauta_job": {"job": job, "gpus": self.gpus}})

    @classmethod
    def of_line(cls, line: str) -> Self:
        """The job that a line of text describes."""
        found = json.loads(line)["bauta_job"]
        values = {**found["job"], "inputs": (), "outputs": tuple(found["job"]["outputs"])}
        return cls(Job(**values), found["gpus"])


def planned_jobs(snakemake: Sequence[str]) -> list[PlannedJob]:
    """List all jobs of a run.

    Args:
        snakemake: The command that runs it.

    Raises:
        ConfigError: Snakemake cannot plan the run.
    """
    command = [*snakemake, "--dry-run", "--forceall", "--logger-bauta-console", "jobs"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - this Python
    lines = (done.stdout + done.stderr).splitlines()
    if done.returncode != 0:
        told = [line for line in lines if line.strip() and not line.startswith(LISTED)]
        raise ConfigError(told[-1].removeprefix("error: ") if told else "Snakemake cannot plan the run")
    found = [PlannedJob.of_line(line) for line in lines if line.startswith(LISTED)]
    return [each for each in found if not each.job.is_target]
