"""Photographs with a table: `faces.csv` with the columns file, subject and expression."""

from pathlib import Path
from typing import ClassVar

from bauta.config.datasets.base import Photographs
from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder, required
from bauta.datasets.expression_words import Vocabulary
from bauta.datasets.files import read_csv
from bauta.io.walk import Links
from bauta.registry import Card

CARD = Card(
    name="csv_faces",
    kind="adapter",
    implementation="bauta_example.csv_faces:list_csv_faces",
    about="Photographs with a table of their subjects and expressions.",
    settings="bauta_example.csv_faces:CsvFaces",
)

COLUMNS = ("file", "subject", "expression")


class CsvFaces(Photographs):
    """Photographs with a table of their subjects and expressions."""

    has_labels: ClassVar[bool] = True


def list_csv_faces(root: Path | str, *, links: Links = "follow") -> Listing:
    """List the files that the table names.

    Args:
        root: The folder of `faces.csv`; paths in its column `file` are relative to it.
        links: Which links below the root are followed.

    Raises:
        DataError: the table is missing or unusable.
    """
    root = Path(root)
    table = required(root, "faces.csv")
    builder = ListingBuilder(root, links, words=Vocabulary(), source=table)
    builder.uses(table.name)
    for line, row in read_csv(table, COLUMNS):
        where = f"{table.name}, line {line}"
        if isinstance(row, str):
            builder.report(where, row)
        else:
            record = ImageRecord(row["file"], row["file"], row["subject"] or None)
            builder.add_labelled(where, record, row["expression"])
    return builder.listing(folders=[""])
