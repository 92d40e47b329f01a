"""What a dry run says: the settings that would be recomputed, and why, each once."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from bauta.io import layout
from bauta.plan import Plan
from bauta.plan.all_keys import described_keys
from bauta.workflow.progress.jobs import Job, plural
from bauta.workflow.progress.tally import Tally
from bauta.workflow.progress.why import INPUTS, PLAIN, Reason, Record, Why, newest_like

FOLLOWING = frozenset({"judge", "frontier", "plot", "report"})
"""Stages of seconds, whose keys have the whole configuration in them, so that every edit reruns them."""

INDENT = "    "


@dataclass
class DryRun:
    """The jobs of a dry run.

    Attributes:
        plan: The plan; None if the workflow did not tell it.
    """

    plan: Plan | None = None
    _jobs: dict[int, Job] = field(default_factory=dict)

    def add(self, job: Job) -> None:
        """Add a job that would run."""
        if not job.is_target:
            self._jobs[job.number] = job

    def lines(self, width: int) -> Iterator[str]:
        """Describe what would run.

        Args:
            width: The longest line.
        """
        tally = Tally()
        tally.plan(self._jobs.values())
        left = tally.left(0.0)
        work = "" if left.endswith("unknown") else f", {left.removesuffix(' left')} of computing"
        yield f"{plural(tally.total, 'job')} would run{work}"
        why = Why({} if self.plan is None else described_keys(self.plan), Record.read())
        if edits := self._edits(why):
            yield from wrap(f"edited since the last run: {'; '.join(edits)}", width)
        following = [job for job in self._jobs.values() if job.stage in FOLLOWING]
        groups = self._by_reason(why)
        for reasons, jobs in groups.items():
            yield ""
            yield from wrap(f"{plural(len(jobs), 'job')}, {'; '.join(reasons)}:", width)
            yield from _subjects(jobs, width)
        if following:
            yield ""
            beside = f" {'follows' if len(following) == 1 else 'follow'} from these" if groups else ""
            yield f"{plural(len(following), 'job')}{beside}:"
            yield from _subjects(following, width)
        yield ""
        yield "This was a dry run: nothing was computed. `bauta run -n -v` lists the jobs one by one."

    def _edits(self, why: Why) -> list[str]:
        """The edits of the configuration since the frontier was computed."""
        stamps = [path for job in self._jobs.values() for path in job.outputs if layout.STAMPS in path]
        found = [why.edits(*pair) for path in stamps if "/frontier/" in path and (pair := newest_like(path))]
        return found[0] if found else []

    def _by_reason(self, why: Why) -> Mapping[tuple[str, ...], list[Job]]:
        """Reasons in words → the jobs of the settings that are recomputed for them."""
        jobs = {number: job for number, job in self._jobs.items() if job.stage not in FOLLOWING}
        roots = _roots(jobs, why)
        of_setting: dict[tuple[str, str], list[Job]] = defaultdict(list)
        for job in jobs.values():
            of_setting[job.dataset, job.setting or f"{job.number}"].append(job)
        stages: dict[str, set[str]] = defaultdict(set)
        for reasons in roots.values():
            for reason in reasons:
                stages[reason.text].add(reason.stage)
        found: dict[tuple[str, ...], list[Job]] = defaultdict(list)
        for members in of_setting.values():
            reasons = _told(frozenset().union(*(roots[job.number] for job in members)))
            # A value that several stages have in their keys, such as the seed, is named once.
            words = {
                f"{reason.stage} {reason.text}".strip() if len(stages[reason.text]) == 1 else reason.text
                for reason in reasons
            }
            found[tuple(sorted(words))] += members
        return found


def _told(reasons: frozenset[Reason]) -> frozenset[Reason]:
    return reasons - PLAIN or reasons


def _roots(jobs: Mapping[int, Job], why: Why) -> Mapping[int, frozenset[Reason]]:
    """The reasons of each job, with those of the jobs that it waits for."""
    maker = {path: number for number, job in jobs.items() for path in job.outputs}
    before = {
        number: {maker[path] for path in job.inputs if path in maker} - {number}
        for number, job in jobs.items()
    }
    roots: dict[int, frozenset[Reason]] = {}
    pending = list(jobs)
    while pending:
        number = pending[-1]
        missing = [other for other in before[number] if other not in roots]
        if missing:
            pending += missing
            continue
        pending.pop()
        own = {reason for path in jobs[number].outputs for reason in why.of(path)}
        reasons = frozenset(own).union(*(roots[other] for other in before[number]))
        roots[number] = _told(reasons or frozenset({INPUTS}))
    return roots


def _naturally(name: str) -> list[tuple[int, str]]:
    """Sorts `kernel=7` before `kernel=31`."""
    return [(int(piece), "") if piece.isdigit() else (0, piece) for piece in re.split(r"(\d+)", name)]


def _subjects(jobs: Sequence[Job], width: int) -> Iterator[str]:
    """What is recomputed, by dataset: settings, and what is made for all settings."""
    named: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for job in jobs:
        settings, others = named.setdefault(job.dataset, ({}, {}))
        if job.setting:
            settings[job.setting] = None
        else:
            others[job.title] = None
    for dataset, parts in named.items():
        settings, others = parts
        text = "; ".join(", ".join(names) for names in (sorted(settings, key=_naturally), others) if names)
        text = f"{dataset}: {text}" if dataset else text
        yield from wrap(text, width, initial_indent=INDENT, subsequent_indent=INDENT * 2)
