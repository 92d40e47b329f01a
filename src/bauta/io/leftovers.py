"""Leftovers of killed processes: unfinished files and folders that no job will resume."""

import shutil
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from bauta.io.workers import Worker

PARTIAL = ".partial-"
"""Stands between the name of the artifact being written and the token of its writer."""

REMOVED = ".removed"
"""Suffix of a folder that is being emptied."""

CHECKPOINT = ".checkpoint"
"""Suffix of a training checkpoint."""

FINISHED = "store.json"
"""The file that completes a store: it is written last."""

A_DAY_S = 24 * 3600


def is_useless(path: Path) -> bool:
    """Whether a path is unfinished and no later job will resume from it.

    An unfinished store lies beside the finished one's path, not hidden, and a later job resumes from it
    unless there is a finished one. The same holds for a training checkpoint.
    """
    name, mark, _ = path.name.partition(PARTIAL)
    if mark:
        return name.startswith(".") or path.name.endswith(REMOVED) or is_finished(path.with_name(name))
    return path.name.endswith(CHECKPOINT) and is_finished(path.with_name(path.name.removesuffix(CHECKPOINT)))


def is_finished(path: Path) -> bool:
    """Whether a store, or any other artifact that is written atomically, is complete."""
    return (path / FINISHED).is_file() if path.suffix == ".zarr" else path.exists()


def at_work_on(path: Path, newest: float) -> bool:
    """Whether a process may still be writing an unfinished file or folder.

    Args:
        path: The unfinished file or folder.
        newest: When any part of it was last written. This decides if the writer is unknown or ran on another
            machine: after a day, it counts as abandoned.
    """
    worker = Worker.named_in(path.name)
    runs = None if worker is None else worker.runs
    return time.time() - newest < A_DAY_S if runs is None else runs


def is_being_written(path: Path) -> bool:
    """Whether the writer of an unfinished file or folder is known to be running."""
    worker = Worker.named_in(path.name)
    return worker is not None and worker.runs is True


@cache
def sweep(folder: Path) -> None:
    """Remove what killed processes of this machine left in a folder, at most once per process and folder.

    Args:
        folder: Its absolute path.
    """
    for path in folder.glob(f"*{PARTIAL}*"):
        worker = Worker.named_in(path.name)
        if worker is not None and worker.runs is False and is_useless(path):
            remove(path)


def remove(path: Path) -> None:
    """Remove a file or a folder if it still exists and permissions allow it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
