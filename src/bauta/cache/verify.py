"""Verifying all artifacts of a run against their checksums, and naming those to delete and recompute."""

import os
import shlex
from collections.abc import Container, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bauta.anonymize.avatar.book import BOOK
from bauta.anonymize.avatar.card import AvatarCard
from bauta.anonymize.generator_card import FILES as GENERATORS
from bauta.anonymize.generator_card import GeneratorCard
from bauta.cache.at_work import HEARTBEATS
from bauta.cache.lineage import Lineage
from bauta.cache.users import USERS
from bauta.datasets.synthfaces_adapter import TRUTH, check_rendered
from bauta.errors import BautaError, DataError, StoreError
from bauta.express.card import CARD, TeacherCard, file_sha256
from bauta.express.card import WEIGHTS as TEACHER
from bauta.frontier.result import Frontier
from bauta.io import layout
from bauta.io.infeasible import NETWORK_REASON
from bauta.io.leftovers import PARTIAL, is_being_written
from bauta.io.parquet import read_parquet
from bauta.io.permissions import open_to_others
from bauta.io.seal import REMEDY, SealError, read_sealed
from bauta.io.stamps import check_stamp
from bauta.measurement import Measurement
from bauta.store import Store

MANIFEST, IMAGES = Path(layout.MANIFEST).name, Path(layout.IMAGES).name

CARDS: Mapping[str, type[AvatarCard | GeneratorCard]] = {
    layout.POOLED_GENERATORS.name: GeneratorCard,
    layout.POOLED_AVATARS.name: AvatarCard,
}
"""Folder in `cache/` → the cards of the networks and books in it."""

HEADS = frozenset({CARD, NETWORK_REASON})
"""Files that hold the seal of a network's folder."""

FILES = (".parquet", ".json")


@dataclass(frozen=True)
class CacheReport:
    """The result of a verification.

    Attributes:
        stores: Number of stores checked.
        files: Number of tables, teachers, generators, keys, measurements and results checked.
        faults: Path → reason of each artifact that is damaged, is not the one that its path names, or was
            made from a replaced input; also of each folder that cannot be read.
        unseen: Only the unreadable ones: their content may be intact, so it should not be deleted.
        unfinished: Leftovers of killed jobs, from which a job that runs again resumes.
        open: Folders that other users can read.
    """

    stores: int
    files: int
    faults: dict[Path, str]
    unseen: frozenset[Path]
    unfinished: list[Path]
    open: list[Path]

    def lines(self) -> list[str]:
        """The report in lines for a person to read."""
        found = [f"damaged: {path}: {what}" for path, what in self.faults.items()]
        damaged = [path for path in self.faults if path not in self.unseen]
        if damaged:
            found.append(f"to recompute them: rm -r {shlex.join(map(str, damaged))}")
        # What is remembered of raw data is no rule's output; it is looked up when a run starts.
        targets = [str(path) for path in damaged if path.parent.name != layout.FINGERPRINTS.name]
        if targets:
            # One at a time: given several targets, Snakemake skips those that depend on another one.
            again = (
                f'for damaged in {shlex.join(targets)}; do snakemake --cores all "$damaged" || break; done'
            )
            found.append(f"then: {again}")
        if self.unfinished:
            names = shlex.join(map(str, self.unfinished))
            found.append(f"unfinished: a job that runs again resumes from it; to discard it: rm -r {names}")
        if self.open:
            names = shlex.join(map(str, self.open))
            found.append(f"other users can read {names}: chmod -R o-rwx {names}")
        return [
            *found,
            f"{self.stores} stores and {self.files} other files checked, {len(self.faults)} damaged",
        ]


def verify_cache(
    cache: Path, results: Path | None = None, data: Path | None = None, *others: Path, threads: int = 1
) -> CacheReport:
    """Read every artifact and compare it with its checksums, its path and its inputs.

    Args:
        cache: The folder of the stores.
        results: The folder of the results.
        data: The folder of rendered images; all other files in it belong to the user.
        others: Further folders that other users should not be able to read.
        threads: Number of files that are read at once.
    """
    stores, files, unfinished = [], [], []
    unseen: dict[Path, str] = {}
    for path in (*_cached(cache, unseen), *_results(results, unseen), *_rendered(data, unseen)):
        if PARTIAL in path.name:
            if not is_being_written(path):
                unfinished.append(path)
        elif path.suffix == ".zarr":
            stores.append(path)
        else:
            files.append(path)
    checked = [*stores, *files]
    with ThreadPoolExecutor(threads) as pool:
        found = dict(zip(checked, pool.map(_fault, checked), strict=True))
    faults = {path: fault for path, fault in found.items() if fault is not None}
    # An artifact's own fault is more specific than that of the walk.
    unseen = {path: why for path, why in unseen.items() if not {path, *path.parents} & found.keys()}
    faults |= unseen
    # A damaged artifact is recomputed as it was, so its descendants stay valid. The exception is a store
    # after an update of Blosc or another codec: its digest covers compressed bytes, so its descendants
    # become faulty.
    faults |= _replaced([path for path in checked if path not in faults], faults)
    closed = [cache, *([results] if results else []), *others]
    return CacheReport(
        len(stores),
        len(files),
        faults,
        frozenset(unseen),
        unfinished,
        open_to_others(closed),
    )


def _tree(top: Path, unseen: dict[Path, str]) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Walk a folder and those below it like `os.walk`, also through links.

    Args:
        top: The folder; if it does not exist, nothing is yielded.
        unseen: Collects the paths that cannot be read, with the reason.
    """

    def tell(error: OSError) -> None:
        path = Path(error.filename)
        # A file that a job has just removed is not a fault.
        if not isinstance(error, FileNotFoundError) or os.path.lexists(path):
            unseen[path] = f"it cannot be read ({error.strerror}): make it readable and verify again"

    for folder, names, files in os.walk(top, onerror=tell, followlinks=True):
        for path in (Path(folder) / name for name in files):
            if not os.access(path, os.F_OK) and os.path.lexists(path):
                unseen[path] = "it is a broken link: restore its target or delete it"
        names.sort()
        yield Path(folder), names, sorted(files)


def _cached(cache: Path, unseen: dict[Path, str]) -> Iterator[Path]:
    """Stores, finished or not, networks with a card, and files; stores are not entered."""
    for folder, names, files in _tree(cache, unseen):
        # A file may lie in place of a store, and a folder in place of a file.
        found = [name for name in (*names, *files) if name.endswith((".zarr", *FILES)) or PARTIAL in name]
        # Weights without a card are a damaged network, too.
        if (HEADS | {TEACHER, BOOK, *GENERATORS.values()}) & {*names, *files}:
            # A rule makes the folder as a whole.
            yield folder
        # Heartbeats and records of the cache's users come and go.
        names[:] = [name for name in names if name not in {*found, USERS, HEARTBEATS}]
        yield from (folder / name for name in found if name not in HEADS)


def _results(results: Path | None, unseen: dict[Path, str]) -> Iterator[Path]:
    """Measurements, metrics and the stamps of the other results."""
    for folder, names, files in _tree(results, unseen) if results else ():
        inside = folder.relative_to(results or folder).parts
        if len(inside) == 1:
            yield from (folder / name for name in (*names, *files) if name == layout.METRICS)
        elif inside[1:2] == (layout.MEASUREMENTS,):
            yield from (folder / name for name in (*names, *files) if name.endswith(".json"))
        elif inside[1:2] == (layout.STAMPS,):
            yield from (folder / name for name in files)


def _rendered(data: Path | None, unseen: dict[Path, str]) -> Iterator[Path]:
    for folder in sorted((data, *data.glob("*/"))) if data and data.is_dir() else ():
        if not os.access(folder, os.R_OK | os.X_OK):
            unseen[folder] = "it cannot be read: make it readable and verify again"
        elif folder != data and os.path.lexists(folder / TRUTH):
            yield from (path for path in (folder / TRUTH, folder / layout.KEY) if os.path.lexists(path))


def _fault(path: Path) -> str | None:
    """The fault of an artifact by itself, regardless of its ancestors; None if it has none."""
    try:
        _check(path)
    except (BautaError, OSError, ValueError) as error:
        return str(error).splitlines()[0]
    return None


def _check(path: Path) -> None:
    """Read an artifact as the jobs that use it do.

    Raises:
        BautaError: it is damaged, or is not the artifact that its path names.
    """
    if path.suffix in FILES and path.is_dir():
        raise DataError(f"{path} is a folder, expected a file: {REMEDY}")
    if path.suffix == ".zarr":
        Store.open_any(path).verify()
    elif path.name == TRUTH:
        check_rendered(path.parent)
    elif path.suffix == ".parquet":
        _check_table(path)
    elif (path / NETWORK_REASON).is_file():
        read_sealed(path / NETWORK_REASON, path)
    elif path.is_dir():
        # Compares the weights with their card.
        CARDS.get(path.parent.name, TeacherCard).read(path)
    elif path.name == layout.METRICS:
        Frontier.read(path)
    elif layout.MEASUREMENTS in path.parts:
        Measurement.read(path)
    elif path.suffix == ".json":
        read_sealed(path)
    else:
        check_stamp(path)


def _check_table(path: Path) -> None:
    """Check a table and, for a manifest, the images that `index` has unpacked."""
    table = read_parquet(path)
    images = path.with_name(IMAGES)
    # Of other datasets it holds at most Snakemake's time stamp.
    if path.name != MANIFEST or all(found.name.startswith(".") for found in images.glob("*")):
        return
    for image in table.select(["path", "fingerprint"]).to_pylist():
        if image["fingerprint"] not in (None, file_sha256(images / image["path"])):
            raise DataError(f"{images / image['path']} is not the image that was listed: {REMEDY}")


def _replaced(paths: list[Path], damaged: Container[Path]) -> dict[Path, str]:
    """The reasons of those artifacts whose direct or indirect inputs have been replaced."""
    lineage, found = Lineage(), {}
    for path in paths:
        try:
            reason = lineage.replaced(path, damaged)
        except (SealError, OSError) as error:
            reason = str(error)
        if reason:
            found[path] = reason.splitlines()[0]
    return found


def require_intact(report: CacheReport) -> None:
    """Refuse a cache with a damaged artifact.

    Raises:
        StoreError: at least one artifact is damaged.
    """
    if report.faults:
        names = ", ".join(map(str, report.faults))
        raise StoreError(f"damaged: {names}: delete and recompute these artifacts")
