"""The process that reads an official checkpoint: `python -m bauta.models.convert_child KIND SOURCE TARGET`.

`bauta.models.convert` starts it without a network. Nothing of the checkpoint is imported or run, see
`restricted_pickle`; this process is the second wall.
"""

import sys
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
"""Audit events of a network or of another program."""


def refuse(event: str, _: tuple[Any, ...]) -> None:
    """An audit hook that ends what would open a connection or start a program.

    Raises:
        PermissionError: for such an event.
    """
    if event.startswith(FORBIDDEN):
        raise PermissionError(f"a checkpoint asked for {event}: it is refused, do not use the file")


def main(arguments: list[str]) -> None:
    """Take the generator out of a checkpoint and write its tensors."""
    kind, source, target = arguments
    sys.addaudithook(refuse)
    try:
        extracted = EXTRACTORS[kind](read_checkpoint(source))
        save_tensors(extracted.tensors, target, extracted.about)
    except BautaError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
