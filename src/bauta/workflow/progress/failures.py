"""Why a job failed, and what to do about it, from its log and from what Snakemake reports."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DEFECT = "the job failed"
"""What the log of a job says before the traceback of an error that is none of bauta's own."""

ERROR = re.compile(r"^\S+ \S+ ERROR bauta\.workflow\.job: (.*)$", re.MULTILINE)
"""The line with which `bauta.workflow.job` ends the log of a failed job."""

SIGNAL = re.compile(r"died with <Signals\.(SIG\w+): \d+>")
STATUS = re.compile(r"returned non-zero exit status (\d+)")
SLURM = re.compile(r"SLURM status is: '(\w+)")
OUT_OF_MEMORY = re.compile(r"oom[-_ ]kill|out of memory|OUT_OF_MEMORY", re.IGNORECASE)

TAIL = 200_000
"""Bytes of a log that are read from its end."""

CLOCKS_S = 2.0
"""How far the clocks of a file system and of this machine may be apart."""

RESOURCES = "set-resources of slurm/config.yaml"
AGAIN = "run the same command again: finished work is kept"

KNOWN = f"do what the reason says, then {AGAIN}"
REPORT = f"report it with the log if it is not a plug-in of yours; {AGAIN}"
MEMORY = f"run fewer jobs at once (--cores 1), or free memory; then {AGAIN}"
LOOK = f"look into the log; then {AGAIN}"

REMEDIES = {
    "TIMEOUT": f"give the rule more time (`runtime` in {RESOURCES}); then {AGAIN}",
    "OUT_OF_MEMORY": f"give the rule more memory (`mem_mb` in {RESOURCES}); then {AGAIN}",
    "SIGKILL": MEMORY,
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
    log = next((log for log, text in read.items() if text), "")
    reason, state = _from_outside(message, ended, "\n".join(read.values()))
    return Failure(what, reason, log, REMEDIES.get(state, LOOK))


def reason_in(text: str) -> str:
    """The error in one line that a log ends with; empty if it ends otherwise."""
    found = list(ERROR.finditer(text))
    if not found:
        return ""
    if found[-1][1] != DEFECT:
        return found[-1][1]
    # A traceback follows, whose last line without an indent names the exception.
    lines = text[found[-1].end() :].splitlines()
    named = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Interrupt|Exit|Warning)\b", line)]
    return named[-1] if named else DEFECT


def _is_defect(text: str) -> bool:
    return [found[1] for found in ERROR.finditer(text)][-1:] == [DEFECT]


def _from_outside(message: str, ended: str, text: str) -> tuple[str, str]:
    """Reason and state of a job that did not say itself why it failed."""
    if state := SLURM.search(message):
        if OUT_OF_MEMORY.search(text):
            return "it used more memory than it had requested", "OUT_OF_MEMORY"
        return f"Slurm ended it: {state[1]}", state[1]
    if signal := SIGNAL.search(ended):
        often = ", most often because the memory is used up" if signal[1] == "SIGKILL" else ""
        return f"its process was killed ({signal[1]}){often}", signal[1]
    if (status := STATUS.search(ended)) and int(status[1]) == 137:
        return "its process was killed (SIGKILL), most often because the memory is used up", "SIGKILL"
    if status:
        return f"its process ended with exit status {status[1]} and without a reason", ""
    return (" ".join(message.split()) or "Snakemake gives no reason"), ""


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
