"""Running another program in a folder of its own: without network, with limits of time and memory."""

import logging
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bauta.anonymize.errors import AnonymizationError
from bauta.errors import ConfigError
from bauta.models.convert import without_network

DROPPED = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
"""Variables that belong to bauta's own Python."""

LOGGED = 200
"""Lines of a program's output that are logged, the last ones."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What a program may use.

    Attributes:
        seconds: Time of one call.
        memory: Bytes of private memory of each of its processes.
        network: Whether it may use the network.
    """

    seconds: float
    memory: int
    network: bool


def isolation(limits: Limits) -> list[str]:
    """Return the prefix of a command that keeps it off the network; empty if it may use it.

    Raises:
        ConfigError: this system cannot keep it off.
    """
    if limits.network:
        return []
    prefix = without_network()
    if not prefix:
        raise ConfigError(
            "anonymizers.command.network: this system cannot run a program without network (unshare "
            "--map-root-user --net is missing or forbidden); set network: true to run it all the same"
        )
    return prefix


def call(command: Sequence[str], folder: Path, limits: Limits, environment: Mapping[str, str]) -> None:
    """Run a program until it ends, with its output in the log.

    Args:
        command: Its words, with the prefix of `isolation`.
        folder: Its working directory, which also holds its temporary files.
        limits: What it may use.
        environment: Its variables.

    Raises:
        AnonymizationError: it cannot be started, fails, or takes too long; what it had started is killed.
    """
    kilobytes = str(limits.memory // 1024)
    limited = ["/bin/sh", "-c", 'ulimit -d "$0" && exec "$@"', kilobytes, *command]
    said = folder / "output.log"
    with said.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            limited,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    lines = said.read_text(encoding="utf-8", errors="replace").splitlines()
    for line in lines[-LOGGED:]:
        log.info("%s: %s", command_name(command), line)
    if code is None:
        raise AnonymizationError(f"{command_name(command)} did not end within {limits.seconds:g} s")
    if code != 0:
        last = next((line.strip() for line in reversed(lines) if line.strip()), "no output")
        raise AnonymizationError(f"{command_name(command)} failed with exit status {code}: {last[:300]}")


def command_name(command: Sequence[str]) -> str:
    """Name of the program in a command, without the prefix that isolates it."""
    words = list(command)
    if words and Path(words[0]).name == "unshare":
        words = [word for word in words[1:] if not word.startswith("--")]
    return Path(words[0]).name if words else "the program"


@contextmanager
def own_folder() -> Iterator[Path]:
    """Create an empty folder that only this user can read, and remove it at the end."""
    with TemporaryDirectory(prefix="bauta-") as name:
        yield Path(name).resolve()


def variables(search: str, folder: Path) -> dict[str, str]:
    """Return the variables of this process without those of bauta's Python, and with a temporary folder."""
    kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
    return {**kept, "PATH": search, "TMPDIR": str(folder)}


def containing(image: str, folder: Path) -> list[str]:
    """Return the prefix of a command that runs it in a container that sees only a folder."""
    apptainer = shutil.which("apptainer") or "apptainer"
    return [apptainer, "exec", "--containall", "--bind", str(folder), "--pwd", str(folder), image]
