"""Checks everything in the cache against its checksums, and says what to delete and make again."""

import json
import os
import shlex
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bauta.access import open_to_others
from bauta.anonymize.generator_card import GeneratorCard
from bauta.errors import BautaError, DataError, StoreError
from bauta.express.card import CARD, TeacherCard
from bauta.store import Store

UNFINISHED = ".partial-"


@dataclass(frozen=True)
class CacheReport:
    """What was found in a cache.

    Attributes:
        stores: How many stores were checked.
        files: How many tables, teachers, generators and keys were checked.
        faults: What is damaged, and how.
        unfinished: What killed jobs have left; a job that runs again goes on from it.
        open: Folders that others can look into.
    """

    stores: int
    files: int
    faults: dict[Path, str]
    unfinished: list[Path]
    open: list[Path]

    def lines(self) -> list[str]:
        """What a person should know, one line each."""
        found = [f"damaged: {path}: {what}" for path, what in self.faults.items()]
        if self.faults:
            names = shlex.join(map(str, self.faults))
            # One at a time: of several targets, Snakemake leaves out those that come after another one.
            again = f'for damaged in {names}; do snakemake --cores all "$damaged" || break; done'
            found += [f"to make them again: rm -r {names}", f"then: {again}"]
        if self.unfinished:
            names = shlex.join(map(str, self.unfinished))
            found.append(f"unfinished: a job that runs again goes on from it; to be rid of it: rm -r {names}")
        if self.open:
            names = shlex.join(map(str, self.open))
            found.append(f"others can look into {names}: chmod -R o-rwx {names}")
        return [
            *found,
            f"{self.stores} stores and {self.files} other files checked, {len(self.faults)} damaged",
        ]


def verify_cache(cache: Path, *others: Path, threads: int = 1) -> CacheReport:
    """Read every store, table, network and key below a folder and compare it with its checksums.

    Args:
        cache: The folder.
        others: More folders that nobody else should look into.
        threads: How many files are read at once.
    """
    stores, files, unfinished = [], [], []
    for path in _artifacts(cache):
        if UNFINISHED in path.name:
            unfinished.append(path)
        elif path.suffix == ".zarr":
            stores.append(path)
        else:
            files.append(path)
    with ThreadPoolExecutor(threads) as pool:
        checked = [*stores, *files]
        faults = {
            path: fault for path, fault in zip(checked, pool.map(_fault, checked), strict=True) if fault
        }
    return CacheReport(len(stores), len(files), faults, unfinished, open_to_others([cache, *others]))


def _artifacts(cache: Path) -> Iterator[Path]:
    """Stores, unfinished ones, networks with a card and files; stores are not looked into."""
    for folder, names, files in os.walk(cache, followlinks=True):
        whole = sorted(name for name in names if name.endswith(".zarr") or UNFINISHED in name)
        names[:] = sorted(set(names) - set(whole))
        yield from (Path(folder) / name for name in whole)
        for name in sorted(files):
            if name == CARD:
                # The folder is what a rule makes.
                yield Path(folder)
            elif name.endswith((".parquet", ".json")) or UNFINISHED in name:
                yield Path(folder) / name


def _fault(path: Path) -> str | None:
    """What is wrong with an artifact; None if nothing is."""
    try:
        if path.suffix == ".zarr":
            Store.open(path).verify()
        elif path.suffix == ".parquet":
            _read_table(path)
        elif path.is_dir():
            _read_card(path)
        else:
            json.loads(path.read_text(encoding="utf-8"))
    except (BautaError, OSError, ValueError) as error:
        return str(error).splitlines()[0]
    return None


def _read_card(folder: Path) -> None:
    """Compare the weights of a teacher or a generator with its card.

    Raises:
        ModelError: they are not those that the card is of, or one of both is missing or damaged.
    """
    if folder.parent.name == "generators":
        GeneratorCard.read(folder)
    else:
        TeacherCard.read(folder)


def _read_table(path: Path) -> None:
    """Read every page of a table with its checksum, a group of rows at a time.

    Raises:
        DataError: the file is not a whole Parquet file or a page is damaged.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as table:
            for group in range(table.num_row_groups):
                table.read_row_group(group)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"it is no whole Parquet file ({str(error).splitlines()[0]})") from error


def require_intact(report: CacheReport) -> None:
    """Refuse a cache in which something is damaged.

    Raises:
        StoreError: something is.
    """
    if report.faults:
        names = ", ".join(map(str, report.faults))
        raise StoreError(f"damaged: {names}: delete what is named and make it again")
