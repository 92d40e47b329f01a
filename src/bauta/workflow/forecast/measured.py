"""The jobs that have run in this folder: seconds, images, and the device that they computed on."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bauta.io import layout
from bauta.io.keyed_names import split_digest
from bauta.workflow.forecast.laws import Sample
from bauta.workflow.progress.costs import earlier_jobs
from bauta.workflow.progress.jobs import HIDDEN, Job
from bauta.workflow.progress.why import IN_PATH

ON = re.compile(r"\bon (?P<host>\S+?)(?:, Slurm job \S+)?, threads: \d+, computes on (?P<device>GPU|the CPU)")
"""The first line of a job's log, by `bauta.inference.device.describe`."""

IRRELEVANT = HIDDEN | {"dataset", "crop", "setting", "generator", "kind", "model"}
"""Wildcards that do not choose what computes; a crop names its detector, which only `detect` runs."""


def kind_of(job: Job) -> tuple[str, ...]:
    """Jobs of one kind take as long for as many images: the same rule with the same methods."""
    chosen = {name: value for name, value in job.wildcards.items() if name not in IRRELEVANT}
    if job.rule == "detect":
        chosen["crop"] = job.wildcards["crop"]
    return (job.rule, *(split_digest(value)[0] for _, value in sorted(chosen.items())))


@dataclass(frozen=True)
class ImageCounts:
    """The number of images of the dataset of a job, by the digests in the paths that it writes.

    Attributes:
        keys: Digest → description of each key that a plan or an earlier run had.
        current: Dataset → digest of its manifest's key in the plan.
    """

    keys: Mapping[str, Any]
    current: Mapping[str, str]
    _rows: dict[Path, int | None] = field(default_factory=dict)

    def of(self, job: Job, *, planned: bool = False) -> int | None:
        """The images of a job's dataset; None if its manifest is gone, or the job has no dataset.

        Args:
            job: The job, with its benchmark.
            planned: Whether it is of the plan, so that its dataset is.
        """
        if not job.dataset:
            return None
        found = {one for digest in IN_PATH.findall(job.benchmark or "") for one in self._indices(digest)}
        if not found and planned:
            found = {self.current[job.dataset]}
        rows = {self._count(job.dataset, digest) for digest in found} - {None}
        return rows.pop() if len(rows) == 1 else None

    def _indices(self, digest: str) -> set[str]:
        """The manifests that an artifact was made from, or those made from it."""
        above = {one for one in self._above[digest] if self._is_index(one)}
        return above or {one for one in self._all if digest in self._above[one]}

    @cached_property
    def _all(self) -> list[str]:
        return [digest for digest in self.keys if self._is_index(digest)]

    def _is_index(self, digest: str) -> bool:
        return digest in self.keys and self.keys[digest]["stage"] == "index"

    @cached_property
    def _above(self) -> Mapping[str, set[str]]:
        """Digest → itself and all that it was made from."""
        found: dict[str, set[str]] = defaultdict(set)
        for digest in self.keys:
            pending = [digest]
            while pending:
                one = pending.pop()
                if one not in found[digest]:
                    found[digest].add(one)
                    pending += [each["digest"] for each in self.keys.get(one, {}).get("parents", ())]
        return found

    def _count(self, dataset: str, digest: str) -> int | None:
        path = layout.fill(layout.MANIFEST, dataset=dataset, digest=digest)
        if path not in self._rows:
            self._rows[path] = _rows_of(path)
        return self._rows[path]


def _rows_of(path: Path) -> int | None:
    from pyarrow import ArrowException, parquet  # noqa: PLC0415 - the console imports neighbours of this module

    try:
        return int(parquet.read_metadata(path).num_rows)
    except (OSError, ArrowException):
        return None


@dataclass(frozen=True)
class Measured:
    """What jobs have taken.

    Attributes:
        samples: Kind → the jobs whose images are known.
        others: Kind → why other jobs of it that have run count for nothing.
    """

    samples: Mapping[tuple[str, ...], list[Sample]]
    others: Mapping[tuple[str, ...], str]


def read_measured(
    jobs: Iterable[Job], counts: ImageCounts, host: str, devices: Mapping[str, str | None]
) -> Measured:
    """Read what the jobs of this folder, which are like those of a plan, have taken on this machine.

    Args:
        jobs: The jobs of the plan.
        counts: The images of datasets.
        host: Name of this machine.
        devices: Rule → `GPU` or `the CPU`, on which its jobs must have computed; None if it does not matter.
    """
    samples: dict[tuple[str, ...], list[Sample]] = defaultdict(list)
    others: dict[tuple[str, ...], str] = {}
    jobs = list(jobs)
    planned = {job.benchmark for job in jobs}
    for job, seconds in earlier_jobs(jobs):
        kind = kind_of(job)
        found = ON.search(_first_line(Path(job.benchmark or "").with_suffix(".log")))
        wanted = devices.get(job.rule)
        images = counts.of(job, planned=job.benchmark in planned)
        if found is None or found["host"] != host:
            others[kind] = "measured on another machine"
        elif wanted is not None and found["device"] != wanted:
            others[kind] = f"measured on {found['device'].replace('GPU', 'a GPU')}, not on {_named(wanted)}"
        elif images is None and job.dataset:
            others[kind] = "the images of the dataset are not known any more"
        else:
            samples[kind].append(Sample(images or 0, seconds))
    return Measured(samples, others)


def _named(device: str) -> str:
    return "a GPU" if device == "GPU" else device


def _first_line(log: Path) -> str:
    try:
        with log.open(encoding="utf-8", errors="replace") as file:
            return file.readline()
    except OSError:
        return ""
