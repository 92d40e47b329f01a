"""Stores that no configuration reaches any more: finding them and taking them away.

A key that changes leaves the old store where it is, so that going back costs nothing. Kept is what
`config.yaml`, a configuration in `config/` or the one in force reaches; what is left over is stale. In
doubt a store is kept: of a dataset whose raw data was never looked at nobody can tell which stores are its
own.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from yaml import YAMLError

from bauta.config.canonical import canonical
from bauta.config.load import load_config
from bauta.config.models import Config
from bauta.errors import BautaError, ConfigError, StoreError
from bauta.fingerprint import Fingerprints
from bauta.plan import DatasetPlan, Plan
from bauta.plan.artifacts import artifacts, dataset_artifacts

TEACHERS, GENERATORS = Path("cache/teachers"), Path("cache/generators")
OTHERS = frozenset({Path("cache/models"), Path("cache/fingerprints")})
"""Folders in `cache/` that hold no stores."""

RENDERED = re.compile(r".+-[0-9a-f]{8}")
LOCKS = Path(".snakemake/locks")
UNFINISHED = (".partial", ".checkpoint")
A_DAY_S = 24 * 3600


@dataclass(frozen=True)
class Stale:
    """A store, or a folder of them, that no configuration reaches.

    Attributes:
        path: What would be taken away.
        bytes: How much it holds.
        at_work: Whether something in it is unfinished and not a day old: perhaps a job is still writing.
    """

    path: Path
    bytes: int
    at_work: bool


@dataclass
class Reached:
    """What configurations reach.

    Attributes:
        paths: Stores.
        whole: Folders of which everything is kept.
        results: Folders of the runs whose measurements are known.
        notes: What could not be judged, one line each.
    """

    paths: set[Path] = field(default_factory=set)
    whole: set[Path] = field(default_factory=set)
    results: set[Path] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def add(self, plan: Plan) -> None:
        """Keep what a plan reaches, and what it may reach."""
        try:
            self.paths.update(artifact.path for artifact in artifacts(plan))
            self.results.add(plan.results)
        except BautaError:
            self.whole.add(plan.results)
            if plan.config.pooled_teacher is not None:
                self.whole.add(TEACHERS)
            if plan.config.pooled_generator is not None:
                self.whole.add(GENERATORS)
            for part in plan.datasets.values():
                self._add_dataset(part)

    def _add_dataset(self, part: DatasetPlan) -> None:
        try:
            self.paths.update(artifact.path for artifact in dataset_artifacts(part))
        except BautaError as error:
            folder = Path("cache") / part.name
            self.whole.add(folder)
            note = f"{folder} is kept whole: {error}"
            if folder.is_dir() and note not in self.notes:
                self.notes.append(note)

    @cached_property
    def names(self) -> set[Path]:
        """Stores without their suffix."""
        return {
            path.with_suffix("") if path.suffix in (".zarr", ".parquet", ".json") else path
            for path in self.paths
        }

    @cached_property
    def folders(self) -> set[Path]:
        """Every folder that a store lies in."""
        return {folder for path in self.paths for folder in path.parents} | {TEACHERS, GENERATORS}

    def holds(self, path: Path) -> bool:
        """Whether a path is a store, or what lies beside one under its name: its key, a part of it."""
        return any(path.with_name(path.name[:end]) in self.names for end in _ends(path.name))


def _ends(name: str) -> Iterator[int]:
    yield len(name)
    yield from (index for index, letter in enumerate(name) if letter == ".")


def reached_by(plan: Plan) -> Reached:
    """What the plan in force, `config.yaml` and the configurations in `config/` reach.

    Raises:
        ConfigError: one of them cannot be read, so that nobody knows what it reaches.
    """
    reached = Reached()
    reached.add(plan)
    fingerprints = Fingerprints(look="never")
    for path in [Path("config.yaml"), *sorted(Path("config").glob("*.yaml"))]:
        if path.is_file():
            reached.add(Plan(canonical(_load(path)), fingerprints))
    return reached


def _load(path: Path) -> Config:
    try:
        return load_config(path)
    except (ConfigError, YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            f"{path} cannot be read, so that nobody knows what it reaches ({reason}): mend it or take it away"
        ) from error


def stale_stores(reached: Reached) -> list[Stale]:
    """What lies under `cache/`, `data/` and the measurements of known runs, and is not reached.

    Of `data/` only what rules rendered is looked at; raw data is the user's.
    """
    found = list(_unreached(Path("cache"), reached))
    found += [path for path in _children(Path("data")) if _is_rendered(path) and path not in reached.paths]
    for results in sorted(reached.results):
        found += _unreached(results / "measurements", reached)
    return [_measured(path) for path in found]


def _unreached(folder: Path, reached: Reached) -> Iterator[Path]:
    for path in _children(folder):
        if path in OTHERS or path in reached.whole or path.name == "key.json":
            continue
        if reached.holds(path):
            if _is_left_over(path):
                yield path
            continue
        if path in reached.folders:
            yield from _unreached(path, reached)
        else:
            yield path


def _is_left_over(path: Path) -> bool:
    """Whether a path is an unfinished store beside the finished one; alone, it is where a job goes on."""
    store, mark, _ = path.name.partition(".partial-")
    return bool(mark) and path.with_name(store).exists()


def _children(folder: Path) -> list[Path]:
    """What lies in a folder, but for hidden files: those are git's, DVC's and Snakemake's."""
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _is_rendered(path: Path) -> bool:
    key = path / "key.json"
    if not RENDERED.fullmatch(path.name) or not key.is_file():
        return False
    try:
        return bool(json.loads(key.read_text())["stage"] == "render")
    except (ValueError, KeyError, TypeError):
        return False


def _measured(path: Path) -> Stale:
    files = [path] if path.is_symlink() or not path.is_dir() else []
    names = [path.name]
    for place, folders, inside in os.walk(path):
        files += [Path(place) / name for name in inside]
        names += [*folders, *inside]
    states = [file.lstat() for file in files if file.is_symlink() or file.exists()]
    unfinished = any(mark in name for name in names for mark in UNFINISHED)
    newest = max((state.st_mtime for state in states), default=0.0)
    return Stale(path, sum(state.st_size for state in states), unfinished and time.time() - newest < A_DAY_S)


def remove(stale: list[Stale]) -> int:
    """Take stores away, but for those that are at work, and the folders that this leaves empty.

    Returns:
        The bytes that are free now.

    Raises:
        StoreError: a run is at work in this folder, or a store cannot be removed.
    """
    if LOCKS.is_dir() and any(LOCKS.iterdir()):
        raise StoreError(
            f"a run is at work here ({LOCKS} is not empty): wait, or `snakemake --unlock` if it died"
        )
    free = 0
    for item in stale:
        if item.at_work:
            continue
        try:
            if item.path.is_dir() and not item.path.is_symlink():
                shutil.rmtree(item.path)
            else:
                item.path.unlink()
        except OSError as error:
            raise StoreError(f"{item.path} cannot be removed: {error.strerror}") from error
        free += item.bytes
        _remove_empty(item.path.parent)
    return free


def _remove_empty(folder: Path) -> None:
    while len(folder.parts) > 1 and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
