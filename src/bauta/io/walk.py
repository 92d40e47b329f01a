"""Walking a folder of raw data: its files, and the reason for each entry that cannot be read.

Adapters and the fingerprint share this walk, so the key of a dataset covers exactly what its manifest shows.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from bauta.errors import DataError
from bauta.io.companions import companion

Links = Literal["follow", "inside", "refuse"]
"""The links below the root that are followed: all, those that stay inside the root, or none."""

State = tuple[int, int, int, int]
"""Size, mtime, ctime and inode of a file."""

UNKNOWN: State = (0, 0, 0, 0)

IRREGULAR = "not a regular file"


class Found(NamedTuple):
    """One entry of a dataset.

    Attributes:
        name: Relative to the root, with forward slashes; that of a companion folder ends with one.
        state: State of the file, or of the target of a link that is followed; `UNKNOWN` for a companion.
        unread: The reason why its content cannot be read; None where it can. Fingerprints hash the wording,
            so changing it changes the key of every dataset with such an entry.
        companion: The origin of a companion, see `companions`; None for all other entries.
    """

    name: str
    state: State
    unread: str | None = None
    companion: str | None = None


class _Folder(NamedTuple):
    """A folder to enter.

    Attributes:
        name: Relative to the root, empty or with a slash at its end.
        places: Real paths of the folders that hold the links leading here, and of the folder itself.
    """

    name: str
    places: tuple[str, ...]


def walk(root: Path, folder: str = "", links: Links = "follow") -> Iterator[Found]:
    """Yield every entry below a folder, except the folders that are entered.

    A link to a folder is entered where links are followed, but not if it leads back to a folder that contains
    it, and not a second time when other links lead to it: multiplying links would never end.

    Args:
        root: The dataset's folder.
        folder: Where to start, relative to the root.
        links: Which links are followed.

    Raises:
        DataError: a folder cannot be listed, or a file has vanished.
    """
    reason = refusal(root, folder, links)
    if reason is not None:
        yield Found(folder, _state(os.lstat(root / folder)), reason)
        return
    yield from _Walk(root, links).below(folder)


class _Walk:
    def __init__(self, root: Path, links: Links) -> None:
        self._root = root
        self._links = links
        self._linked: list[_Folder] = []
        self._entered: set[tuple[int, int]] = set()

    def below(self, folder: str) -> Iterator[Found]:
        places = (os.path.realpath(self._root), os.path.realpath(self._root / folder))
        pending = [_Folder(f"{folder}/" if folder else "", places)]
        # Links come last, so that a folder is first found under its own name.
        while pending or self._linked:
            place = (pending or self._linked).pop()
            for entry in self._entries(place):
                try:
                    found = self._look(entry, place)
                except OSError as error:
                    raise DataError(f"{error.filename} cannot be inspected: {error.strerror}") from error
                if isinstance(found, Found):
                    yield found
                elif found is not None:
                    pending.append(found)

    def _entries(self, place: _Folder) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._root / place.name) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise DataError(f"folder {error.filename} cannot be listed: {error.strerror}") from error

    def _look(self, entry: os.DirEntry[str], place: _Folder) -> Found | _Folder | None:
        name, folder = place.name + entry.name, entry.is_dir(follow_symlinks=False)
        kind = companion(entry.name)
        if kind is not None:
            # Its state is not read: a swap file may vanish at any time, and its content is irrelevant.
            return Found(f"{name}/" if folder else name, UNKNOWN, None, kind)
        if folder:
            return _Folder(f"{name}/", (*place.places[:-1], f"{place.places[-1].rstrip('/')}/{entry.name}"))
        if entry.is_symlink():
            return self._look_at_link(entry, name, place)
        status = entry.stat(follow_symlinks=False)
        return Found(name, _state(status), None if stat.S_ISREG(status.st_mode) else IRREGULAR)

    def _look_at_link(self, entry: os.DirEntry[str], name: str, place: _Folder) -> Found | None:
        reason = refusal(self._root, name, self._links)
        if reason is None:
            try:
                target = entry.stat()
            except OSError as error:
                reason = f"the link cannot be followed: {error.strerror}"
            else:
                if stat.S_ISREG(target.st_mode):
                    return Found(name, _state(target))
                reason = self._enter(entry, name, place) if stat.S_ISDIR(target.st_mode) else IRREGULAR
        return None if reason is None else Found(name, _state(entry.stat(follow_symlinks=False)), reason)

    def _enter(self, entry: os.DirEntry[str], name: str, place: _Folder) -> str | None:
        """The reason why a link to a folder is not entered; None where it will be."""
        real = os.path.realpath(self._root / name)
        if any(_is_within(lies, real) for lies in place.places):
            return "the link leads back to a folder that it lies in"
        link = entry.stat(follow_symlinks=False)
        if (link.st_dev, link.st_ino) in self._entered:
            return "the link was followed already, where another link led to it"
        self._entered.add((link.st_dev, link.st_ino))
        self._linked.append(_Folder(f"{name}/", (*place.places, real)))
        return None


def refusal(root: Path, name: str, links: Links) -> str | None:
    """The reason why a path below the root must not be read; None where it may be.

    Args:
        root: The dataset's folder.
        name: Relative to the root.
        links: Which links are followed.
    """
    if leaves_root(name):
        return "the path leads out of the dataset's root"
    if links == "inside" and not _is_within(os.path.realpath(root / name), os.path.realpath(root)):
        return "the link leads out of the dataset's root and is not followed (links: inside)"
    parts = PurePosixPath(name).parts
    if links == "refuse" and any(root.joinpath(*parts[: end + 1]).is_symlink() for end in range(len(parts))):
        return "a link is not followed (links: refuse)"
    return None


def leaves_root(name: str) -> bool:
    """Whether a path is absolute or goes upwards."""
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _state(status: os.stat_result) -> State:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
