"""What is said of failed jobs: each reason once, with what to do and what goes on."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bauta.workflow.progress.console import RED, Console
from bauta.workflow.progress.failures import Failure, failure
from bauta.workflow.progress.jobs import plural
from bauta.workflow.progress.tally import Group, Tally

REPEATED = 3
"""How many failures for the same reason are named one by one."""

CALLED = "CalledProcessError"

INTERRUPTED = re.compile(r"<Signals\.SIGINT|exit status 130\b")
"""How a process ends after Ctrl-C."""


@dataclass
class FailedJobs:
    """Tells of the failed jobs of a run.

    Attributes:
        console: Where it is told.
        tally: The state of the run.
        keep_going: Whether jobs that do not depend on a failed one still run.
    """

    console: Console
    tally: Tally
    keep_going: bool = False
    _ended: str = ""
    _reasons: dict[str, int] = field(default_factory=dict)
    _started: dict[int, float] = field(default_factory=dict)

    def started(self, number: int) -> None:
        """A job has been started now, so that an older log is not its own."""
        self._started[number] = time.time()

    def ended(self, exception: str, text: str) -> bool:
        """Take how the process of a job ended, which Snakemake reports before the failure of the job.

        Args:
            exception: The name of Snakemake's exception.
            text: Its message.

        Returns:
            Whether it was that.
        """
        if exception != "RuleException" or CALLED not in text:
            return False
        self._ended = text
        return True

    def of_job(self, fields: Mapping[str, Any]) -> list[Group]:
        """Tell of the event `job_error`; returns the groups of which no job is left."""
        # The jobs of a group are reported once more, one by one.
        if fields.get("indent"):
            return []
        number, ended = fields["jobid"], self._ended
        self._ended = ""
        if INTERRUPTED.search(ended):
            self.tally.stop(number)
            self.console.say(f"interrupted: {self._called(fields)}")
            return []
        return self._tell(self._why(fields, fields.get("rule_msg") or "", ended), [number], number)

    def of_group(self, fields: Mapping[str, Any]) -> list[Group]:
        """Tell of the event `group_error`: of the first job of the group whose own log has a reason."""
        jobs = fields["job_error_info"]
        logs = fields["aux_logs"]
        message = str(fields.get("msg") or "")
        own = {job["jobid"]: self._why(job, "") for job in jobs}
        number = next((number for number, one in own.items() if one.has_said_why), jobs[0]["jobid"])
        failed = own[number]
        if not failed.has_said_why:
            what = f"{plural(len(jobs), 'job')} in one: {', '.join(map(self._called, jobs))}"
            failed = failure(what, logs, message)
        numbers = [job["jobid"] for job in jobs if job["jobid"] not in self.tally.done]
        return self._tell(failed, numbers, number)

    def _called(self, fields: Mapping[str, Any]) -> str:
        return str(self.tally.jobs.get(fields["jobid"]) or fields["rule_name"].replace("_", " "))

    def _why(self, fields: Mapping[str, Any], message: str, ended: str = "") -> Failure:
        since = self._started.get(fields["jobid"], 0.0)
        return failure(self._called(fields), list(fields["log"]), message, ended, since)

    def _tell(self, failed: Failure, numbers: Sequence[int], number: int) -> list[Group]:
        again = self.tally.tries_again(*numbers)
        for other in numbers:
            self.tally.stop(other)
        group = None if again else self.tally.fail(number)
        count = self._reasons[failed.reason] = self._reasons.get(failed.reason, 0) + 1
        if count == 1:
            self.console.say("\n".join(failed.lines(self._goes_on(again=again))), RED)
        elif count <= REPEATED:
            then = "; it is tried again" if again else ""
            self.console.say(f"failed for the same reason: {failed.what}{then}", RED)
        elif count == REPEATED + 1:
            self.console.say("more jobs fail for the same reason; the end says how many", RED)
        return [] if group is None else [group]

    def _goes_on(self, *, again: bool) -> str:
        if again:
            return "the job is tried again, with more memory and more time"
        if self.keep_going:
            return "everything that does not depend on it"
        running = len(self.tally.running)
        first = f"{plural(running, 'running job')} until done, then the run stops" if running else "nothing"
        return f"{first}; with --keep-going, everything that does not depend on it"
