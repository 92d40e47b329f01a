"""The fingerprint of a folder of raw data: names and contents, whatever the mtimes.

Reading 200,000 photographs takes minutes, so that what was found is remembered. Each file is known by its
size, its mtime, its inode and its ctime; the last two no program sets at will, so that a file of the same
name and size with its old mtime put back is read again all the same. Two files remember: a short one with a
digest of all these states, which is all that is read while nothing changes, and one with the hash of each
file.
"""

import hashlib
import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tqdm import tqdm

from bauta.errors import ConfigError, DataError, DiskError
from bauta.files import write_text

log = logging.getLogger(__name__)

State = tuple[int, int, int, int]
"""Size, mtime, ctime and inode of a file."""

YOUNG_NS = 2_000_000_000
"""A file that changed so shortly before it was read may change again within the same tick of the clock.

Its state proves nothing, and it is read again next time. Two seconds are the coarsest clock, that of FAT.
"""

GROUP = 64
"""Files that a thread reads before it reports."""

MANY = 1000
"""From so many files on, reading them shows its progress."""


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprints of the folders of a run.

    Attributes:
        memory: Folder of what is remembered, two files for each folder.
        look: Whether to look at a folder that is remembered. A job on a cluster need not: the Snakemake that
            started it has looked, and its paths hold what it saw. `never` is for who only asks what is known.
    """

    memory: Path = Path("cache/fingerprints")
    look: Literal["always", "if unknown", "never"] = "always"
    _known: dict[Path, str] = field(default_factory=dict, compare=False, repr=False)

    def of(self, root: Path) -> str:
        """The fingerprint of a folder, computed once in a process.

        Raises:
            ConfigError: the folder does not exist or holds no file, or was never looked at and must not be.
            DataError: a file cannot be read.
        """
        if root not in self._known:
            remembered = None if self.look == "always" else self.remembered(root)
            if remembered is None and self.look == "never":
                raise ConfigError(f"datasets: the folder {root} was never looked at; `snakemake -n` does")
            self._known[root] = remembered or folder_fingerprint(root, self.place(root))
        return self._known[root]

    def remembered(self, root: Path) -> str | None:
        """What was found when the folder was last looked at, None if it never was."""
        return _read(_summary(self.place(root))).get("fingerprint")

    def place(self, root: Path) -> Path:
        """Where a folder is remembered, without the suffix: its name and a digest of its path."""
        digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:8]
        return self.memory / f"{root.name or 'root'}-{digest}"


def check_unchanged(root: Path, fingerprint: str, fingerprints: Fingerprints | None = None) -> None:
    """Refuse what was read from a folder that has changed since the run was planned.

    Args:
        root: The folder.
        fingerprint: What it was then.
        fingerprints: What is remembered.

    Raises:
        DataError: it is another folder now.
    """
    if (fingerprints or Fingerprints()).of(root) != fingerprint:
        raise DataError(f"folder {root} changed since this run was planned; run again")


def folder_fingerprint(root: Path, memory: Path) -> str:
    """SHA-256 over the relative names and contents of all files below a folder.

    A file is read again only when its state changed since the last time.

    Args:
        root: The folder.
        memory: Where to remember, without the suffix.

    Raises:
        ConfigError: the folder does not exist or holds no file.
        DataError: a file cannot be read.
    """
    if not root.is_dir():
        raise ConfigError(
            f"datasets: the folder {root} does not exist; put the images there or change 'root'"
        )
    start = time.time_ns()
    states = dict(sorted(_walk(root)))
    if not states:
        raise ConfigError(f"datasets: the folder {root} is empty; put the images there or change 'root'")
    digest = _digest(f"{name}\0{state}" for name, state in states.items())
    summary = _read(_summary(memory))
    if summary.get("states") == digest:
        return str(summary["fingerprint"])
    hashes = _hashes(root, states, _read(_details(memory)))
    fingerprint = _digest(f"{name}\0{sha256}" for name, sha256 in hashes.items())
    settled = {name: [*state, hashes[name]] for name, state in states.items() if state[2] < start - YOUNG_NS}
    _write(_details(memory), settled)
    # Last: a summary is believed without a look at the details.
    known = digest if len(settled) == len(states) else None
    _write(_summary(memory), {"fingerprint": fingerprint, "root": str(root), "states": known})
    return fingerprint


def _walk(root: Path) -> Iterator[tuple[str, State]]:
    """Relative name and state of each file; links are not followed."""
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(root / folder) as entries:
            for entry in entries:
                name = folder + entry.name
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{name}/")
                else:
                    found = entry.stat(follow_symlinks=False)
                    yield name, (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _hashes(root: Path, states: Mapping[str, State], known: Mapping[str, list[int | str]]) -> dict[str, str]:
    """Hash of each file: the remembered one where its state is, else of its content."""
    hashes = {name: str(entry[4]) for name, entry in known.items() if tuple(entry[:4]) == states.get(name)}
    unknown = [name for name in states if name not in hashes]
    groups = [unknown[start : start + GROUP] for start in range(0, len(unknown), GROUP)]
    hidden = None if len(unknown) >= MANY else True
    with (
        ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool,
        tqdm(desc=f"reading {root}", total=len(unknown), unit=" files", disable=hidden) as bar,
    ):
        for found in pool.map(lambda names: [(name, _sha256(root / name)) for name in names], groups):
            hashes.update(found)
            bar.update(len(found))
    return {name: hashes[name] for name in states}


def _sha256(path: Path) -> str:
    """Hash of a file's content, or of a link's target."""
    try:
        if path.is_symlink():
            return hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): repair it or take it away") from error


def _digest(lines: Iterator[str]) -> str:
    """SHA-256 of lines; names need not be UTF-8, and hold anything but NUL."""
    return hashlib.sha256("\0".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _summary(memory: Path) -> Path:
    return memory.with_name(f"{memory.name}.json")


def _details(memory: Path) -> Path:
    return memory.with_name(f"{memory.name}.files.json")


def _read(path: Path) -> dict[str, Any]:
    """A memory; nothing where there is none, or where it is damaged: it is only ever a short cut."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, values: Mapping[str, Any]) -> None:
    """Remember; where nothing can be written, the files are read again next time."""
    try:
        write_text(path, json.dumps(values))
    except DiskError as error:
        log.warning("%s", error)
