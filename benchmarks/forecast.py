"""What `bauta plan` says of the largest of several runs from the smaller ones, against what it took.

    python benchmarks/forecast.py FOLDER …     runs on this machine; the jobs are those of the last one

The machine should have done nothing else while they ran.
"""

import contextlib
import os
import socket
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from bauta.cli.snakemake_command import snakemake_command
from bauta.config.command_line import read_configuration
from bauta.config.load import parse_config
from bauta.workflow.forecast.laws import Law, Sample, fit, law_of
from bauta.workflow.forecast.measured import ImageCounts, Measured, kind_of, read_measured
from bauta.workflow.forecast.planned import planned_jobs
from bauta.workflow.progress.jobs import Job
from bauta.workflow.progress.why import Record
from bauta.workflow.rule_inputs import rule_inputs

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "rules", "envs", "workflow_scripts", "profiles", "report", "slurm")


@dataclass
class Stage:
    """Seconds of the jobs of a stage on the largest number of images.

    Attributes:
        said: By the forecast from fewer images.
        took: Measured.
        sizes: The numbers of images.
        bound: Whether the forecast is only a bound.
        unknown: The jobs of which no forecast is made.
    """

    said: float = 0.0
    took: float = 0.0
    sizes: set[int] = field(default_factory=set)
    bound: bool = False
    unknown: int = 0

    def add(self, samples: Sequence[Sample], law: Law) -> None:
        largest = max(sample.images for sample in samples)
        fewer = [sample for sample in samples if sample.images < largest]
        jobs = [sample for sample in samples if sample.images == largest]
        found = fit(fewer, law) if fewer else ""
        if isinstance(found, str):
            self.unknown += len(jobs)
            return
        self.sizes |= {sample.images for sample in samples}
        self.bound |= found.bound
        self.took += sum(sample.seconds for sample in jobs)
        self.said += len(jobs) * found.seconds(largest)

    @classmethod
    def sum(cls, stages: Iterable[Self]) -> Self:
        total = cls()
        for stage in stages:
            total.said, total.took = total.said + stage.said, total.took + stage.took
            total.bound, total.unknown = total.bound or stage.bound, total.unknown + stage.unknown
        return total

    def __str__(self) -> str:
        if not self.took:
            return f"{self.unknown} jobs, of which nothing is said"
        most = "at most " if self.bound else ""
        left = f"; nothing said of {self.unknown} jobs" if self.unknown else ""
        sizes = f" at {', '.join(map(str, sorted(self.sizes)))} images" if self.sizes else ""
        ratio = f"ratio {self.said / self.took:.2f}"
        return f"said {most}{self.said:.1f} s, took {self.took:.1f} s, {ratio}{sizes}{left}"


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def jobs_of(config: Path) -> list[Job]:
    """All jobs of a configuration, planned by this checkout."""
    with tempfile.TemporaryDirectory() as name, inside(Path(name)):
        for part in PARTS:
            Path(part).symlink_to(ROOT / part)
        Path("config.yaml").write_bytes(config.read_bytes())
        return [planned.job for planned in planned_jobs(snakemake_command([]))]


def measured_in(folder: Path, jobs: list[Job]) -> Measured:
    with inside(folder):
        plan = rule_inputs(parse_config(read_configuration([], []))).plan
        current = {name: part.source.index_key.digest for name, part in plan.datasets.items()}
        return read_measured(jobs, ImageCounts(Record.read().keys, current), socket.gethostname(), {})


def main() -> None:
    folders = [Path(one).resolve() for one in sys.argv[1:]]
    jobs = jobs_of(folders[-1] / "config.yaml")
    known: dict[tuple[str, ...], list[Sample]] = defaultdict(list)
    for folder in folders:
        for kind, samples in measured_in(folder, jobs).samples.items():
            known[kind] += samples
    laws = {kind_of(job): (job.stage, law_of(job)) for job in jobs}
    stages: dict[str, Stage] = defaultdict(Stage)
    for kind, samples in known.items():
        if kind in laws and laws[kind][1] is not Law.FIXED:
            stages[laws[kind][0]].add(samples, laws[kind][1])
    for name, stage in stages.items():
        print(f"{name:<12} {stage}")
    print(f"{'together':<12} {Stage.sum(stages.values())}")


if __name__ == "__main__":
    main()
