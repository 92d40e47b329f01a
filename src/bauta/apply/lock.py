"""One run at a time in an output folder: two would mix their journals, tables and pictures."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bauta.apply.inputs import LOCK
from bauta.errors import ConfigError
from bauta.io.atomic import naming

log = logging.getLogger(__name__)


@contextmanager
def only_run(out: Path) -> Iterator[None]:
    """Keep other runs out of an output folder, which exists, until the context ends.

    The operating system frees the lock when the process ends, however it does. Its file stays: if it were
    removed, one run could hold the lock of the old file and another that of a new one.

    Raises:
        ConfigError: another run writes to the folder.
        DiskError: the folder cannot be written to.
    """
    lock = FileLock(out / LOCK, timeout=0)
    try:
        with naming(out / LOCK):
            lock.acquire()
    except Timeout:
        raise ConfigError(
            f"output {out} is being written by another run of bauta apply: wait for its end, or name another "
            "folder"
        ) from None
    except NotImplementedError:
        log.warning("%s: this file system has no locks: start no second run into this folder", out)
    try:
        yield
    finally:
        lock.release()
