"""Commands run without a network and under strace: what they tried to reach and wrote all the same."""

import functools
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CALLS = (
    "connect,sendto,sendmsg,sendmmsg,openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,"
    "symlinkat,truncate,mknod,mknodat,execve"
)
WITHOUT_NETWORK = ("unshare", "--map-root-user", "--net")
SYSTEM = ("/dev/", "/proc/", "/sys/")
CACHES = (
    ".cache/bauta",
    ".cache/matplotlib",
    ".config/matplotlib",
    ".cache/snakemake",
    ".cache/dvc",
    ".config/dvc",
)
"""What docs/sharing.md names below the home folder."""

CLUSTER = ("sacct", "scontrol", "sinfo", "squeue")
"""Slurm's own programs, which Snakemake's plugin for it asks when it starts, where they are installed.

They ask the cluster's controller, and look up its name where no configuration gives it.
"""

ADDRESS = re.compile(r"sa_family=AF_INET6?,.*?htons\((\d+)\).*?\"([0-9a-fA-F.:]+)\"")
WRITTEN = re.compile(r"O_(?:WRONLY|RDWR|CREAT)\b.*\) = \d+<(.*?)>(?: .*)?$")
NAMED = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Seen:
    """What a command did.

    Attributes:
        output: What it said.
        reached: Calls that look up a name or go beyond this machine.
        written: Absolute paths that it wrote, made or renamed to.
        started: Calls that started programs.
    """

    output: str
    reached: list[str]
    written: list[str]
    started: list[str]

    def strayed(self, *folders):
        """What was written outside some folders and the system's own; those above may be made for them."""
        inside = tuple(f"{Path(folder).resolve()}/" for folder in folders)
        above = {str(parent) for folder in inside for parent in Path(folder).parents}
        return sorted(
            {path for path in self.written if not f"{path}/".startswith((*inside, *SYSTEM))} - above
        )


@functools.cache
def why_not():
    """Why nothing can be watched here; None where it can."""
    for program in ("strace", "unshare"):
        if shutil.which(program) is None:
            return f"needs {program}"
    tried = subprocess.run(
        [*WITHOUT_NETWORK, "strace", "-o", os.devnull, "true"], capture_output=True, check=False
    )
    if tried.returncode != 0:
        return f"no network namespace or no tracing here: {tried.stderr.decode().strip()}"
    return None


def watch(command, folder, home, **variables):
    """Run a command in a folder with an empty home, without a network; skip where that cannot be seen."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    trace = folder / "trace.txt"
    strace = ("strace", "-f", "-y", "-qq", "--seccomp-bpf", "-e", f"trace={CALLS}", "-e", "signal=none")
    done = subprocess.run(
        [*WITHOUT_NETWORK, *strace, "-o", str(trace), *command],
        cwd=folder,
        env=bare(home) | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command)}:\n{done.stdout[-6000:]}")
    calls = list(joined(trace.read_text(errors="replace").splitlines()))
    trace.unlink()
    return Seen(
        output=done.stdout,
        reached=reached_by(calls),
        written=sorted(set(writes(calls, folder))),
        started=[call for call in calls if " execve(" in call],
    )


def bare(home):
    """An environment with the interpreter and nothing of the user's, such as a switch that is set here."""
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in ("PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "200",
    }


def joined(lines):
    """Calls in one line each, which another thread's may have torn in two; those that never ended last."""
    begun = {}
    for line in lines:
        process, _, rest = line.partition(" ")
        if rest.endswith("<unfinished ...>"):
            begun[process] = line.removesuffix("<unfinished ...>")
        elif " resumed>" in rest:
            yield begun.pop(process, process + " ") + rest.partition(" resumed>")[2]
        else:
            yield line
    yield from begun.values()


def reached_by(calls):
    """The calls that look up a name or go beyond this machine, each with the program that made it.

    Those of Slurm's own programs are left out.
    """
    programs, found = {}, []
    for call in calls:
        process, _, rest = call.partition(" ")
        if " execve(" in call and call.endswith(" = 0"):
            programs[process] = NAMED.search(rest)[1]
        elif reaches(call):
            program = programs.get(process, "a thread")
            if Path(program).name not in CLUSTER:
                found.append(f"{program}: {call}")
    return found


def reaches(call):
    """Whether a call looks up a name or goes beyond this machine."""
    if "/resolv.conf" in call or "systemd/resolve" in call:
        return True
    found = ADDRESS.search(call)
    if found is None or " bind(" in call:
        return False
    port, address = found.groups()
    return port == "53" or not (address.startswith("127.") or address == "::1")


def writes(calls, folder):
    """Absolute paths that succeeded to be written; what is relative is below `folder`, where commands run."""
    for call in calls:
        if " = -1 " in call:
            continue
        if re.search(r" (openat|open|creat)\(", call):
            found = WRITTEN.search(call)
            if found:
                yield found[1]
        elif re.search(r" (mkdir|rename|link|symlink|truncate|mknod)", call):
            names = NAMED.findall(call)
            if names:
                yield os.path.normpath(folder.resolve() / names[-1])
