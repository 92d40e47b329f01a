"""The shared builder of listings, which collects and checks images and reports and counts broken rows."""

import logging
import os
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from bauta.datasets import ImageRecord, Listing, Problem
from bauta.datasets.expression_words import Vocabulary, require_usable
from bauta.datasets.files import composed, is_image, natural_order, printable
from bauta.datasets.twins import twins
from bauta.errors import DataError
from bauta.io.companions import companion_in
from bauta.io.walk import Links, leaves_root, walk

log = logging.getLogger(__name__)


class ListingBuilder:
    """Collects the images of a dataset; an unusable row becomes a problem.

    Args:
        root: The dataset's folder.
        links: Which links below it are followed.
        words: The dataset's names for the expressions, if it has any.
        source: The file or folder that holds its labels, for messages; the root if None.
    """

    def __init__(
        self,
        root: Path,
        links: Links = "follow",
        *,
        words: Vocabulary | None = None,
        source: Path | None = None,
    ) -> None:
        self._root = root
        self._links = links
        self._source = str(source or root)
        self._words = words or Vocabulary()
        self._labelled = words is not None
        self._found: Counter[str] = Counter()
        self._lost: list[Problem] = []
        self._unread: dict[str, str] = {}
        self._records: dict[str, ImageRecord] = {}
        self._paths: set[str] = set()
        self._problems: list[Problem] = []
        self._read: set[str] = set()

    def uses(self, name: str) -> None:
        """Note that a file below the root is read although it is not an image, so that it is not ignored."""
        self._read.add(PurePosixPath(name).as_posix())

    def images(self, folder: str = "") -> list[str]:
        """Paths of the images below a folder, in natural order, regardless of their Unicode form.

        Raises:
            DataError: a folder cannot be listed.
        """
        names = []
        for found in walk(self._root, folder, self._links):
            if found.unread is not None:
                self._unread[found.name] = found.unread
            if found.companion is None and (found.unread or is_image(self._root, found.name, self._links)):
                names.append(found.name)
        return sorted(names, key=lambda name: (natural_order(composed(name)), name != composed(name), name))

    def report(self, where: str, reason: str) -> None:
        """Log and count an unusable row."""
        self._lost.append(self.remark(where, reason))

    def remark(self, where: str, reason: str) -> Problem:
        """Log and count a problem of a row that is used, or whose image is missing."""
        problem = Problem(printable(where), printable(reason))
        log.warning("%s: %s", problem.where, problem.reason)
        self._problems.append(problem)
        return problem

    def add(self, where: str, record: ImageRecord) -> bool:
        """Add an image, unless its path leaves the root, the file is missing, or it was added before.

        Args:
            where: File and line that name the image, for the report.
            record: The image.

        Returns:
            Whether it was added.
        """
        record = self._normal(record)
        reason = self._refusal(record)
        if reason is not None:
            self.report(where, reason)
            return False
        if not self._is_there(record.path):
            self.remark(where, f"there is no image '{record.path}'")
            return False
        self._records[record.image_id] = record
        self._paths.add(record.path)
        return True

    def add_labelled(self, where: str, record: ImageRecord, word: str) -> None:
        """Add an image with its label; a label outside bauta's expressions is reported.

        Args:
            where: File and line that name the image, for the report.
            record: The image, without its expression.
            word: The label as written in the file; `listing` refuses the dataset if it is unknown.
        """
        self._found[word.strip()] += 1
        meaning = self._words.meaning(word)
        if meaning is None:
            return
        if self.add(where, replace(record, expression=meaning.expression)) and meaning.reason:
            self.remark(record.image_id, f"{meaning.reason}; the image stays without a label")

    def listing(self, *, folders: Collection[str] = (), over_limit: Collection[str] = ()) -> Listing:
        """The listing so far, with the files in the image folders that no record uses.

        Args:
            folders: Image folders below the root; unused files there are listed as ignored.
            over_limit: Images that an option leaves out.

        Raises:
            DataError: a label is unknown, or more than a tenth of a labelled dataset's rows cannot be used.
        """
        self._check_labels()
        ignored = self._unused(folders, self._paths | set(over_limit) | self._read)
        for name, other in twins(record.subject for record in self._records.values() if record.subject):
            self.remark(name, f"this name and '{other}' differ only in case or spaces: are they one person?")
        return Listing(
            tuple(self._records.values()),
            tuple(sorted(ignored, key=natural_order)),
            tuple(over_limit),
            tuple(self._problems),
            self._links,
        )

    def _unused(self, folders: Collection[str], used: set[str]) -> Iterator[str]:
        """Yield unused files below some folders, including companion files and folders."""
        companions = Counter[str]()
        for folder in folders:
            if not (self._root / folder).is_dir():
                continue
            for found in walk(self._root, folder, self._links):
                if found.companion is not None:
                    companions[found.companion] += 1
                    yield found.name
                elif found.name not in used:
                    log.info("file %r is not used", found.name)
                    yield found.name
        if companions:
            said = ", ".join(f"{count} of {kind}" for kind, count in companions.most_common())
            log.warning("%d companion files and folders are left out: %s", companions.total(), said)

    def _normal(self, record: ImageRecord) -> ImageRecord:
        """The record with its names in composed Unicode form."""
        path = PurePosixPath(record.path).as_posix()
        return replace(
            record,
            image_id=self._unique(composed(record.image_id), path),
            path=path,
            subject=None if record.subject is None else composed(record.subject),
            unread=self._unread.get(path),
        )

    def _unique(self, image_id: str, path: str) -> str:
        """The id, with a number appended if another file's name differs only in its Unicode form."""
        found, number = image_id, 1
        while found in self._records:
            other = self._records[found].path
            if other == path or composed(other) != composed(path):
                break  # the same file again, or two files with one id: `add` refuses them
            number += 1
            found = f"{image_id} ({number})"
        return found

    def _refusal(self, record: ImageRecord) -> str | None:
        if leaves_root(record.path):
            return f"expected a path inside the dataset's root, got '{record.path}'"
        kind = companion_in(record.path)
        if kind is not None:
            return f"'{record.path}' is a companion file ({kind}), not a photograph"
        if record.image_id in self._records or record.path in self._paths:
            return f"'{record.image_id}' is listed already"
        return None

    def _is_there(self, name: str) -> bool:
        path = self._root / name
        return os.path.lexists(path) and (path.is_symlink() or not path.is_dir())

    def _check_labels(self) -> None:
        if not self._labelled:
            return
        self._words.check(self._source)
        rows = len(self._records) + len(self._lost)
        if rows:
            example = f"{self._lost[0].where}: {self._lost[0].reason}" if self._lost else ""
            expressions = [record.expression for record in self._records.values()]
            require_usable(self._source, expressions, rows, self._found, example)


def required(root: Path, *names: str) -> Path:
    """The first existing one of several paths below the root.

    Raises:
        DataError: none of them exists.
    """
    for name in names:
        if (root / name).exists():
            return root / name
    raise DataError(f"expected {' or '.join(names)} below {root}, got none: see docs/datasets")
