"""The process that reads an official checkpoint: `python -m bauta.models.convert_child KIND SOURCE TARGET`.

`bauta.models.convert` starts it without network access. Nothing in the checkpoint is imported or executed,
see `restricted_pickle`; this process is the second line of defence.
"""

import resource
import sys
from pathlib import Path
from typing import Any

from bauta.errors import BautaError
from bauta.models.extract import EXTRACTORS
from bauta.models.restricted_pickle import read_checkpoint
from bauta.models.tensor_file import save_tensors

FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "pty.",
)
"""Audit events of network access or of starting a program."""

MEMORY_ANYWAY = 4 * 2**30
"""Memory for the interpreter and torch, in bytes."""

MEMORY_PER_BYTE = 8
"""Memory per byte of the checkpoint, in bytes: at the end it is in memory about three times."""


def limit_memory(source: Path) -> None:
    """Limit the memory to what a checkpoint can need, so that an excess fails here and nowhere else."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = MEMORY_ANYWAY + MEMORY_PER_BYTE * source.stat().st_size
    if most == resource.RLIM_INFINITY or limit < most:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


def refuse(event: str, _: tuple[Any, ...]) -> None:
    """Audit hook that stops any attempt to open a connection or start a program.

    Raises:
        PermissionError: for such an event.
    """
    if event.startswith(FORBIDDEN):
        raise PermissionError(f"a checkpoint asked for {event}: it is refused, do not use the file")


def main(arguments: list[str]) -> None:
    """Extract the generator from a checkpoint and write its tensors."""
    kind, source, target = arguments
    sys.addaudithook(refuse)
    limit_memory(Path(source))
    try:
        extracted = EXTRACTORS[kind](read_checkpoint(source))
        save_tensors(extracted.tensors, target, extracted.about)
    except BautaError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
