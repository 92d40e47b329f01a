"""Files that appear complete or not at all, and errors that name the file and the remedy."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from bauta.errors import BautaError, DiskError

_SPACE = "free space on that disk and run again, what was finished is kept"
_ACCESS = "make the folder writable, or let it be a link to one that is, and run again"

REMEDIES = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: "raise the limit of the size of a file (`ulimit -f`) and run again",
    errno.EROFS: _ACCESS,
    errno.EACCES: _ACCESS,
    errno.EPERM: _ACCESS,
    errno.EIO: "the disk does not answer as it should; look at its health, then run again",
    errno.ESTALE: "the network's file system lost the file; run again",
}
"""What to do after an error of the operating system; other errors are defects and keep their traceback."""


@contextmanager
def naming(path: Path | str) -> Iterator[None]:
    """Turn the operating system's refusal to write into one line.

    Args:
        path: The file or folder that is to appear; partial files beside it would tell a user nothing.

    Raises:
        DiskError: one of `REMEDIES`.
    """
    try:
        yield
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0)
        if remedy is None or isinstance(error, BautaError):
            raise
        # The system's own words: those of Arrow hold them twice.
        reason = os.strerror(error.errno or 0)
        raise DiskError(f"{path} cannot be written ({reason}): {remedy}") from error


def write_atomically(path: Path | str, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, then move it there; on an error nothing is left behind.

    Raises:
        DiskError: the disk is full, or the folder cannot be written to.
    """
    path = Path(path)
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.stem}.partial-{uuid4().hex[:8]}{path.suffix}")
        try:
            write(partial)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path | str) -> Iterator[Path]:
    """A folder to fill, which takes the place of `path` at the end; on an error nothing is left behind.

    Raises:
        DiskError: the disk is full, or the folder cannot be written to.
    """
    path = Path(path)
    with naming(path):
        partial = path.with_name(f".{path.name}.partial-{uuid4().hex[:8]}")
        partial.mkdir(parents=True)
        try:
            yield partial
            shutil.rmtree(path, ignore_errors=True)
            try:
                partial.rename(path)
            except OSError as error:
                # Another run has put the same there in the meantime.
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def write_text(path: Path | str, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_atomically(path, lambda partial: partial.write_text(text, encoding="utf-8", newline="\n"))


def write_bytes(path: Path | str, content: bytes) -> None:
    """Write bytes atomically."""
    write_atomically(path, lambda partial: partial.write_bytes(content))
