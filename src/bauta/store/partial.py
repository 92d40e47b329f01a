"""Unfinished stores: their files on disk, how a later writer resumes, and how they are published.

Every writer has its own folder, `<store>.partial-<id>`, in which no other process writes. Its `progress.json`
lists its complete files and is replaced atomically whenever there are more. A later writer of the same store
takes over, as hard links, the files of the folder with the most rows. The first writer to finish renames its
tree to the store and removes all such folders; a writer that still runs finds its folder gone and the store
complete, and has nothing left to do. So any number of writers, alive or dead, on one machine or on several,
do no harm.
"""

import glob
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from bauta.errors import StoreError
from bauta.io.atomic import naming, put_in_place, sync, sync_names
from bauta.io.leftovers import FINISHED, PARTIAL, REMOVED, sweep
from bauta.io.seal import SealError, new_seal, read_sealed, sealed_json
from bauta.io.workers import new_token

log = logging.getLogger(__name__)

MANIFEST = FINISHED
PROGRESS = "progress.json"
TREE = "store"
TAKEN = "taken"

UNUSABLE = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)
"""The errors of reading another writer's file that is gone or not readable by this user."""


class SupersededError(StoreError):
    """Another writer has finished the same store; there is nothing left to write."""


@dataclass(frozen=True)
class Progress:
    """The complete part of an unfinished store.

    Attributes:
        identity: Hash of everything that determines the store.
        rows: Number of rows, from the first, that are on disk in every array.
        written: Number of rows of each array in complete shards.
        tails: For each array, the ranges `[start, stop]` of the rows after those, each in a separate file.
        files: SHA-256 of every file, by its name relative to the folder.
    """

    identity: str
    rows: int
    written: dict[str, int]
    tails: dict[str, list[tuple[int, int]]]
    files: dict[str, str] = field(repr=False)

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Read the progress in a writer's folder; None if there is none yet or it was lost."""
        try:
            found, _ = read_sealed(folder / PROGRESS, folder.with_name(folder.name.partition(PARTIAL)[0]))
        except SealError:
            return None
        return cls(**found)


class PartialStore:
    """The folder of one writer.

    Args:
        target: Path of the finished store.
        identity: Hash of everything that determines the store.
    """

    def __init__(self, target: Path, identity: str) -> None:
        self.target = target
        self.identity = identity
        self.folder = target.with_name(f"{target.name}{PARTIAL}{new_token()}")
        self.tree = self.folder / TREE
        self.files: dict[str, str] = {}
        self._before = _stamp(target)

    def make(self) -> None:
        """Create the folder."""
        with naming(self.target):
            self.tree.mkdir(parents=True)
            sweep(self.target.parent.absolute())

    def write(self, name: str, content: bytes | memoryview) -> None:
        """Write a file of the store and note its hash.

        Raises:
            DiskError: the file cannot be written.
            SupersededError: the folder is gone because another writer has finished.
            StoreError: the folder is gone although no writer has finished.
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
                # A file that was taken over is a second name of another writer's file.
                path.unlink(missing_ok=True)
                path.write_bytes(content)
            except FileNotFoundError:
                raise self._gone() from None
        self.files[name] = hashlib.sha256(content).hexdigest()

    def read_tail(self, array: str, start: int, stop: int) -> bytes:
        """Read the rows that `write_tail` wrote.

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
        """Record the progress, then remove the tails that the shards contain by now."""
        kept = {_tail(name, *part) for name, parts in progress.tails.items() for part in parts}
        dropped = [name for name in self.files if not name.startswith(f"{TREE}/") and name not in kept]
        for name in dropped:
            del self.files[name]
        with naming(self.target):
            try:
                fresh = self.folder / f".{PROGRESS}"
                fresh.write_bytes(sealed_json(asdict(progress), new_seal(self.target)))
                sync(fresh)
                fresh.replace(self.folder / PROGRESS)
                sync_names(self.folder)
            except FileNotFoundError:
                raise self._gone() from None
        for name in dropped:
            (self.folder / name).unlink(missing_ok=True)

    def resume(self) -> Progress | None:
        """Take over the files of the writer of the same store that has the most rows on disk.

        Returns:
            Its progress; None if there is nothing to take over.
        """
        found = [(progress, folder) for folder in self._others() if (progress := Progress.read(folder))]
        same = [(progress, folder) for progress, folder in found if progress.identity == self.identity]
        for progress, folder in sorted(same, key=lambda pair: -pair[0].rows):
            with naming(self.target):
                taken = self._take(folder, progress.files)
            if taken:
                log.info("%s: resuming after %d rows of an earlier job", self.target, progress.rows)
                self.files.update(progress.files)
                return progress
        return None

    def _take(self, folder: Path, files: Mapping[str, str]) -> bool:
        """Take over all or none of another writer's files, as some of this one's have the same names."""
        taken = self.folder / TAKEN
        try:
            intact = all(self._take_file(folder, taken, name) == sha256 for name, sha256 in files.items())
        except UNUSABLE:
            intact = False
        if not self.folder.is_dir():
            raise self._gone()
        if intact:
            for name in files:
                _make_folders(self.folder, (self.folder / name).parent)
                (taken / name).replace(self.folder / name)
        else:
            log.warning("%s is damaged or cannot be read: the rows of that job are ignored", folder)
        shutil.rmtree(taken, ignore_errors=True)
        return intact

    def _take_file(self, folder: Path, taken: Path, name: str) -> str:
        """Link another writer's file into a folder of this writer and return its SHA-256."""
        mine = taken / name
        _make_folders(self.folder, mine.parent)
        _link(folder / name, mine)
        return sha256_of(mine)

    def publish(self, manifest: str) -> None:
        """Write the manifest, which completes the store, put the store in place and clean up.

        An existing store is exchanged atomically where the file system can do that, and otherwise renamed
        first. A store that another writer finished in the meantime stays.
        """
        self.write(MANIFEST, manifest.encode())
        with naming(self.target):
            self._put_in_place()
            sync_names(self.target.parent)
        self.discard(self._others())

    def _put_in_place(self) -> None:
        try:
            sync(self.tree)
            put_in_place(self.tree, self.target, self.folder / "old", is_new=self.finished_by_another)
        except FileNotFoundError:
            raise self._gone() from None

    def finished_by_another(self) -> bool:
        """Whether another writer has put the same store in place since this writer began."""
        stamp = _stamp(self.target)
        if stamp is None or stamp == self._before:
            return False
        found = _read_json(self.target / MANIFEST)
        return bool(found and found.get("identity") == self.identity)

    def discard(self, others: Iterable[Path] = ()) -> None:
        """Remove this folder and those of other writers."""
        for folder in (self.folder, *others):
            # Renamed first: a running writer then finds no folder instead of one that is being emptied.
            doomed = folder.with_name(f"{folder.name.removesuffix(REMOVED)}{REMOVED}")
            try:
                folder.rename(doomed)
            except FileNotFoundError:
                continue
            except OSError as error:
                log.warning("%s cannot be removed (%s): remove it", folder, error.strerror)
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
        found = self.target.parent.glob(f"{glob.escape(self.target.name)}{PARTIAL}*")
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
    """The content of a file; None if it cannot be read, or if a power cut destroyed its content."""
    try:
        return dict(json.loads(path.read_bytes()))
    except (*UNUSABLE, ValueError, TypeError):
        return None


def _tail(array: str, start: int, stop: int) -> str:
    return f"tails/{array}-{start}-{stop}"


def _make_folders(root: Path, folder: Path) -> None:
    """Create a folder below one that must exist."""
    if folder != root and not folder.is_dir():
        _make_folders(root, folder.parent)
        folder.mkdir(exist_ok=True)


def _stamp(target: Path) -> tuple[int, int] | None:
    """A value that changes when a store is replaced; None if there is no complete store."""
    try:
        state = (target / MANIFEST).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return state.st_ino, state.st_mtime_ns


def _link(source: Path, target: Path) -> None:
    """Hard-link a file that is never changed again; copy it where there are no hard links."""
    try:
        os.link(source, target)
    except UNUSABLE[:-1]:
        raise
    except OSError:
        shutil.copyfile(source, target)
