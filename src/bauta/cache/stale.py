"""Finding and removing stale stores, which no configuration reaches any more.

When a key changes, the old store stays where it is, so that going back costs nothing. A store is kept if
`config.yaml`, a configuration in `config/`, the active configuration or another checkout that uses the cache
reaches it. All other stores are stale, and so are leftovers of killed jobs that no job will resume. When in
doubt, a store is kept: if a dataset's raw data was never inspected, its stores cannot be determined.
"""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from yaml import YAMLError

from bauta.cache.users import SharedCache, is_known, reached_by_others, register
from bauta.config.canonical import canonical
from bauta.config.load import load_config
from bauta.config.models import Config
from bauta.errors import BautaError, ConfigError, StoreError
from bauta.io import layout
from bauta.io.fingerprint import Fingerprints
from bauta.io.keyed_names import split_digest
from bauta.io.leftovers import CHECKPOINT, PARTIAL, at_work_on, is_useless
from bauta.plan import DatasetPlan, Plan
from bauta.plan.artifacts import artifacts, dataset_artifacts

OTHERS = frozenset({layout.MODEL_RECORDS, layout.FINGERPRINTS})
"""Folders in `cache/` that hold no stores; `layout.RESERVED` has their names."""

LOCKS = Path(".snakemake/locks")


@dataclass(frozen=True)
class Stale:
    """A store, or a folder of stores, that no configuration reaches.

    Attributes:
        path: The store or folder to remove.
        bytes: Its size.
        at_work: Whether it holds an unfinished file less than a day old, which a job may still be writing.
    """

    path: Path
    bytes: int
    at_work: bool


@dataclass
class Reached:
    """The artifacts that configurations reach.

    Attributes:
        paths: The stores that are reached.
        whole: Folders of which everything is kept.
        results: Result folders of the runs whose measurements are known.
        notes: One line for each folder whose stores could not be determined.
    """

    paths: set[Path] = field(default_factory=set)
    whole: set[Path] = field(default_factory=set)
    results: set[Path] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def add(self, plan: Plan) -> None:
        """Add the artifacts that a plan reaches or may reach."""
        try:
            self.paths.update(artifact.path for artifact in artifacts(plan))
            self.results.add(plan.results)
        except BautaError:
            self.whole.add(plan.results)
            if plan.config.pooled_teacher is not None:
                self.whole.add(layout.POOLED_TEACHERS)
            if plan.config.pooled_generator is not None:
                self.whole.add(layout.POOLED_GENERATORS)
            if plan.config.pooled_avatar is not None:
                self.whole.add(layout.POOLED_AVATARS)
            for part in plan.datasets.values():
                self._add_dataset(part)

    def _add_dataset(self, part: DatasetPlan) -> None:
        try:
            self.paths.update(artifact.path for artifact in dataset_artifacts(part))
        except BautaError as error:
            folder = layout.CACHE / part.name
            self.whole.add(folder)
            note = f"everything in {folder} is kept: {error}"
            if folder.is_dir() and note not in self.notes:
                self.notes.append(note)

    @cached_property
    def names(self) -> set[Path]:
        """The stores' paths without their suffix."""
        return {
            path.with_suffix("") if path.suffix in (".zarr", ".parquet", ".json") else path
            for path in self.paths
        }

    @cached_property
    def folders(self) -> set[Path]:
        """Every folder that a store lies in."""
        above = {folder for path in self.paths for folder in path.parents}
        return above | {layout.POOLED_TEACHERS, layout.POOLED_GENERATORS, layout.POOLED_AVATARS}

    def holds(self, path: Path) -> bool:
        """Whether a path is a reached store or a file beside one under its name, such as its key."""
        return any(path.with_name(path.name[:end]) in self.names for end in _ends(path.name))


def _ends(name: str) -> Iterator[int]:
    yield len(name)
    yield from (index for index, letter in enumerate(name) if letter == ".")


def reached_by(plan: Plan) -> Reached:
    """The artifacts that the active plan, `config.yaml` and the configurations in `config/` reach.

    Raises:
        ConfigError: a configuration cannot be read, so its stores cannot be determined.
    """
    reached = Reached()
    reached.add(plan)
    fingerprints = Fingerprints(look="never")
    for path in [Path("config.yaml"), *sorted(Path("config").glob("*.yaml"))]:
        if path.is_file():
            reached.add(Plan(canonical(_load(path)), fingerprints))
    return reached


def add_others(reached: Reached, forgotten: str | None = None) -> Reached:
    """Add the artifacts that other checkouts using the cache reach.

    Args:
        reached: The artifacts that this checkout reaches.
        forgotten: Name of a checkout whose stores are no longer kept.

    Raises:
        ConfigError: there is no such checkout.
        StoreError: the stores of another checkout cannot be determined.
    """
    paths, whole, notes = reached_by_others(forgotten)
    return Reached(reached.paths | paths, reached.whole | whole, set(reached.results), reached.notes + notes)


def register_plan(plan: Plan, configfiles: Sequence[Path | str]) -> None:
    """Record in the cache what a plan reaches; the first time, record all configurations of the checkout.

    Args:
        plan: The active plan.
        configfiles: The files from which its configuration was read.
    """
    reached = Reached()
    try:
        if not is_known():
            reached = reached_by(plan)
    except ConfigError:
        # The error lies in another configuration, which this run does not need.
        reached = Reached()
    if not reached.paths:
        reached.add(plan)
    register(reached.paths, reached.whole, configfiles)


def _load(path: Path) -> Config:
    try:
        return load_config(path)
    except (ConfigError, YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            f"{path} cannot be read ({reason}), so stale stores cannot be determined: fix or remove it"
        ) from error


def stale_stores(reached: Reached) -> list[Stale]:
    """The unreached artifacts and leftovers in `cache/`, `data/` and the measurements of known runs.

    In `data/`, only rendered images are considered; raw data belong to the user.
    """
    rendered = [path for path in _children(layout.DATA) if _is_rendered(path) and _is_known(layout.DATA)]
    results = [path for path in sorted(reached.results) if _is_known(layout.RESULTS)]
    found = list(_unreached(layout.CACHE, reached))
    found += [path for path in rendered if path not in reached.paths]
    for folder in results:
        found += _unreached(folder / layout.MEASUREMENTS, reached)
    # A walk through the cache does not come to the datasets in it that are links.
    places = dict.fromkeys([*SharedCache().roots.values(), *rendered, *results])
    found += [left for place in places for left in _left_behind(place, {*found})]
    return [_measured(path) for path in dict.fromkeys(found)]


def _is_known(folder: Path) -> bool:
    """Whether all who use a folder are known: they say so in the cache, which must be shared where it is."""
    return layout.CACHE.is_symlink() or not folder.is_symlink()


def _unreached(folder: Path, reached: Reached) -> Iterator[Path]:
    for path in _children(folder):
        if path in OTHERS or path in reached.whole or path.name == layout.KEY:
            continue
        if reached.holds(path):
            continue
        if path in reached.folders:
            yield from _unreached(path, reached)
        else:
            yield path


def _left_behind(folder: Path, stale: set[Path]) -> Iterator[Path]:
    """Leftovers of killed jobs in a folder that no job will resume; stores are not entered."""
    for place, folders, files in os.walk(folder):
        inside = [name for name in folders if Path(place, name) not in stale]
        left = [Path(place, name) for name in (*inside, *files) if is_useless(Path(place, name))]
        yield from left
        folders[:] = [
            name
            for name in inside
            if not name.endswith(".zarr") and PARTIAL not in name and Path(place, name) not in left
        ]


def _children(folder: Path) -> list[Path]:
    """The entries of a folder except hidden files, which belong to git, DVC and Snakemake."""
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _is_rendered(path: Path) -> bool:
    key, (_, digest) = path / layout.KEY, split_digest(path.name)
    if not digest or not key.is_file():
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
    newest = max((state.st_mtime for state in states), default=0.0)
    unfinished = [Path(name) for name in names if PARTIAL in name or name.endswith(CHECKPOINT)]
    at_work = any(at_work_on(name, newest) for name in unfinished)
    return Stale(path, sum(state.st_size for state in states), at_work)


def remove(stale: list[Stale]) -> int:
    """Remove stores, except those being written, and the folders that this leaves empty.

    Returns:
        The number of bytes freed.

    Raises:
        StoreError: a run is at work in this folder, or a store cannot be removed.
    """
    if LOCKS.is_dir() and any(LOCKS.iterdir()):
        raise StoreError(
            f"a run is at work here ({LOCKS} is not empty): wait, or run `snakemake --unlock` if it died"
        )
    free, kept = 0, []
    for item in stale:
        if item.at_work:
            continue
        try:
            if item.path.is_dir() and not item.path.is_symlink():
                shutil.rmtree(item.path)
            else:
                item.path.unlink(missing_ok=True)
        except OSError as error:
            kept.append(f"{item.path} cannot be removed: {error.strerror}")
            continue
        free += item.bytes
        _remove_empty(item.path.parent)
    if kept:
        raise StoreError(f"{kept[0]} ({len(kept)} of {len(stale)} remain)")
    return free


def _remove_empty(folder: Path) -> None:
    """Remove a folder and its parents while they are empty, except links and the outermost folder."""
    with suppress(OSError):
        while len(folder.parts) > 1 and not folder.is_symlink():
            folder.rmdir()
            folder = folder.parent
