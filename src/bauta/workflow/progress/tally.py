"""The state of a run: which jobs are planned, running, done and failed, and how much time is left."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bauta.workflow.progress.costs import Costs, human_seconds, seconds_of
from bauta.workflow.progress.jobs import TARGETS, Job

KNOWN = 0.5
"""Share of the remaining jobs whose cost must be known before a time is named."""


@dataclass(frozen=True)
class Group:
    """The finished jobs of a stage on a dataset.

    Attributes:
        name: The stage and the dataset, or the whole name of a single job.
        jobs: How many there are.
        failed: How many of them failed.
        seconds: What they took, added up.
    """

    name: str
    jobs: int
    failed: int
    seconds: float

    def __str__(self) -> str:
        parts = [f"{self.jobs} jobs"] if self.jobs > 1 else []
        parts += [f"{self.failed} failed"] if self.failed else []
        return f"{self.name} ({', '.join([*parts, human_seconds(self.seconds)])})"


@dataclass
class Tally:
    """The jobs of a run; see the module.

    Attributes:
        cores: How many jobs of one thread run at once; None if another machine decides it.
        jobs: Number → every job that is known.
        running: Number → when it began.
        done: The numbers of finished jobs.
        failed: The numbers of jobs that have failed and are not tried again.
        costs: What jobs cost.
    """

    cores: int | None = None
    jobs: dict[int, Job] = field(default_factory=dict)
    running: dict[int, float] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    costs: Costs = field(default_factory=Costs)
    _attempts: Counter[int] = field(default_factory=Counter)
    _planned: bool = False
    _wanted: Counter[str] = field(default_factory=Counter)
    _done_of: Counter[str] = field(default_factory=Counter)
    _failed_of: Counter[str] = field(default_factory=Counter)
    _spent: Counter[str] = field(default_factory=Counter)

    def count(self, stats: Mapping[str, int]) -> None:
        """Take the number of jobs of each rule, for a workflow that does not tell which they are."""
        if not self._planned:
            self._wanted.clear()
            for rule, jobs in stats.items():
                if rule not in TARGETS | {"total"}:
                    self._wanted[Job(0, rule).group] += jobs

    def plan(self, jobs: Iterable[Job]) -> None:
        """Take all jobs of the run, and read what jobs like them cost."""
        self.jobs = {job.number: job for job in jobs if not job.is_target}
        self._planned = True
        self._wanted = Counter(job.group for job in self.jobs.values())
        self.costs.read(self.jobs.values())

    @property
    def total(self) -> int:
        """The number of jobs of the run."""
        return self._wanted.total()

    def start(self, job: Job, now: float) -> None:
        """A job has been started, or submitted."""
        self.jobs.setdefault(job.number, job)
        self.running[job.number] = now
        self._attempts[job.number] += 1

    def finish(self, number: int, now: float) -> Group | None:
        """A job has finished; returns its group if no job of it is left."""
        job = self.jobs.get(number)
        if job is None or job.is_target or number in self.done:
            return None
        began = self.running.pop(number, now)
        seconds = seconds_of(job.benchmark) if job.benchmark else None
        if seconds is None:
            seconds = now - began
        self.costs.add(job, seconds)
        self.done.add(number)
        self._done_of[self._group(job)] += 1
        self._spent[self._group(job)] += seconds  # type: ignore[assignment]  # a Counter adds floats as well
        return self._ended(job)

    def tries_again(self, *numbers: int) -> bool:
        """Whether Snakemake tries a failed job, or a failed group of jobs, again."""
        retries = max((self.jobs[number].retries for number in numbers if number in self.jobs), default=0)
        return retries >= max((self._attempts[number] for number in numbers), default=1)

    def stop(self, number: int) -> None:
        """A job has stopped before its end: it will be tried again, or another job of its group failed."""
        self.running.pop(number, None)

    def fail(self, number: int) -> Group | None:
        """A job has failed for good; returns its group if no job of it is left."""
        self.stop(number)
        self.failed.add(number)
        job = self.jobs.get(number)
        if job is None:
            return None
        self._failed_of[self._group(job)] += 1
        return self._ended(job)

    def _ended(self, job: Job) -> Group | None:
        """The group of a job, if all of it has ended and a part of it is done."""
        group = self._group(job)
        done, failed = self._done_of[group], self._failed_of[group]
        if done == 0 or done + failed < self._wanted[group]:
            return None
        name = str(job) if self._wanted[group] == 1 else group
        return Group(name, done + failed, failed, self._spent[group])

    def _group(self, job: Job) -> str:
        return job.group if self._planned else Job(0, job.rule).group

    def left(self, now: float) -> str:
        """How much time is left, in words, without a number where none is known."""
        ended = self.done | self.failed
        waiting = [job for number, job in self.jobs.items() if number not in ended]
        expected = [(job, self.costs.expected(job)) for job in waiting]
        known = [(job, seconds) for job, seconds in expected if seconds is not None]
        unknown = self.total - len(self.done) - len(self.failed) - len(known)
        if not known or len(known) < KNOWN * (len(known) + unknown):
            return "time left unknown"
        rest = [(job, max(0.0, seconds - self._elapsed(job, now))) for job, seconds in known]
        cores = self.cores or max(1, len(self.running))
        work = sum(seconds * min(job.threads, cores) for job, seconds in rest) / cores
        longest = max(seconds for _, seconds in rest)
        text = human_seconds(round(max(work, longest, 1.0)))
        return f"{'about' if unknown <= 0 else 'at least'} {text} left"

    def _elapsed(self, job: Job, now: float) -> float:
        return now - self.running[job.number] if job.number in self.running else 0.0
