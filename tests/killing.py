"""Processes that strace kills before a system call of one's choice, without a new Python each time."""

import ctypes
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import psutil
import pytest

CALLS = (
    "openat,close,write,pwrite64,ftruncate,fsync,fdatasync,mkdir,mkdirat,rmdir,unlink,unlinkat,link,linkat,"
    "rename,renameat,renameat2"
)
"""What changes a file or a folder, and what may stand between two changes."""

PR_SET_PTRACER, ANYBODY = 0x59616D61, -1
ANSWERS_S = 60


class Killer:
    """Runs functions in processes that have imported everything already.

    Args:
        modules: What they need.
    """

    def __init__(self, *modules):
        if shutil.which("strace") is None:
            pytest.skip("needs strace")
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(list(modules))
        with pytest.MonkeyPatch.context() as patch:
            # The server of forks finds no other modules than these.
            patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
            self.run(os.getpid)

    def run(self, function, *arguments):
        """Run it to its end."""
        process = self.context.Process(target=_run, args=(function, arguments))
        process.start()
        process.join(ANSWERS_S)
        assert process.exitcode == 0

    def calls(self, function, *arguments):
        """The system calls that it makes, each with how many of its name there have been."""
        counts, found = Counter(), []
        pid, lines = self._traced([f"--trace={CALLS}"], function, arguments)
        for line in lines:
            called = re.match(rf"{pid} +(\w+)\(", line)
            if called:
                counts[called[1]] += 1
                found.append((called[1], counts[called[1]]))
        return found

    def kill(self, call, number, function, *arguments):
        """Kill it before a system call; returns whether it came to that."""
        inject = f"--inject={call}:signal=SIGKILL:when={number}"
        _, lines = self._traced([f"--trace={call}", inject], function, arguments)
        return any("killed by SIGKILL" in line for line in lines)

    def _traced(self, options, function, arguments):
        process = self.context.Process(target=_run_when_told, args=(function, arguments))
        process.start()
        waiting = psutil.Process(process.pid)
        while waiting.status() != psutil.STATUS_STOPPED:
            assert process.is_alive()
        # Attached to the only thread there is; those that follow are followed.
        with tempfile.NamedTemporaryFile("r") as output:
            command = ["strace", "--follow-forks", f"--attach={process.pid}", f"--output={output.name}"]
            with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) as strace:
                said = strace.stderr.readline()
                os.kill(process.pid, signal.SIGCONT)
                strace.communicate()
            lines = output.readlines()
        process.join(ANSWERS_S)
        if "attached" not in said:
            pytest.skip(f"needs strace that may attach: {said.strip()}")
        return process.pid, lines


def _run(function, arguments):
    function(*arguments)
    os._exit(0)


def _run_when_told(function, arguments):
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY, 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)
    _run(function, arguments)


def content(folder):
    """Every file and folder below a folder, hidden ones included."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in Path(folder).rglob("*")
    }
