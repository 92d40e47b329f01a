"""From files to anonymized files: threads decode and encode, faces of several pictures share a batch."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TypeVar

import cv2
from tqdm import tqdm

from bauta.apply.editor import EditedImage, EditRequest, FaceEditor, FaceFinder, FoundFace, Outcome
from bauta.apply.evidence import Compared, Evidence
from bauta.apply.inputs import UNPROCESSED, WRITTEN, Item, remove_results, shown
from bauta.apply.journal import Journal
from bauta.apply.picture_files import Picture, encode, read_picture
from bauta.apply.results import Results
from bauta.apply.review import write_thumbnails
from bauta.apply.rows import ASIDE, KEPT, RELEASED, WITHHELD, Row
from bauta.detect.run import DETECTOR_ERRORS
from bauta.errors import BautaError, DataError, DiskError
from bauta.io.atomic import naming, write_bytes
from bauta.io.images import UnreadableImageError, read_image
from bauta.io.permissions import make_private

log = logging.getLogger(__name__)

T = TypeVar("T")

Finish = Callable[[Item, list[Row]], None]
"""Records the rows of a picture that is done with."""

GROUP_PICTURES, GROUP_FACES, GROUP_PIXELS = 4, 32, 12_000_000
"""Limits of the pictures whose faces are edited in one batch."""

UNREADABLE, NO_FACE = "unreadable", "no_face"

ERRORS = (*DETECTOR_ERRORS, cv2.error, BautaError)
"""What a detector or an anonymizer raises for one picture; the others are still done."""


@dataclass(frozen=True)
class Options:
    """How pictures are written.

    Attributes:
        quality: Of JPEG, 1 to 100.
        keep_unprocessed: Whether a picture without a face is released as it is, without its metadata.
        keep_profile: Whether the colour profile is kept.
        review: Whether to write thumbnails.
        review_originals: Whether to write those of the originals, too.
        workers: Threads that decode and encode.
    """

    quality: int = 95
    keep_unprocessed: bool = False
    keep_profile: bool = True
    review: bool = False
    review_originals: bool = False
    workers: int = 2


@dataclass(frozen=True)
class Seen:
    """A picture and its faces."""

    item: Item
    picture: Picture
    faces: tuple[FoundFace, ...]


@dataclass(frozen=True)
class _Pending:
    """A picture that is being written."""

    seen: Seen
    edited: EditedImage
    rows: list[Row]
    writing: Future[None]


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """Edits pictures.

    Attributes:
        out: The output folder.
        setting: What is applied, in words.
        finder: Finds the faces.
        editor: Edits them.
        options: How pictures are written.
        journal: Records what is finished.
        evidence: Looks at what was written; None if nobody asked for it.
    """

    out: Path
    setting: str
    finder: FaceFinder
    editor: FaceEditor
    options: Options
    journal: Journal
    evidence: Evidence | None = None

    def run(self, items: Sequence[Item], results: Results, *, progress: bool = False) -> None:
        """Edit pictures and add their rows to the results.

        Raises:
            DiskError: the output folder cannot be written to.
        """
        workers = self.options.workers
        with (
            tqdm(total=len(items), unit="picture", disable=None if progress else True) as bar,
            ThreadPoolExecutor(workers) as pool,
        ):

            def finish(item: Item, rows: list[Row]) -> None:
                results.rows[item.target] = rows
                self.journal.add(item, rows)
                _log(item, rows)
                bar.update()

            pictures = ahead(pool, read, items, workers + 1)
            pending: deque[_Pending] = deque()
            for group in _grouped(self._look(pictures, finish)):
                for seen, edited in zip(group, self._edit(group), strict=True):
                    if isinstance(edited, str):
                        finish(seen.item, [self._withhold(seen.item, "failed", edited)])
                        continue
                    rows = self._rows(seen, edited)
                    writing = pool.submit(self._write, seen, edited, rows[0])
                    pending.append(_Pending(seen, edited, rows, writing))
                while len(pending) > workers:
                    self._written(pending.popleft(), finish)
            while pending:
                self._written(pending.popleft(), finish)

    def _look(self, pictures: Iterator[tuple[Item, Picture | str]], finish: Finish) -> Iterator[Seen]:
        """Find the faces of the pictures that can be read."""
        for item, picture in pictures:
            if isinstance(picture, str):
                finish(item, [self._withhold(item, UNREADABLE, picture)])
                continue
            try:
                faces = self.finder.find(picture.image)
            except ERRORS as error:
                reason = f"the detector failed: {_first_line(error)}"
                finish(item, [self._withhold(item, "failed", reason)])
            else:
                yield Seen(item, picture, faces)

    def _edit(self, group: Sequence[Seen]) -> list[EditedImage | str]:
        """Edit a group at once, or one by one if that fails, so that one picture costs no other."""
        requests = [EditRequest(seen.picture.image, seen.faces) for seen in group]
        try:
            return list(self.editor.edit_all(requests))
        except DiskError:
            raise
        except ERRORS as error:
            if len(group) == 1:
                return [f"the anonymizer failed: {_first_line(error)}"]
            return [edited for seen in group for edited in self._edit([seen])]

    def _rows(self, seen: Seen, edited: EditedImage) -> list[Row]:
        """The rows of an edited picture, before a second look at it."""
        failed = any(outcome.outcome is Outcome.FAILED for outcome in edited.outcomes)
        if not seen.faces and self.options.keep_unprocessed:
            status = KEPT
        else:
            status = ASIDE if failed or not seen.faces else RELEASED
        target = f"{UNPROCESSED}/{seen.item.target}" if status == ASIDE else seen.item.target
        notes = "; ".join(seen.picture.notes) or None
        whole = Row(seen.item.name, target, status, self.setting, notes=notes)
        if not seen.faces:
            return [replace(whole, reason="no face was found")]
        rows = []
        for number, (face, outcome) in enumerate(zip(seen.faces, edited.outcomes, strict=True)):
            x0, y0, x1, y1 = map(float, face.box)
            found = replace(whole, face=number, x0=x0, y0=y0, x1=x1, y1=y1, score=face.score)
            rows.append(replace(found, outcome=str(outcome.outcome), reason=outcome.reason))
        return rows

    def _write(self, seen: Seen, edited: EditedImage, row: Row) -> None:
        """Write a picture, and remove what an earlier run wrote elsewhere."""
        target, options = row.released_as or seen.item.target, self.options
        path = self.out / target
        if not path.parent.resolve().is_relative_to(self.out.resolve()):
            raise DataError(f"{shown(path.parent)} leads out of the output folder: remove the link")
        if row.status == ASIDE:
            with naming(self.out):
                make_private(self.out / UNPROCESSED)
        picture = seen.picture
        content = encode(
            edited.image,
            WRITTEN[PurePosixPath(target).suffix.lower()],
            quality=options.quality,
            grey=picture.grey,
            profile=picture.profile if options.keep_profile else None,
        )
        write_bytes(path, content)
        for other in (seen.item.target, f"{UNPROCESSED}/{seen.item.target}"):
            if other != target:
                (self.out / other).unlink(missing_ok=True)
        if options.review:
            before = picture.image if options.review_originals else None
            boxes = list(zip(seen.faces, edited.outcomes, strict=True))
            write_thumbnails(self.out, seen.item.target, boxes, edited.image, before)

    def _written(self, pending: _Pending, finish: Finish) -> None:
        """Wait for a picture to be written, and look at it again if that was asked for."""
        seen, rows = pending.seen, pending.rows
        try:
            pending.writing.result()
        except DiskError:
            raise
        except (DataError, OSError, ValueError) as error:
            reason = f"it could not be written: {_first_line(error)}"
            finish(seen.item, [self._withhold(seen.item, "failed", reason)])
            return
        if self.evidence is not None and pending.edited.mask.any():
            rows = self._with_evidence(self.evidence, seen, rows)
        finish(seen.item, rows)

    def _with_evidence(self, evidence: Evidence, seen: Seen, rows: Sequence[Row]) -> list[Row]:
        try:
            after = read_image(self.out / (rows[0].released_as or ""))
            found = evidence.compare(seen.picture.image, seen.faces, after)
        except DiskError:
            raise
        except ERRORS as error:
            log.warning("%s: the second look failed: %s", shown(seen.item.name), shown(_first_line(error)))
            found = [(Compared.NO, None)] * len(rows)
        return [
            replace(
                row,
                compared=str(compared),
                similarity=cosine,
                matches=None if cosine is None else cosine >= evidence.threshold,
            )
            for row, (compared, cosine) in zip(rows, found, strict=True)
        ]

    def _withhold(self, item: Item, outcome: str, reason: str) -> Row:
        """The row of a picture that is not written; what an earlier run made of it must not stay, either."""
        with naming(self.out):
            remove_results(self.out, item.target)
        return Row(item.name, None, WITHHELD, self.setting, outcome=outcome, reason=reason)


def _log(item: Item, rows: Sequence[Row]) -> None:
    """One line for a picture that needs a look."""
    if rows[0].outcome in (UNREADABLE, NO_FACE, Outcome.FAILED):
        log.warning("%s: %s: %s", shown(item.name), rows[0].status, shown(rows[0].reason))
    for row in rows:
        if row.matches:
            log.warning("%s: face %s is still recognized (%.2f)", shown(item.name), row.face, row.similarity)
        elif row.compared == Compared.NO:
            log.warning("%s: face %s could not be compared", shown(item.name), row.face)


def read(item: Item) -> tuple[Item, Picture | str]:
    """Read a picture, or tell why it cannot be read."""
    if item.reason is not None:
        return item, item.reason
    try:
        return item, read_picture(item.source)
    except UnreadableImageError as error:
        return item, _first_line(error.reason)


def ahead(
    pool: ThreadPoolExecutor, work: Callable[[Item], T], items: Sequence[Item], count: int
) -> Iterator[T]:
    """Results of a function in the order of the items, with a few of them computed ahead."""
    pending: deque[Future[T]] = deque()
    for item in items:
        pending.append(pool.submit(work, item))
        if len(pending) > count:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def _grouped(pictures: Iterator[Seen]) -> Iterator[list[Seen]]:
    """Consecutive pictures whose faces are edited together."""
    group: list[Seen] = []
    for seen in pictures:
        group.append(seen)
        pixels = sum(one.picture.image.size // 3 for one in group)
        faces = sum(len(one.faces) for one in group)
        if len(group) >= GROUP_PICTURES or faces >= GROUP_FACES or pixels >= GROUP_PIXELS:
            yield group
            group = []
    if group:
        yield group


def _first_line(error: object) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
