"""Files that appear complete or not at all, and errors that name the file and the remedy."""

import ctypes
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bauta.errors import BautaError, DiskError
from bauta.io.leftovers import PARTIAL, sweep
from bauta.io.workers import new_token

_SPACE = "free space on that disk and run again; finished work is kept"
_ACCESS = "make the folder writable, or replace it by a link to a writable one, and run again"

REMEDIES = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: "raise the file size limit (`ulimit -f`) and run again",
    errno.EROFS: _ACCESS,
    errno.EACCES: _ACCESS,
    errno.EPERM: _ACCESS,
    errno.EIO: "the disk reports read or write errors; check its health, then run again",
    errno.ESTALE: "the network file system lost the file; run again",
}
"""The remedy for each operating system error; other errors are defects and keep their traceback."""


@contextmanager
def naming(path: Path | str) -> Iterator[None]:
    """Turn the operating system's refusal to write into a one-line error.

    Args:
        path: The file or folder being written; the name of a partial file beside it would tell a user
            nothing.

    Raises:
        DiskError: one of `REMEDIES`.
    """
    try:
        yield
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0)
        if remedy is None or isinstance(error, BautaError):
            raise
        # The system's own words: Arrow's message repeats them.
        reason = os.strerror(error.errno or 0)
        raise DiskError(f"{path} cannot be written ({reason}): {remedy}") from error


def sync(path: Path | str) -> None:
    """Wait until a file, or a folder with all its contents, would survive a power cut.

    A rename may reach the disk before the content that it names, unless the content was synced first.
    """
    path = Path(path)
    for inside in path.iterdir() if path.is_dir() else ():
        sync(inside)
    _sync_one(path)


def sync_names(folder: Path | str) -> None:
    """Wait until the names in a folder would survive a power cut, as needed after a rename in it."""
    _sync_one(Path(folder))


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot sync folders; they keep what was closed.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def write_atomically(path: Path | str, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, then rename it to `path`; on an error, nothing is left behind.

    Both content and name are on the disk when this returns.

    Raises:
        DiskError: the disk is full, or the folder cannot be written to.
    """
    path = Path(path)
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent.absolute())
        partial = path.with_name(f".{path.stem}{PARTIAL}{new_token()}{path.suffix}")
        try:
            write(partial)
            sync(partial)
            partial.replace(path)
            sync_names(path.parent)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path | str) -> Iterator[Path]:
    """Yield a folder to fill, which replaces `path` at the end; on an error, nothing is left behind.

    A folder that another run has put there in the meantime stays, as its content is the same.

    Raises:
        DiskError: the disk is full, or the folder cannot be written to.
    """
    path = Path(path)
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent.absolute())
        before = _identity(path)
        partial = path.with_name(f".{path.name}{PARTIAL}{new_token()}")
        aside = path.with_name(f".{path.name}{PARTIAL}{new_token()}")
        partial.mkdir()
        try:
            yield partial
            sync(partial)
            put_in_place(partial, path, aside, is_new=lambda: _identity(path) not in (None, before))
            sync_names(path.parent)
        finally:
            for left in (partial, aside):
                shutil.rmtree(left, ignore_errors=True)


def put_in_place(new: Path, target: Path, aside: Path, is_new: Callable[[], bool]) -> None:
    """Rename a folder to its place, exchanging it with an existing one atomically where possible.

    Args:
        new: The folder.
        target: Its place.
        aside: Where the existing folder is moved if the file system cannot exchange the two.
        is_new: Whether another process has just put a folder there, which then stays.
    """
    while True:
        try:
            new.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return
        if is_new() or _exchange(new, target):
            return
        with suppress(FileNotFoundError):
            target.rename(aside)


def _exchange(new: Path, old: Path) -> bool:
    """Exchange two folders atomically; False where the system or the file system cannot do that."""
    at_fdcwd, rename_exchange = -100, 2
    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    return exchange(at_fdcwd, os.fsencode(new), at_fdcwd, os.fsencode(old), rename_exchange) == 0


def _identity(folder: Path) -> int | None:
    """The inode, which tells apart two folders of the same name; None where there is no folder."""
    try:
        return folder.stat().st_ino
    except FileNotFoundError:
        return None


def write_text(path: Path | str, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_atomically(path, lambda partial: partial.write_text(text, encoding="utf-8", newline="\n"))


def write_bytes(path: Path | str, content: bytes) -> None:
    """Write bytes atomically."""
    write_atomically(path, lambda partial: partial.write_bytes(content))
