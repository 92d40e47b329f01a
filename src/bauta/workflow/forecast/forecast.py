"""Hours and bytes of each stage of a run, where jobs like its own have been measured."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bauta.io import layout
from bauta.io.sizes import bytes_of
from bauta.workflow.forecast.laws import FIXED_RULES, Fit, Law, Sample, fit, law_of
from bauta.workflow.forecast.measured import ImageCounts, Measured, kind_of
from bauta.workflow.forecast.planned import PlannedJob

NOT_MEASURED = "no such job has run in this folder"
NOT_THERE = "the files of none are there"
BOUND = "at most so many hours: on so few images, starting cannot be told from computing"


@dataclass(frozen=True)
class Machine:
    """What a run is planned for.

    Attributes:
        gpus: The GPUs; 0 if networks compute on the CPU.
        cores: The cores for everything else.
    """

    gpus: int
    cores: int

    def workers(self, planned: PlannedJob) -> float:
        """How many such jobs run at once."""
        if planned.gpus and self.gpus:
            return max(1.0, self.gpus / planned.gpus)
        return max(1.0, self.cores / planned.job.threads)


@dataclass
class StageCost:
    """What a stage costs.

    Attributes:
        stage: Its name.
        jobs: How many jobs it has.
        rates: Images a second of each job that was measured.
        sizes: The numbers of images on which they were.
        seconds: What its jobs take, divided by how many run at once; None if none is known.
        longest: The seconds of the longest job.
        size: Bytes of its files; None if none is known.
        bounds: How many of the jobs take at most as long as is said.
        unknown: Why no time is known → of how many jobs.
        unsized: Why no bytes are known → of how many jobs.
    """

    stage: str
    jobs: int = 0
    rates: list[float] = field(default_factory=list)
    sizes: set[int] = field(default_factory=set)
    seconds: float | None = None
    longest: float = 0.0
    size: float | None = None
    bounds: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    unsized: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float | None:
        """Images a second of one job: the median."""
        return median(self.rates) if self.rates else None

    @property
    def hours(self) -> float | None:
        """Hours from the first job to the last."""
        return None if self.seconds is None else max(self.seconds, self.longest) / 3600

    def add_seconds(self, seconds: float, workers: float, *, bound: bool) -> None:
        """Add a job."""
        self.seconds = (self.seconds or 0.0) + seconds / workers
        self.longest = max(self.longest, seconds)
        self.bounds += bound

    def notes(self) -> Iterator[tuple[str, str]]:
        """Of what the numbers are silent or only a bound, and of which jobs."""
        for reason, jobs in self.unknown.items():
            yield f"no hours: {reason}", self._some(jobs)
        for reason, jobs in self.unsized.items():
            yield f"no bytes: {reason}", self._some(jobs)
        if self.bounds:
            yield BOUND, self._some(self.bounds)

    def _some(self, jobs: int) -> str:
        return self.stage if jobs == self.jobs else f"{self.stage} ({jobs} of {self.jobs} jobs)"


def forecast(
    jobs: Sequence[PlannedJob], measured: Measured, counts: ImageCounts, machine: Machine, images: int
) -> list[StageCost]:
    """Work out what each stage costs, in the order in which its first job runs.

    Args:
        jobs: All jobs of a run.
        measured: What jobs like them have taken.
        counts: The images of the datasets as they are.
        machine: What the run is planned for.
        images: The images of each dataset.
    """
    stages: dict[str, StageCost] = {}
    fits: dict[tuple[str, ...], Fit | str] = {}
    sizes = _sizes(jobs, counts, images)
    counted: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for planned in jobs:
        job, kind = planned.job, kind_of(planned.job)
        stage = stages.setdefault(job.stage, StageCost(job.stage))
        stage.jobs += 1
        samples = measured.samples.get(kind, [])
        if kind not in fits:
            fits[kind] = fit(samples, law_of(job)) if samples else measured.others.get(kind, NOT_MEASURED)
        if kind not in counted[job.stage] and law_of(job) is not Law.FIXED:
            counted[job.stage].add(kind)
            _rate(stage, samples)
        found = fits[kind]
        if isinstance(found, str):
            stage.unknown[found] += 1
        else:
            stage.add_seconds(found.seconds(images), machine.workers(planned), bound=found.bound)
        if (size := sizes.get(kind)) is None:
            stage.unsized[NOT_THERE] += 1
        else:
            stage.size = (stage.size or 0.0) + size
    return list(stages.values())


def _rate(stage: StageCost, samples: Iterable[Sample]) -> None:
    for sample in samples:
        if sample.images and sample.seconds:
            stage.rates.append(sample.images / sample.seconds)
            stage.sizes.add(sample.images)


def _sizes(jobs: Iterable[PlannedJob], counts: ImageCounts, images: int) -> Mapping[tuple[str, ...], float]:
    """Kind → bytes that one job of it writes for so many images: the mean of those that are there."""
    found: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for planned in jobs:
        job = planned.job
        paths = [Path(one) for one in job.outputs]
        if not paths or not all(path.exists() for path in paths):
            continue
        there = counts.of(job, planned=True)
        grows = job.rule not in FIXED_RULES and not paths[0].is_relative_to(layout.RESULTS)
        if not grows or there:
            growth = images / there if grows and there else 1.0
            found[kind_of(job)].append(sum(map(bytes_of, paths)) * growth)
    return {kind: sum(sizes) / len(sizes) for kind, sizes in found.items()}
