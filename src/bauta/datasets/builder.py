"""What adapters share: images are collected and judged in one place, broken rows are reported and counted."""

import logging
import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing, Problem
from bauta.datasets.files import files_below, natural_order, printable
from bauta.errors import DataError
from bauta.labels import LabelSpace

log = logging.getLogger(__name__)


class ListingBuilder:
    """Collects the images of a dataset; what cannot be used becomes a problem, never an error."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._records: dict[str, ImageRecord] = {}
        self._paths: set[str] = set()
        self._problems: list[Problem] = []

    def report(self, where: str, reason: str) -> None:
        """Log and count a problem."""
        problem = Problem(printable(where), printable(reason))
        log.warning("%s: %s", problem.where, problem.reason)
        self._problems.append(problem)

    def add(self, where: str, record: ImageRecord) -> bool:
        """Take an image, unless its path leaves the root, there is no such file, or it has been taken.

        Args:
            where: File and line that name the image, for the report.
            record: The image.

        Returns:
            Whether it was taken.
        """
        record = replace(record, path=PurePosixPath(record.path).as_posix())
        reason = self._refusal(record)
        if reason is not None:
            self.report(where, reason)
            return False
        self._records[record.image_id] = record
        self._paths.add(record.path)
        return True

    def add_labelled(
        self, where: str, record: ImageRecord, space: LabelSpace, code: str, *, first: int = 0
    ) -> None:
        """Take an image with its label; one that stands for none of bauta's expressions is reported.

        Args:
            where: File and line that name the image, for the report.
            record: The image, without its expression.
            space: How the dataset labels.
            code: Position of the class in the space, as text; anything else is a problem.
            first: Code of the first class.
        """
        codes = {str(index): name for index, name in enumerate(space.classes, first)}
        if code not in codes:
            self.report(where, f"unknown label '{code}': expected one of: {', '.join(codes)}")
            return
        name = codes[code]
        if self.add(where, replace(record, expression=space.expression(name))) and space.reason(name):
            self.report(record.image_id, f"{space.reason(name)}; the image stays without a label")

    def listing(self, *, folders: Collection[str] = (), over_limit: Collection[str] = ()) -> Listing:
        """The listing so far, with the files of the image folders that no record has.

        Args:
            folders: Image folders below the root; files there that are not used are ignored ones.
            over_limit: Images that an option leaves out.
        """
        used = self._paths | set(over_limit)
        ignored = [
            name
            for folder in folders
            if (self._root / folder).is_dir()
            for name in files_below(self._root, folder)
            if name not in used
        ]
        for name in ignored:
            log.info("file %r is not used", name)
        return Listing(
            tuple(self._records.values()),
            tuple(sorted(ignored, key=natural_order)),
            tuple(over_limit),
            tuple(self._problems),
        )

    def _refusal(self, record: ImageRecord) -> str | None:
        if leaves_root(record.path):
            return f"expected a path inside the dataset's root, got '{record.path}'"
        if record.image_id in self._records or record.path in self._paths:
            return f"'{record.image_id}' is listed already"
        path = self._root / record.path
        if not os.path.lexists(path) or (path.is_dir() and not path.is_symlink()):
            return f"there is no image '{record.path}'"
        return None


def leaves_root(name: str) -> bool:
    """Whether a path that a file names is absolute or goes upwards."""
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts


def required(root: Path, *names: str) -> Path:
    """The first of some paths below the root that exists.

    Raises:
        DataError: there is none.
    """
    for name in names:
        if (root / name).exists():
            return root / name
    raise DataError(f"expected {' or '.join(names)} below {root}, got none: see docs/datasets")
