"""What `bauta plan` shows."""

import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress

from bauta.cli.snakemake_command import snakemake_command
from bauta.errors import BautaError
from bauta.plan import Plan
from bauta.plan.all_keys import described_keys
from bauta.workflow.forecast.forecast import Machine, forecast
from bauta.workflow.forecast.measured import ImageCounts, read_measured
from bauta.workflow.forecast.planned import PlannedJob, planned_jobs
from bauta.workflow.forecast.table import lines
from bauta.workflow.progress.why import Record


def forecast_lines(
    plan: Plan, given: Sequence[str], images: int, gpus: int, cores: int | None
) -> Iterator[str]:
    """Describe what a run of many images costs.

    Args:
        plan: The plan of the configuration.
        given: The options of Snakemake that select it.
        images: The images of each dataset.
        gpus: The GPUs; 0 for none.
        cores: The cores; None stands for those of this machine.

    Raises:
        ConfigError: Snakemake cannot plan the run.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    machine = Machine(gpus, cores or allowed or 1)
    planned = planned_jobs(snakemake_command(given))
    current: dict[str, str] = {}
    for name, part in plan.datasets.items():
        with suppress(BautaError):
            current[name] = part.source.index_key.digest
    counts = ImageCounts({**Record.read().keys, **described_keys(plan)}, current)
    measured = read_measured(
        [each.job for each in planned], counts, socket.gethostname(), _devices(planned, gpus)
    )
    width = min(shutil.get_terminal_size((120, 24)).columns, 120)
    yield from lines(forecast(planned, measured, counts, machine, images), machine, images, width)


def _devices(planned: Sequence[PlannedJob], gpus: int) -> dict[str, str | None]:
    """Rule → the device that its jobs must have been measured on, if it ever asks for a GPU."""
    return {each.job.rule: "GPU" if gpus else "the CPU" for each in planned if each.gpus}
