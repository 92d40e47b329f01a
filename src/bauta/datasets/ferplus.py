"""FER+ (Barsoum et al., ICMI 2016): the images of FER-2013 with the votes of ten annotators."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder, required
from bauta.datasets.expression_words import Vocabulary
from bauta.datasets.fer2013 import PART_OF, FerRow, unpack
from bauta.datasets.files import read_csv
from bauta.datasets.votes import NAMED, Mode, decide
from bauta.errors import DataError
from bauta.io.walk import Links
from bauta.labels import EXPRESSIONS, label_space
from bauta.registry import Card

CARD = Card(
    name="ferplus",
    kind="adapter",
    implementation="bauta.datasets.ferplus:list_ferplus",
    about="FER-2013 as CSV with the votes of FER+.",
    settings="bauta.config.datasets.expressions:FerPlusDataset",
    source="Barsoum et al., ICMI 2016",
)


VOTES_FILE = "fer2013new.csv"
PIXELS_FILE = "fer2013.csv"
COLUMNS = label_space("ferplus").classes

Votes = NDArray[np.int64]


@dataclass(frozen=True)
class _VoteRow:
    """A row of fer2013new.csv; for a broken row, `votes` is text that describes the problem."""

    where: str
    usage: str | None
    votes: Votes | str


def list_ferplus(
    root: Path | str, *, images: Path | str, mode: Mode = "majority", links: Links = "follow"
) -> Listing:
    """List FER-2013 with labels and label distributions from the votes of FER+.

    The two files are joined by row, as their authors state; the numbers in the column `Image name` are not
    rows. Contempt is none of bauta's expressions: its share is dropped and the rest rescaled, and an image
    with a majority for it has no label. Among classes with equally many votes, the first column gives the
    label.

    Args:
        root: Folder with fer2013.csv and fer2013new.csv.
        images: Folder of the PNG files, created if missing; the listing's paths are relative to it.
        mode: How votes are interpreted, see `votes.decide`.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing; see `list_fer2013`. Images whose votes do not agree on an emotion have neither label nor
        distribution, with the reason among the problems.

    Raises:
        DataError: a file is missing or cannot be read, the rows of the two files do not match, or more than a
            tenth of the rows are broken.
    """
    root, images = Path(root), Path(images)
    if not (root / PIXELS_FILE).exists() and (root / VOTES_FILE).exists():
        raise DataError(
            f"expected {PIXELS_FILE} beside {root / VOTES_FILE}, got none: its labels belong to that file's "
            "rows; the version in folders has lost their order, and icml_face_data.csv may have another"
        )
    rows = list(_read_votes(required(root, VOTES_FILE)))
    _check_lengths(root, len(rows))
    builder = ListingBuilder(images, links, words=Vocabulary(), source=root / VOTES_FILE)
    for row in unpack(required(root, PIXELS_FILE), images, builder):
        votes = rows[row.position]
        if votes.usage is not None and votes.usage != row.usage:
            raise DataError(
                f"{votes.where}: expected the usage '{row.usage}' of {row.where}, got '{votes.usage}': the "
                "two files are not in the same order"
            )
        _add(row, votes, mode, builder)
    return builder.listing()


def _add(row: FerRow, votes: _VoteRow, mode: Mode, builder: ListingBuilder) -> None:
    if isinstance(votes.votes, str):
        builder.report(votes.where, votes.votes)
        return
    record, reason = _labelled(row.record, decide(votes.votes, mode))
    if builder.add(row.where, record) and reason is not None:
        builder.remark(record.image_id, f"{reason}; the image stays without a label")


def _labelled(record: ImageRecord, shares: NDArray[np.float64] | str) -> tuple[ImageRecord, str | None]:
    """The image with its label and distribution, or the unchanged image with the reason."""
    if isinstance(shares, str):
        return record, shares
    space = label_space("ferplus")
    winner = COLUMNS[int(np.argmax(shares))]
    if space.expression(winner) is None:
        return record, space.reason(winner)
    by_expression: Mapping[str | None, float] = {
        space.expression(name): float(share) for name, share in zip(COLUMNS[:NAMED], shares, strict=True)
    }
    total = sum(by_expression[name] for name in EXPRESSIONS)
    distribution = tuple(by_expression[name] / total for name in EXPRESSIONS)
    return replace(record, expression=space.expression(winner), distribution=distribution), None


def _read_votes(path: Path) -> Iterator[_VoteRow]:
    for line, row in read_csv(path, ("Usage", *COLUMNS)):
        where = f"{VOTES_FILE}, line {line}"
        if isinstance(row, str):
            yield _VoteRow(where, None, row)
            continue
        usage = row["Usage"].strip()
        cells = [row[name].strip() for name in COLUMNS]
        if usage not in PART_OF:
            yield _VoteRow(where, None, f"unknown usage '{usage}': expected one of: {', '.join(PART_OF)}")
        elif not all(cell.isdecimal() and len(cell) < 4 for cell in cells):
            yield _VoteRow(where, usage, f"expected ten numbers of votes, got {', '.join(cells)}")
        else:
            yield _VoteRow(where, usage, np.array(cells, dtype=np.int64))


def _check_lengths(root: Path, votes: int) -> None:
    path = required(root, PIXELS_FILE)
    images = sum(1 for _ in read_csv(path, ("Usage",)))
    if images != votes:
        raise DataError(
            f"{root / VOTES_FILE}: expected a row for each of the {images} rows of fer2013.csv, got {votes}"
        )
