"""Tokens of processes, which other processes can check, on this machine or on another.

The names of unfinished files and of heartbeat files in a cache hold a token of their writer. On the machine
that it runs on, it is certain whether it still runs. On other machines this is unknown, and only time
decides.
"""

import hashlib
import os
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self
from uuid import uuid4

import psutil

TOKEN = re.compile(r"([0-9a-f]{8})-(\d{1,7})-([0-9a-f]+)-[0-9a-f]{4}(?![0-9a-z])")

CLOCK_S = 2.0
"""How much the start time of one process may differ between two readings, as the clock is adjusted."""


@dataclass(frozen=True)
class Worker:
    """A process that writes files.

    Attributes:
        place: Identifies the machine since its last boot, and the container.
        pid: The process id there.
        started: When the process was started, in seconds.
    """

    place: str
    pid: int
    started: int

    @classmethod
    def this(cls) -> Self:
        """The current process."""
        return cls(_place(), os.getpid(), int(psutil.Process().create_time()))

    @classmethod
    def named_in(cls, text: str) -> Self | None:
        """The process whose token a name holds; None where the name holds no token."""
        found = TOKEN.search(text)
        return cls(found[1], int(found[2]), int(found[3], 16)) if found else None

    def token(self) -> str:
        """A new token for a file that this process writes, different on each call."""
        return f"{self.place}-{self.pid}-{self.started:x}-{uuid4().hex[:4]}"

    @property
    def runs(self) -> bool | None:
        """Whether the process still runs; None where this is unknown, as for a process of another machine."""
        if self.place != _place():
            return None
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) <= CLOCK_S
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.ZombieProcess:
            return False
        except psutil.NoSuchProcess:
            # Where /proc is mounted with hidepid, other users' processes are not shown.
            return None if _exists(self.pid) else False
        except psutil.AccessDenied:
            return None


def new_token() -> str:
    """A new token for a file that this process writes, different on each call."""
    return Worker.this().token()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except ProcessLookupError:
        return False
    return True


@cache
def _place() -> str:
    """A hash that identifies a machine, its boot and its container.

    Machines may share a name, and processes in two containers may share a number.
    """
    parts = [socket.gethostname()]
    for read in (Path("/proc/sys/kernel/random/boot_id").read_text, Path("/proc/self/ns/pid").readlink):
        with suppress(OSError):
            parts.append(str(read()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
