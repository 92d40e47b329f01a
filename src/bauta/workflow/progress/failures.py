"""Why a job failed, and what to do about it, from its log and from what Snakemake reports."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DEFECT = "the job failed"
"""What the log of a job says before the traceback of an error that is none of bauta's own."""

ERROR = re.compile(r"^\S+ \S+ ERROR bauta\.workflow\.job: (.*)$", re.MULTILINE)
"""The line with which `bauta.workflow.job` ends the log of a failed job."""

TRACEBACK = "Traceback (most recent call last):"
EXCEPTION = re.compile(r"^[A-Za-z_][\w.]*(?:: .+)?$", re.MULTILINE)
"""The line after the indented ones."""

OWN = "bauta.errors."

SIGNAL = re.compile(r"died with <Signals\.(SIG\w+): \d+>")
STATUS = re.compile(r"returned non-zero exit status (\d+)")
SLURM = re.compile(r"SLURM status is: '(\w+)")
OUT_OF_MEMORY = re.compile(r"oom[-_ ]kill|out of memory", re.IGNORECASE)
OUT_OF_TIME = re.compile(r"DUE TO TIME LIMIT")
MEMORY_STATE, TIME_STATE, KILLED, KILLED_STATUS = "OUT_OF_MEMORY", "TIMEOUT", "SIGKILL", 137

TAIL = 200_000
"""Bytes of a log that are read from its end."""

CLOCKS_S = 2.0
"""How far the clocks of a file system and of this machine may be apart."""

RESOURCES = "set-resources of slurm/config.yaml"
AGAIN = "run the same command again: finished work is kept"

KNOWN = f"do what the reason says, then {AGAIN}"
REPORT = f"report it with the log, unless it comes from a plug-in of yours; then {AGAIN}"
MEMORY = f"run fewer jobs at once (--cores 1), or free memory; then {AGAIN}"
LOOK = f"look into the log; then {AGAIN}"
ABOVE = f"see what it wrote above, if anything; then {AGAIN}"

REMEDIES = {
    TIME_STATE: f"give the rule more time (`runtime` in {RESOURCES}); then {AGAIN}",
    MEMORY_STATE: f"give the rule more memory (`mem_mb` in {RESOURCES}); then {AGAIN}",
    KILLED: MEMORY,
}
"""State of a Slurm job, or signal → what to do."""


@dataclass(frozen=True)
class Failure:
    """A failed job.

    Attributes:
        what: The job in words.
        reason: Why it failed, in one line.
        log: Where to read more; empty if there is no log.
        remedy: What to do.
    """

    what: str
    reason: str
    log: str
    remedy: str

    @property
    def has_said_why(self) -> bool:
        """Whether the reason is the job's own."""
        return self.remedy in (KNOWN, REPORT)

    def lines(self, goes_on: str) -> list[str]:
        """The message.

        Args:
            goes_on: What goes on.
        """
        said = {"reason": self.reason, "log": self.log, "to do": self.remedy, "goes on": goes_on}
        return [f"failed: {self.what}", *(f"  {name + ':':<8} {text}" for name, text in said.items() if text)]


def failure(
    what: str, logs: Sequence[str], message: str = "", ended: str = "", since: float = 0.0
) -> Failure:
    """Find out why a job failed.

    Args:
        what: The job in words.
        logs: Its logs, its own first.
        message: What the executor says, such as the state of a Slurm job.
        ended: How its process ended, in Snakemake's words.
        since: When it was started, in seconds: an older log is that of an earlier run.
    """
    read = {log: _end_of(log, since) for log in logs}
    for log, text in read.items():
        if reason := reason_in(text):
            return Failure(what, reason, log, REPORT if _is_defect(text) else KNOWN)
    for log, text in read.items():
        if reason := exception_in(text):
            own = reason.startswith(OWN)
            return Failure(what, reason.removeprefix(OWN), log, KNOWN if own else REPORT)
    log = next((log for log, text in read.items() if text), "")
    reason, state = _from_executor(message, "\n".join(read.values())) or _from_process(ended)
    reason = reason or " ".join(message.split()) or "Snakemake gives no reason"
    return Failure(what, reason, log, REMEDIES.get(state, LOOK if log else ABOVE))


def reason_in(text: str) -> str:
    """The error in one line that the log of a job ends with; empty if it ends otherwise."""
    found = list(ERROR.finditer(text))
    if not found:
        return ""
    if found[-1][1] != DEFECT:
        return found[-1][1]
    return exception_in(text[found[-1].end() :]) or DEFECT


def exception_in(text: str) -> str:
    """The exception that the last traceback in a text ends with; empty if there is no traceback."""
    _, found, after = text.rpartition(TRACEBACK)
    return next(iter(EXCEPTION.findall(after)), "") if found else ""


def _is_defect(text: str) -> bool:
    return [found[1] for found in ERROR.finditer(text)][-1:] == [DEFECT]


def _from_executor(message: str, text: str) -> tuple[str, str] | None:
    """Reason and state of a job that Slurm has ended, from its message and the logs."""
    found = SLURM.search(message)
    state = found[1] if found else ""
    if state == MEMORY_STATE or OUT_OF_MEMORY.search(text):
        return "it used more memory than it had requested", MEMORY_STATE
    if state == TIME_STATE or OUT_OF_TIME.search(text):
        return "it took longer than it had requested", TIME_STATE
    return (f"Slurm ended it: {state}", state) if state else None


def _from_process(ended: str) -> tuple[str, str]:
    """Reason and signal of a process that did not say why it ended; both empty if it is not known."""
    signal, status = SIGNAL.search(ended), STATUS.search(ended)
    name = signal[1] if signal else KILLED if status and int(status[1]) == KILLED_STATUS else ""
    if name:
        often = ", most often because the memory is used up" if name == KILLED else ""
        return f"its process was killed ({name}){often}", name
    return (f"its process ended with exit status {status[1]} and without a reason" if status else ""), ""


def _end_of(log: str, since: float) -> str:
    """The end of a log; empty if it does not exist or is older."""
    try:
        if Path(log).stat().st_mtime < since - CLOCKS_S:
            return ""
        with Path(log).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
