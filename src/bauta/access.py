"""Who may see what the workflow writes: caches and results hold faces, so nobody else may."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

PRIVATE = 0o077
SHARED = 0o007

WRITTEN = ("results", "logs", ".snakemake")
"""Folders beside the cache that hold what is made from faces."""

KEPT = (".snakemake", ".dvc")
"""Folders that are made by others: Snakemake's own, and DVC's, whose cache holds the same faces."""


def keep_private(root: Path) -> None:
    """Close to others what this process and the jobs that it starts will write.

    A group shares a cache by giving its folder the setgid bit (`chmod 2770 cache`): then its members may read
    and write what is made, in there alone. The other folders are closed, unless they have the bit as well.

    Args:
        root: The working folder.
    """
    shared = is_shared(root / "cache")
    os.umask(SHARED if shared else PRIVATE)
    if shared:
        for name in WRITTEN:
            (root / name).mkdir(exist_ok=True)
    for name in {*WRITTEN, *KEPT} if shared else KEPT:
        folder = root / name
        if folder.is_dir() and folder.stat().st_uid == os.getuid() and not is_shared(folder):
            folder.chmod(0o700)


def is_shared(folder: Path) -> bool:
    """Whether a folder is there and is meant for its group."""
    return folder.is_dir() and bool(folder.stat().st_mode & stat.S_ISGID)


def open_to_others(folders: Iterable[Path]) -> list[Path]:
    """Those of some folders, and of the folders in them, that people outside the group can look into.

    A folder below one that is closed to them is not reached.
    """
    found = []
    for folder in folders:
        if folder.is_dir() and folder.stat().st_mode & stat.S_IRWXO:
            found.append(folder)
    return found
