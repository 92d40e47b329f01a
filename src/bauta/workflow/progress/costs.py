"""What jobs cost: seconds of earlier jobs, from the files that `benchmark:` of each rule writes."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bauta.workflow.progress.jobs import Job

KINDS = 2
"""Folders of a benchmark's path that are no wildcards: `logs` and the stage."""


@dataclass(frozen=True)
class Costs:
    """Seconds of jobs that have run, by rule, dataset and anonymizer."""

    _seconds: dict[tuple[str, ...], list[float]] = field(default_factory=lambda: defaultdict(list))
    _medians: dict[tuple[str, ...], float] = field(default_factory=dict)

    def add(self, job: Job, seconds: float) -> None:
        """Add a job that has run."""
        for level in _levels(job):
            self._seconds[level].append(seconds)
            self._medians.pop(level, None)

    def expected(self, job: Job) -> float | None:
        """The median of the jobs most like this one; None if its rule has never run.

        Most alike are those of the same rule, dataset and anonymizer, then of the same rule and dataset.
        """
        level = next((level for level in _levels(job) if level in self._seconds), None)
        if level is None:
            return None
        # Asked every second, of all jobs that remain.
        if level not in self._medians:
            self._medians[level] = median(self._seconds[level])
        return self._medians[level]

    def read(self, jobs: Iterable[Job]) -> None:
        """Add the jobs of earlier runs that are like jobs of this one."""
        for earlier, seconds in earlier_jobs(jobs):
            self.add(earlier, seconds)


def earlier_jobs(jobs: Iterable[Job]) -> Iterator[tuple[Job, float]]:
    """The jobs that have left a benchmark where jobs like these leave theirs, with their seconds."""
    for rule, pattern in dict.fromkeys((job.rule, _pattern(job)) for job in jobs if job.benchmark):
        yield from _earlier(rule, pattern)


def _levels(job: Job) -> tuple[tuple[str, ...], ...]:
    """From the jobs most like this one to all of its rule."""
    return (job.rule, job.dataset, job.backend), (job.rule, job.dataset), (job.rule,)


def _pattern(job: Job) -> str:
    """The path of the benchmarks of a rule, with its wildcards in braces."""
    folders = (job.benchmark or "").split("/")
    rest = "/".join(folders[KINDS:])
    for name, value in sorted(job.wildcards.items(), key=lambda item: -len(item[1])):
        rest = _named(rest, value, name)
    return "/".join([*folders[:KINDS], rest])


def _named(text: str, value: str, name: str) -> str:
    """Write the name of a wildcard, in braces, for its value between separators.

    A regular expression for each value of a large plan takes longer to compile than all else here takes.
    """
    start = text.find(value) if value else -1
    while start >= 0:
        end = start + len(value)
        if text[max(0, start - 1) : start] in ("", *"/-") and text[end : end + 1] in ("", *"/.-"):
            text = f"{text[:start]}{{{name}}}{text[end:]}"
            end = start + len(name) + 2
        start = text.find(value, end)
    return text


def _earlier(rule: str, pattern: str) -> Iterator[tuple[Job, float]]:
    """The jobs that have left a benchmark at a pattern, with their seconds."""
    pieces = re.split(r"\{(\w+)\}", pattern)
    names: set[str] = set()
    text = ""
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            text += re.escape(piece)
        else:
            text += f"(?P={piece})" if piece in names else f"(?P<{piece}>[^/]+)"
            names.add(piece)
    expression = re.compile(text)
    for path in Path().glob(re.sub(r"\{\w+\}", "*", pattern)):
        found, seconds = expression.fullmatch(str(path)), seconds_of(path)
        if found and seconds is not None:
            yield Job(0, rule, found.groupdict(), benchmark=str(path)), seconds


def seconds_of(path: Path | str) -> float | None:
    """The seconds in a benchmark; None if it is missing or unfinished."""
    try:
        return float(Path(path).read_text(encoding="utf-8").splitlines()[1].split("\t")[0])
    except (OSError, ValueError, IndexError):
        return None


def human_seconds(seconds: float) -> str:
    """Format a duration: `4 s`, `4.2 s`, `45 s`, `6 min`, `2 h 10 min`, `3 d 4 h`; integers stay whole."""
    if seconds < 10 and not isinstance(seconds, int):
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    return f"{hours // 24} d {hours % 24} h"
