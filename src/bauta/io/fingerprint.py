"""The fingerprint of a folder of raw data: names and contents, regardless of mtimes.

For a link that is followed, the content of its target counts, so that photographs and links to them give the
same fingerprint. Companion files (`io.companions`) do not count, so browsing a folder does not change it.

Reading 200,000 photographs takes minutes, so the result is cached. The state of a file is its size, mtime,
inode and ctime; no program can set the last two at will, so a file of the same name and size is read again
even if its old mtime was restored. The cache consists of two files: a short one with a digest of all states,
which is the only one read while nothing changes, and one with the hash of each file.
"""

import hashlib
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tqdm import tqdm

from bauta.errors import ConfigError, DataError, DiskError
from bauta.io import layout
from bauta.io.seal import SealError, read_sealed, write_sealed
from bauta.io.walk import Links, State, walk

log = logging.getLogger(__name__)

YOUNG_NS = 2_000_000_000
"""A file that changed this shortly before it was read may change again within the same clock tick.

Its state proves nothing, so it is read again next time. The coarsest clock, that of FAT, ticks every two
seconds.
"""

REMEMBERED = "remembered"
"""The key of the values beside the seal; they are nested because file names may be arbitrary words."""

GROUP = 64
"""Files that a thread reads between progress reports."""

MANY = 1000
"""From this many files on, progress is shown."""


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprints of the folders of a run.

    Attributes:
        memory: Folder of the remembered fingerprints, two files for each folder of raw data.
        look: Whether to inspect a folder whose fingerprint is remembered. A job on a cluster need not: the
            Snakemake that started it has done so, and its paths hold the result. `never` only returns what is
            remembered.
    """

    memory: Path = layout.FINGERPRINTS
    look: Literal["always", "if unknown", "never"] = "always"
    _known: dict[tuple[Path, Links], str] = field(default_factory=dict, compare=False, repr=False)

    def of(self, root: Path, links: Links = "follow") -> str:
        """The fingerprint of a folder, computed once per process.

        Args:
            root: The folder.
            links: Which links below it are followed.

        Raises:
            ConfigError: the folder does not exist, holds no file or holds the memory, or was never inspected
                and `look` is `never`.
            DataError: a file cannot be read.
        """
        if (root, links) not in self._known:
            self._check_apart(root)
            remembered = None if self.look == "always" else self.remembered(root, links)
            if remembered is None and self.look == "never":
                raise ConfigError(f"datasets: the folder {root} was never inspected; run `snakemake -n`")
            found = remembered or folder_fingerprint(root, self.place(root, links), links)
            self._known[root, links] = found
        return self._known[root, links]

    def of_file(self, path: Path) -> str:
        """SHA-256 of a file's content; a file whose state has not changed is not read again.

        Raises:
            DataError: it cannot be read.
        """
        start, status = time.time_ns(), path.stat()
        state = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        place = _summary(self.place(path))
        remembered = _read(place)
        if remembered.get("states") == state:
            return str(remembered["fingerprint"])
        found = _sha256(path)
        if status.st_mtime_ns < start - YOUNG_NS:
            _write(place, {"fingerprint": found, "root": str(path), "states": state})
        return found

    def _check_apart(self, root: Path) -> None:
        """Refuse a folder that holds the memory: its fingerprint would change with every inspection."""
        within = root.resolve()
        if any(place.is_relative_to(within) for place in (Path.cwd() / self.memory, self.memory.resolve())):
            raise ConfigError(
                f"datasets: expected a folder of images alone, got root: {root}, which holds {self.memory}, "
                "where bauta writes; move the images into a folder of their own and set 'root' to it"
            )

    def remembered(self, root: Path, links: Links = "follow") -> str | None:
        """The fingerprint from the last inspection of a folder; None if it was never inspected."""
        return _read(_summary(self.place(root, links))).get("fingerprint")

    def place(self, root: Path, links: Links = "follow") -> Path:
        """The path, without suffix, under which a folder is remembered: its name and a digest of its path."""
        digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:8]
        return self.memory / f"{root.name or 'root'}-{digest}{'' if links == 'follow' else f'-{links}'}"


def file_fingerprint(path: Path) -> str:
    """SHA-256 of the content of a file that is read in addition to a dataset's folder, wherever it lies.

    The file is read on every call: it is small, and nothing remembered can be out of date.

    Raises:
        ConfigError: it does not exist.
        DataError: it cannot be read.
    """
    if not path.is_file():
        raise ConfigError(f"datasets: the file {path} does not exist; put it there or change its name")
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): repair or remove it") from error


def files_fingerprint(paths: Sequence[Path]) -> str:
    """The fingerprint of a file, or of several in their order; see `file_fingerprint`.

    Raises:
        ConfigError: one does not exist.
        DataError: one cannot be read.
    """
    found = [file_fingerprint(path) for path in paths]
    return found[0] if len(found) == 1 else hashlib.sha256("\n".join(found).encode()).hexdigest()


def check_file_unchanged(path: Path, sha256: str) -> None:
    """Refuse data from a file that has changed since the run was planned.

    Raises:
        ConfigError: the file is gone.
        DataError: its content has changed.
    """
    if file_fingerprint(path) != sha256:
        raise DataError(f"file {path} changed since this run was planned; run again")


def check_unchanged(
    root: Path, fingerprint: str, fingerprints: Fingerprints | None = None, links: Links = "follow"
) -> None:
    """Refuse data from a folder that has changed since the run was planned.

    Args:
        root: The folder.
        fingerprint: The folder's fingerprint when the run was planned.
        fingerprints: The remembered fingerprints.
        links: Which links below it are followed.

    Raises:
        DataError: its content has changed.
    """
    if (fingerprints or Fingerprints()).of(root, links) != fingerprint:
        raise DataError(f"folder {root} changed since this run was planned; run again")


def folder_fingerprint(root: Path, memory: Path, links: Links = "follow") -> str:
    """SHA-256 over the relative names and contents of all files below a folder.

    A file is read again only if its state has changed since the last time. For an entry without content, such
    as a pipe or a link that is not followed, the reason counts.

    Args:
        root: The folder.
        memory: Where to remember the result, without the suffix.
        links: Which links below it are followed.

    Raises:
        ConfigError: the folder does not exist or holds no file.
        DataError: a file cannot be read, or a folder cannot be listed.
    """
    if not root.is_dir():
        raise ConfigError(
            f"datasets: the folder {root} does not exist; put the images there or change 'root'"
        )
    start = time.time_ns()
    found = dict(sorted(_walk(root, links)))
    if not found:
        raise ConfigError(f"datasets: the folder {root} is empty; put the images there or change 'root'")
    digest = _digest(f"{name}\0{state}" for name, state in found.items())
    summary = _read(_summary(memory))
    if summary.get("states") == digest:
        return str(summary["fingerprint"])
    states = {name: state for name, state in found.items() if not isinstance(state, str)}
    hashes = _hashes(root, states, _read(_details(memory)))
    reasons = {name: _digest(iter([reason])) for name, reason in found.items() if isinstance(reason, str)}
    fingerprint = _digest(f"{name}\0{hashes.get(name) or reasons[name]}" for name in found)
    settled = {name: [*state, hashes[name]] for name, state in states.items() if state[2] < start - YOUNG_NS}
    _write(_details(memory), settled)
    # Written last: a summary is trusted without reading the details.
    known = digest if len(settled) == len(states) else None
    _write(_summary(memory), {"fingerprint": fingerprint, "root": str(root), "states": known})
    return fingerprint


def _walk(root: Path, links: Links) -> Iterator[tuple[str, State | str]]:
    """Yield the relative name of each file and its state, or the reason why it has no content."""
    for found in walk(root, links=links):
        if found.companion is None:
            yield found.name, found.unread or found.state


def _hashes(root: Path, states: Mapping[str, State], known: Mapping[str, list[int | str]]) -> dict[str, str]:
    """Hash of each file: the remembered one if its state is unchanged, else that of its content."""
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
    """SHA-256 of a file's content."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): repair or remove it") from error


def _digest(lines: Iterator[str]) -> str:
    """SHA-256 of lines; names need not be UTF-8 and may hold anything but NUL."""
    return hashlib.sha256("\0".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _summary(memory: Path) -> Path:
    return memory.with_name(f"{memory.name}.json")


def _details(memory: Path) -> Path:
    return memory.with_name(f"{memory.name}.files.json")


def _read(path: Path) -> dict[str, Any]:
    """The remembered values; empty if there are none or the file is damaged, as it only saves time."""
    try:
        found, _ = read_sealed(path)
    except SealError:
        return {}
    return dict(found[REMEMBERED])


def _write(path: Path, values: Mapping[str, Any]) -> None:
    """Remember values; if they cannot be written, or a name looks like a seal, files are read again."""
    try:
        write_sealed(path, {REMEMBERED: values})
    except (DiskError, SealError) as error:
        log.warning("%s is not remembered: %s", path, error)
