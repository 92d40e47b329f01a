"""The users of a cache and the stores that they need: checkouts, users and machines may share one.

Each checkout that runs leaves in `cache/.users/<name>/` one file for each plan that it had, with every path
that the plan reaches. A file is written once and never changed, so that nobody loses what another has
written, whatever the file system. `bauta clean-stale` keeps what any of them names. It replaces those of its
own checkout by what its configurations reach now.

A checkout may link the whole cache or single datasets in it: the files lie in the shared folder, and their
paths are relative to it.
"""

import getpass
import hashlib
import json
import logging
import os
import re
import shutil
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from bauta.cache.reach import CHECKOUT, FORMAT, Other, Reach
from bauta.errors import ConfigError, DiskError
from bauta.io import layout
from bauta.io.atomic import write_text

log = logging.getLogger(__name__)

USERS = ".users"
A_DAY_S = 24 * 3600


class SharedCache:
    """The cache as a checkout sees it.

    Args:
        folder: The cache, in the working directory.
    """

    def __init__(self, folder: Path = layout.CACHE) -> None:
        self.folder = folder

    @cached_property
    def roots(self) -> dict[Path, Path]:
        """Real path → path in the checkout, for the cache and for the datasets in it that are links."""
        linked = [child for child in self._children if child.is_symlink()]
        return {path.resolve(): path for path in (self.folder, *linked) if path.is_dir()}

    @cached_property
    def watched(self) -> list[Path]:
        """Real folders in which others may have written about stores that this checkout sees."""
        above = [real.parent for real, path in self.roots.items() if path != self.folder]
        return list(dict.fromkeys([*self.roots, *above, *(child.resolve() for child in self._children)]))

    @property
    def _children(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*") if path.name[:1] != "." and path.is_dir())

    def as_seen(self, path: Path) -> Iterator[Path]:
        """Yield the paths under which this checkout sees a real path."""
        for real, seen in self.roots.items():
            if path.is_relative_to(real):
                yield seen / path.relative_to(real)


def register(
    paths: Iterable[Path],
    whole: Iterable[Path],
    configs: Sequence[Path | str],
    cache: SharedCache | None = None,
) -> list[Path]:
    """Record in the cache what a plan of this checkout reaches; in a read-only cache, nothing is recorded.

    Args:
        paths: The stores that are kept.
        whole: Folders of which everything is kept.
        configs: The files of the configuration.
        cache: The cache.

    Returns:
        The files that record it.
    """
    cache = cache or SharedCache()
    files = []
    for root in cache.roots.values():
        below = None if root == cache.folder else root
        reach = Reach(
            format=FORMAT,
            root=str(root),
            configs=tuple(map(str, configs)),
            paths=_below(below, paths),
            whole=_below(below, whole),
            **_this_checkout(),
        )
        # The same plan on another machine counts as the same.
        what = json.dumps([reach.configs, reach.paths, reach.whole])
        digest = hashlib.sha256(what.encode()).hexdigest()[:12]
        files.append(root / USERS / reach.name / f"{digest}.json")
        _leave(files[-1], json.dumps(asdict(reach), indent=0) + "\n")
    return files


def _below(root: Path | None, paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(sorted(str(path) for path in paths if root is None or path.is_relative_to(root)))


def _leave(path: Path, text: str) -> None:
    try:
        if not path.is_file():
            write_text(path, text)
        elif time.time() - path.stat().st_mtime > A_DAY_S:
            os.utime(path)
    except (DiskError, OSError) as error:
        log.warning("%s: other users of this cache cannot see which of its stores you need", error)


def is_known(cache: SharedCache | None = None) -> bool:
    """Whether this checkout has already recorded what it reaches."""
    name = _this_checkout()["name"]
    return all((root / USERS / name).is_dir() for root in (cache or SharedCache()).roots.values())


def reached_by_others(
    forgotten: str | None, cache: SharedCache | None = None
) -> tuple[set[Path], set[Path], list[str]]:
    """The stores that other checkouts keep in the cache.

    Args:
        forgotten: Name of a checkout whose stores are no longer kept.
        cache: The cache.

    Returns:
        Stores, folders of which everything is kept, and a line on each checkout.

    Raises:
        ConfigError: no checkout has the name `forgotten`.
        StoreError: a file of another checkout cannot be read.
    """
    cache = cache or SharedCache()
    others = dict(_others(cache))
    names = {other.reach.name for other in others.values()}
    if forgotten is not None and forgotten not in names:
        known = ", ".join(sorted(names)) or "no other checkout"
        raise ConfigError(f"forget: expected a checkout that uses this cache ({known}), got '{forgotten}'")
    paths: set[Path] = set()
    whole: set[Path] = set()
    notes = {}
    for file, other in sorted(others.items(), key=lambda pair: pair[1].planned):
        name = other.reach.name
        if name == forgotten or other.reach.is_gone:
            notes[name] = f"not kept for {other}: {'forgotten' if name == forgotten else 'no longer there'}"
            continue
        notes[name] = f"kept, too: what is needed by {other} (--forget {name})"
        root = file.parents[2].resolve()
        paths.update(_seen(cache, root, other.reach.root, other.reach.paths))
        whole.update(_seen(cache, root, other.reach.root, other.reach.whole))
    return paths, whole, list(notes.values())


def withdraw(forgotten: str | None, kept: Iterable[Path], cache: SharedCache | None = None) -> None:
    """Remove the earlier records of this checkout and all records of checkouts that are gone or forgotten.

    Args:
        forgotten: Name of a checkout whose records are removed.
        kept: The current records of this checkout.
        cache: The cache.
    """
    cache = cache or SharedCache()
    own = _this_checkout()["name"]
    for root in cache.roots.values():
        for file in {*(root / USERS / own).glob("*.json")} - {*kept}:
            file.unlink(missing_ok=True)
    for file, other in _others(cache):
        if other.reach.name == forgotten or other.reach.is_gone:
            shutil.rmtree(file.parent, ignore_errors=True)


def _others(cache: SharedCache) -> Iterator[tuple[Path, Other]]:
    own = _this_checkout()["name"]
    for root in cache.watched:
        for file in sorted((root / USERS).glob("*/[!.]*.json")):
            # Its checkout may be withdrawing it right now.
            with suppress(FileNotFoundError):
                if file.parent.name != own:
                    yield file, Other(Reach.read(file), file.stat().st_mtime)


def _seen(cache: SharedCache, real: Path, root: str, paths: Iterable[str]) -> Iterator[Path]:
    """Another checkout's paths as this one sees them: those in the folder, and those beside the cache."""
    for path in map(Path, paths):
        if path.is_relative_to(root):
            yield from cache.as_seen(real / path.relative_to(root))
        elif cache.roots.get(real) == cache.folder:
            yield path


def _this_checkout() -> dict[str, Any]:
    folder = Path.cwd()
    number = _number()
    host, user = socket.gethostname(), user_name()
    digest = hashlib.sha256(f"{folder}\0{number or host}".encode()).hexdigest()[:8]
    return {
        "name": f"{re.sub('[^a-z0-9]', '_', user.lower())}-{digest}",
        "checkout": str(folder),
        "number": number,
        "host": host,
        "mount": str(next(place for place in (folder, *folder.parents) if os.path.ismount(place))),
        "user": user,
    }


def user_name() -> str:
    """The name of the user running this process; the user id where a container has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _number() -> str:
    """The unique number of this checkout; empty if it cannot be stored."""
    try:
        if not CHECKOUT.is_file():
            write_text(CHECKOUT, f"{uuid4().hex}\n")
        return CHECKOUT.read_text(encoding="utf-8").strip()
    except (DiskError, OSError):
        return ""
