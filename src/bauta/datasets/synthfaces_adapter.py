"""The adapter of the embedded dataset, which reads the ground truth beside the rendered images."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from bauta.datasets import ImageRecord, Listing
from bauta.errors import DataError
from bauta.io import layout
from bauta.io.parquet import read_parquet
from bauta.registry import Card

CARD = Card(
    name="synthfaces",
    kind="adapter",
    implementation="bauta.datasets.synthfaces_adapter:list_synthfaces",
    about="The embedded dataset: rendered faces.",
    settings="bauta.config.datasets.people:SynthfacesDataset",
)


TRUTH = Path(layout.TRUTH).name
PARSING = "parsing/{image_id}.png"
COLUMNS = ("image_id", "path", "subject", "expression")


def list_synthfaces(root: Path | str) -> Listing:
    """List the rendered images of a folder with their true subject and expression.

    Args:
        root: Folder that `synthfaces.render_dataset` wrote.

    Raises:
        DataError: its `truth.parquet` is missing, damaged or lacks a column, or an image has changed since it
            was rendered.
    """
    root = Path(root)
    check_rendered(root, ["image"])
    rows = read_parquet(root / TRUTH).select(list(COLUMNS)).to_pylist()
    return Listing(tuple(ImageRecord(**row) for row in rows))


def check_rendered(root: Path, kinds: Sequence[str] = ("image", "parsing")) -> None:
    """Compare rendered files with the checksums in the ground truth.

    Args:
        root: Folder that `synthfaces.render_dataset` wrote.
        kinds: Kinds of files to compare: `image`, `parsing`.

    Raises:
        DataError: as for `list_synthfaces`.
    """
    table = read_parquet(root / TRUTH)
    missing = {*COLUMNS, *(f"{kind}_sha256" for kind in kinds)} - set(table.column_names)
    if missing:
        raise DataError(f"{root / TRUTH} lacks the column {min(missing)}: render the dataset again")
    for row in table.to_pylist():
        for kind in kinds:
            path = root / (row["path"] if kind == "image" else PARSING.format(**row))
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != row[f"{kind}_sha256"]:
                raise DataError(
                    f"{path} is missing or has changed since it was rendered: delete {root} and run again"
                )
