"""Access to what the workflow writes: caches and results hold faces, so other users get none."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from bauta.errors import DataError
from bauta.io import layout

PRIVATE = 0o077
SHARED = 0o007

WRITTEN = (layout.RESULTS.name, layout.LOGS.name, ".snakemake")
"""Folders beside the cache that hold what is made from faces."""

KEPT = (".snakemake", ".dvc")
"""Folders that other programs make: Snakemake's, and DVC's, whose cache holds the same faces."""

CLONED = (layout.DATA, layout.CACHE, layout.RESULTS)
"""Folders that a clone brings, with a README and open to everybody."""


def make_private(folder: Path) -> None:
    """Make a folder that only its owner can read, or take the rights of others away from one that is there.

    Raises:
        DataError: it is a link, so that others would decide where its content goes.
    """
    if folder.is_symlink():
        raise DataError(f"{folder} is a link, expected a folder of its own: remove the link")
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def keep_private(root: Path) -> None:
    """Deny other users access to what this process and the jobs that it starts will write.

    A group shares a cache by setting the setgid bit of its folder (`chmod 2770 cache`): its members may then
    read and write new files, in that folder only. The other folders are closed unless they have the bit as
    well.

    Args:
        root: The working folder.
    """
    shared = is_shared(root / layout.CACHE)
    os.umask(SHARED if shared else PRIVATE)
    if shared:
        for name in WRITTEN:
            (root / name).mkdir(exist_ok=True)
    for name in {*WRITTEN, *KEPT} if shared else KEPT:
        folder = root / name
        if folder.is_dir() and folder.stat().st_uid == os.getuid() and not is_shared(folder):
            folder.chmod(0o700)
    for folder in (root / name for name in CLONED):
        if _is_just_cloned(folder) and not is_shared(folder):
            folder.chmod(0o700)


def _is_just_cloned(folder: Path) -> bool:
    """Whether nobody has put anything into a folder, or decided yet who may look into it."""
    try:
        return folder.stat().st_uid == os.getuid() and [path.name for path in folder.iterdir()] == [
            "README.md"
        ]
    except OSError:
        return False


def is_shared(folder: Path) -> bool:
    """Whether a folder exists and is shared with its group."""
    return folder.is_dir() and bool(folder.stat().st_mode & stat.S_ISGID)


def open_to_others(folders: Iterable[Path]) -> list[Path]:
    """The given folders, and folders within them, that users outside the group can list or enter.

    Folders below a closed one are not visited, as such users cannot reach them.
    """
    found = []
    for folder in folders:
        if folder.is_dir() and folder.stat().st_mode & stat.S_IRWXO:
            found.append(folder)
    return found
