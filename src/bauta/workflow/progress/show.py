"""What Snakemake reports of a run, as a few lines.

The default run has about 250 jobs. Of each stage and dataset, one line is written when all its jobs are done;
what runs now is on the line at the end of a terminal, which is rewritten in place. A file gets this line
now and then, the more seldom the longer the run.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bauta.workflow.progress.chatter import is_chatter
from bauta.workflow.progress.console import BOLD, RED, YELLOW, Console
from bauta.workflow.progress.costs import human_seconds
from bauta.workflow.progress.dry_run import DryRun
from bauta.workflow.progress.failed_jobs import FailedJobs
from bauta.workflow.progress.jobs import Job, plural
from bauta.workflow.progress.tally import Group, Tally
from bauta.workflow.progress.telling import JOBS, PLAN

SPEAKING = frozenset({"status", "clean_stale", "dvc_keys", "verify"})
"""Rules whose jobs write to the console themselves."""

NAMED = 2
"""How many of the running jobs are named."""

TICK_S = 1.0
FIRST_S, LAST_S, SHARE = 120.0, 1800.0, 1 / 3
"""A file gets the state of a run when this share of its age has passed without one, within these limits."""


@dataclass
class Progress:
    """Shows a run; its methods are called by one thread at a time.

    Attributes:
        console: Where it is shown.
        dry: Whether this is a dry run.
        quiet: What is not to be shown: `progress`, `rules`, `all`.
        clock: Seconds.
    """

    console: Console
    dry: bool = False
    quiet: Collection[str] = ()
    clock: Callable[[], float] = time.monotonic
    tally: Tally = field(default_factory=Tally)
    _begun: float = 0.0
    _said: float = 0.0
    _silent: bool = False
    _log: str = ""
    _told: set[str] = field(default_factory=set)
    _lock: Any = field(default_factory=threading.RLock)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._begun = self._said = self.clock()
        self._dry_run = DryRun()
        self._failed = FailedJobs(self.console, self.tally)
        self._events: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "run_info": self._on_counts,
            "resources_info": self._on_resources,
            "job_info": self._on_start,
            "job_finished": self._on_finish,
            "job_error": self._on_failure,
            "group_error": self._on_group_failure,
            "error": self._on_error,
            PLAN: self._on_plan,
            JOBS: self._on_jobs,
        }
        self._ignored = {
            "workflow_started",
            "job_started",
            "group_info",
            "shellcmd",
            "progress",
            "rulegraph",
            "debug_dag",
        }

    # --- the thread that keeps the time up to date

    def keep_time(self) -> None:
        """Start to rewrite the state every second, until `close`."""
        threading.Thread(target=self._tick, daemon=True).start()

    def _tick(self) -> None:
        while not self._stopped.wait(TICK_S):
            with self._lock:
                self.refresh()

    def close(self) -> None:
        """Write what is still to be said."""
        self._stopped.set()
        with self._lock:
            self.console.live("")

    def refresh(self) -> None:
        """Rewrite the state at the end of a terminal; write it to a file if it is due."""
        if not self._shows_progress or not self.tally.running:
            self.console.live("")
        elif self.console.terminal:
            self.console.live(f"{self._counted}  {self.tally.left(self.clock())}{self._running}")
        else:
            now = self.clock()
            due = min(max(FIRST_S, SHARE * (now - self._begun)), LAST_S)
            if now - self._said >= due:
                self._line(f"{self.tally.left(now)}{self._running}")

    @property
    def _shows_progress(self) -> bool:
        return self.tally.total > 0 and not self._silent and "progress" not in self.quiet

    @property
    def _counted(self) -> str:
        total = str(self.tally.total)
        return f"{len(self.tally.done):>{len(total)}} of {total}"

    @property
    def _running(self) -> str:
        """The jobs that run, the longest first."""
        tally, now = self.tally, self.clock()
        jobs = sorted(tally.running, key=lambda number: (tally.running[number], number))
        ages = {number: human_seconds(round(now - tally.running[number])) for number in jobs[:NAMED]}
        named = [f"{tally.jobs[number]} ({age})" for number, age in ages.items()]
        more = f" and {len(jobs) - len(named)} more" if len(jobs) > len(named) else ""
        return f"; now {', '.join(named)}{more}" if named else ""

    def _line(self, text: str) -> None:
        """Write a line with the time since the beginning, and how many jobs are done."""
        now = self.clock()
        self._said = now
        minutes, seconds = divmod(int(now - self._begun), 60)
        self.console.say(f"{minutes:>4}:{seconds:02}  {self._counted}  {text}")

    # --- events

    def handle(self, record: logging.LogRecord) -> None:
        """Show a record of Snakemake's logger."""
        if "all" in self.quiet and not self.dry:
            return
        with self._lock:
            event = str(getattr(record, "event", None) or "")
            if event in self._events:
                self._events[event](record.__dict__)
            elif event not in self._ignored and record.levelno > logging.DEBUG:
                self._on_message(record.getMessage(), record.levelno)

    def _on_message(self, text: str, level: int) -> None:
        if text.startswith("Complete log"):
            self._log = os.path.relpath(text.partition(": ")[2])
        if text.startswith("Elapsed time"):
            self._say_end()
        elif self.dry and text.startswith("This was a dry-run"):
            self._say_dry_run()
        elif not is_chatter(text) and text not in self._told:
            if level < logging.ERROR:
                self._told.add(text)
            style = RED if level >= logging.ERROR else YELLOW if level >= logging.WARNING else ""
            self.console.say(text.strip("\n"), style)

    def _on_plan(self, fields: Mapping[str, Any]) -> None:
        self._dry_run.plan = fields["plan"]

    def _on_counts(self, fields: Mapping[str, Any]) -> None:
        self.tally.count(fields["stats"])
        if self.dry and {"rules", "progress"} <= set(self.quiet):
            # Snakemake ends here, without its jobs.
            self.console.say(str(fields.get("msg") or "").rstrip())

    def _on_resources(self, fields: Mapping[str, Any]) -> None:
        self.tally.cores = fields.get("cores", self.tally.cores)

    def _on_jobs(self, fields: Mapping[str, Any]) -> None:
        self.tally.plan(fields["planned"])
        self._failed.keep_going = fields["keep_going"]
        self._silent = {job.rule for job in self.tally.jobs.values()} <= SPEAKING
        self._begun = self._said = self.clock()
        if self._shows_progress:
            cores = f" on {plural(self.tally.cores, 'core')}" if self.tally.cores else ""
            left = self.tally.left(self.clock())
            why = ": too few of these jobs have run here before" if left.endswith("unknown") else ""
            self.console.say(f"{plural(self.tally.total, 'job')}{cores}, {left}{why}", BOLD)

    def _on_start(self, fields: Mapping[str, Any]) -> None:
        job = Job.of_record(fields)
        if self.dry:
            self._dry_run.add(job)
        elif not job.is_target:
            self.tally.start(job, self.clock())
            self._failed.started(job.number)
            self.refresh()

    def _on_finish(self, fields: Mapping[str, Any]) -> None:
        if not self.dry:
            group = self.tally.finish(fields["job_id"], self.clock())
            self._say_groups([] if group is None else [group])
            self.refresh()

    def _say_groups(self, groups: Sequence[Group]) -> None:
        if self._shows_progress and "rules" not in self.quiet:
            for group in groups:
                self._line(str(group))

    def _on_error(self, fields: Mapping[str, Any]) -> None:
        """An exception; how the process of a job ended is told with the failure of the job."""
        text = str(fields.get("message") or fields.get("msg") or "")
        if not self._failed.ended(str(fields.get("exception")), text) and not is_chatter(text):
            self.console.say(text.strip("\n"), RED)

    def _on_failure(self, fields: Mapping[str, Any]) -> None:
        self._say_groups(self._failed.of_job(fields))

    def _on_group_failure(self, fields: Mapping[str, Any]) -> None:
        self._say_groups(self._failed.of_group(fields))

    # --- the end

    def _say_end(self) -> None:
        tally = self.tally
        self.console.live("")
        if self._silent or not tally.total:
            return
        took = human_seconds(self.clock() - self._begun)
        missing = tally.total - len(tally.done)
        if not missing:
            if self._shows_progress:
                self.console.say(f"done: {plural(tally.total, 'job')} in {took}", BOLD)
            return
        parts = [f"{len(tally.done)} of {plural(tally.total, 'job')} done"]
        parts += [f"{len(tally.failed)} failed"] if tally.failed else []
        parts += [f"{missing - len(tally.failed)} not run"] if missing > len(tally.failed) else []
        log = f"; Snakemake's log: {self._log}" if self._log else ""
        self.console.say(f"stopped after {took}: {', '.join(parts)}{log}", BOLD)

    def _say_dry_run(self) -> None:
        for line in self._dry_run.lines(self.console.width if self.console.terminal else 120):
            self.console.say(line)
