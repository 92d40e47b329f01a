"""Stores that are not finished: what is on disk of them, how a later writer goes on, how they are published.

Every writer has a folder of its own, `<store>.partial-<id>`, in which nobody else writes. Its
`progress.json` says which of its files are whole; it is replaced atomically whenever there is more. A later
writer of the same store takes over, as hard links, what the furthest of these folders holds. Who finishes
first renames its tree to the store and removes all such folders; a writer that still runs finds its folder
gone and the store complete, and has nothing left to do. So any number of writers, alive or dead, on one
machine or on several, do no harm.
"""

import ctypes
import errno
import glob
import hashlib
import json
import logging
import os
import shutil
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from bauta.errors import StoreError
from bauta.files import naming

log = logging.getLogger(__name__)

MANIFEST = "store.json"
PROGRESS = "progress.json"
TREE = "store"


class SupersededError(StoreError):
    """Another writer has finished the same store; there is nothing left to write."""


@dataclass(frozen=True)
class Progress:
    """What is whole in an unfinished store.

    Attributes:
        identity: Hash of what makes the store what it is.
        rows: Rows, from the first, of which every array is on disk.
        written: Rows of each array that are in whole shards.
        tails: For each array the parts `[start, stop]` of the rows after those, each in a file of its own.
        files: SHA-256 of every file, by its name relative to the folder.
    """

    identity: str
    rows: int
    written: dict[str, int]
    tails: dict[str, list[tuple[int, int]]]
    files: dict[str, str] = field(repr=False)

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The progress in a writer's folder; None where it has come to nothing yet or was lost."""
        found = _read_json(folder / PROGRESS)
        return cls(**found) if found else None


class PartialStore:
    """The folder of one writer.

    Args:
        target: Where the finished store goes.
        identity: Hash of what makes the store what it is.
    """

    def __init__(self, target: Path, identity: str) -> None:
        self.target = target
        self.identity = identity
        self.folder = target.with_name(f"{target.name}.partial-{uuid.uuid4().hex[:8]}")
        self.tree = self.folder / TREE
        self.files: dict[str, str] = {}
        self._before = _stamp(target)

    def make(self) -> None:
        """Make the folder."""
        with naming(self.target):
            self.tree.mkdir(parents=True)

    def write(self, name: str, content: bytes | memoryview) -> None:
        """Write a file of the store and note its hash.

        Raises:
            DiskError: it cannot be written.
            SupersededError: the folder is gone because another writer has finished.
            StoreError: the folder is gone and nobody has finished.
        """
        self._write(f"{TREE}/{name}", content)

    def write_tail(self, array: str, start: int, stop: int, content: bytes) -> None:
        """Write the rows of an array that do not fill a shard yet."""
        self._write(_tail(array, start, stop), content)

    def _write(self, name: str, content: bytes | memoryview) -> None:
        path = self.folder / name
        with naming(self.target):
            try:
                _make_folders(self.folder, path.parent)
                # What was taken over is a second name of another writer's file.
                path.unlink(missing_ok=True)
                path.write_bytes(content)
            except FileNotFoundError:
                raise self._gone() from None
        self.files[name] = hashlib.sha256(content).hexdigest()

    def read_tail(self, array: str, start: int, stop: int) -> bytes:
        """What `write_tail` wrote.

        Raises:
            StoreError: as for `write`.
        """
        try:
            return (self.folder / _tail(array, start, stop)).read_bytes()
        except FileNotFoundError:
            raise self._gone() from None

    def bytes_of(self, names: Iterable[str]) -> dict[str, int]:
        """Size of each file of the store, by its name in the store.

        Raises:
            StoreError: as for `write`.
        """
        try:
            return {name: (self.tree / name).stat().st_size for name in names}
        except FileNotFoundError:
            raise self._gone() from None

    def commit(self, progress: Progress) -> None:
        """Say what is whole, then drop the tails that the shards hold by now."""
        kept = {_tail(name, *part) for name, parts in progress.tails.items() for part in parts}
        dropped = [name for name in self.files if not name.startswith(f"{TREE}/") and name not in kept]
        for name in dropped:
            del self.files[name]
        with naming(self.target):
            try:
                fresh = self.folder / f".{PROGRESS}"
                fresh.write_text(json.dumps(asdict(progress)))
                fresh.replace(self.folder / PROGRESS)
            except FileNotFoundError:
                raise self._gone() from None
        for name in dropped:
            (self.folder / name).unlink(missing_ok=True)

    def resume(self) -> Progress | None:
        """Take over what the furthest other writer of the same store has on disk.

        Returns:
            Its progress; None where there is nothing to take over.
        """
        found = [(progress, folder) for folder in self._others() if (progress := Progress.read(folder))]
        same = [(progress, folder) for progress, folder in found if progress.identity == self.identity]
        for progress, folder in sorted(same, key=lambda pair: -pair[0].rows):
            if self._take(folder, progress.files):
                log.info("%s: going on after %d rows of an earlier job", self.target, progress.rows)
                self.files.update(progress.files)
                return progress
        return None

    def _take(self, folder: Path, files: Mapping[str, str]) -> bool:
        for name, sha256 in files.items():
            mine = self.folder / name
            mine.parent.mkdir(parents=True, exist_ok=True)
            mine.unlink(missing_ok=True)
            try:
                _link(folder / name, mine)
                intact = sha256_of(mine) == sha256
            except FileNotFoundError:
                intact = False
            if not intact:
                log.warning("%s is damaged: what that job had written is not used", folder / name)
                return False
        return True

    def publish(self, manifest: str) -> None:
        """Write the manifest, which makes the store complete, put it in place and clean up.

        A store that is already there is exchanged in one step where the file system can do that, and else
        renamed first. One that another writer finished in the meantime stays.
        """
        self.write(MANIFEST, manifest.encode())
        with naming(self.target):
            self._put_in_place()
        self.discard(self._others())

    def _put_in_place(self) -> None:
        try:
            self.tree.rename(self.target)
        except FileNotFoundError:
            raise self._gone() from None
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            if not self.finished_by_another():
                _exchange(self.tree, self.target, self.folder / "old")

    def finished_by_another(self) -> bool:
        """Whether somebody else has put the same store in place since this writer began."""
        stamp = _stamp(self.target)
        if stamp is None or stamp == self._before:
            return False
        found = _read_json(self.target / MANIFEST)
        return bool(found and found.get("identity") == self.identity)

    def discard(self, others: Iterable[Path] = ()) -> None:
        """Remove this folder and those of other writers."""
        for folder in (self.folder, *others):
            # Renamed first: a writer that still runs finds nothing instead of a folder that is being emptied.
            doomed = folder.with_name(f"{folder.name}.removed")
            try:
                folder.rename(doomed)
            except FileNotFoundError:
                continue
            except PermissionError:
                log.warning("%s is somebody else's and stays: remove it", folder)
                continue
            shutil.rmtree(doomed, ignore_errors=True)

    def tree_files(self) -> dict[str, str]:
        """SHA-256 of each file of the store itself, by its name in the store."""
        tree = f"{TREE}/"
        return {name.removeprefix(tree): sha for name, sha in self.files.items() if name.startswith(tree)}

    def same(self) -> list[Path]:
        """Folders of other writers of the same store."""
        found = ((folder, Progress.read(folder)) for folder in self._others())
        return [folder for folder, progress in found if progress and progress.identity == self.identity]

    def _others(self) -> list[Path]:
        found = self.target.parent.glob(f"{glob.escape(self.target.name)}.partial-*")
        return sorted(folder for folder in found if folder != self.folder)

    def _gone(self) -> StoreError:
        if self.finished_by_another():
            return SupersededError(f"store {self.target}: another job has finished it")
        return StoreError(
            f"store {self.target}: its unfinished folder {self.folder.name} was removed; run again"
        )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_json(path: Path) -> dict[str, Any] | None:
    """What a file holds; None where there is none, or where a power cut has left nothing of it."""
    try:
        return dict(json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError):
        return None


def _tail(array: str, start: int, stop: int) -> str:
    return f"tails/{array}-{start}-{stop}"


def _make_folders(root: Path, folder: Path) -> None:
    """Make a folder below one that must be there."""
    if folder != root and not folder.is_dir():
        _make_folders(root, folder.parent)
        folder.mkdir(exist_ok=True)


def _stamp(target: Path) -> tuple[int, int] | None:
    """What changes when a store is replaced; None where there is no complete one."""
    try:
        state = (target / MANIFEST).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return state.st_ino, state.st_mtime_ns


def _link(source: Path, target: Path) -> None:
    """A second name for a file that is never changed any more; a copy where there are no hard links."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)


def _exchange(new: Path, old: Path, aside: Path) -> None:
    """Put a folder in the place of another, if possible so that one of them is there at every moment."""
    at_fdcwd, rename_exchange = -100, 2
    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        exchange = None
    if exchange and exchange(at_fdcwd, os.fsencode(new), at_fdcwd, os.fsencode(old), rename_exchange) == 0:
        return
    with suppress(FileNotFoundError):
        old.rename(aside)
    new.rename(old)
