"""The adapter of the embedded dataset, which reads the ground truth beside the rendered images."""

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

from bauta.datasets import Attributes, ImageRecord, Listing
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


MIDDLE_AGED, OLD = 36, 54
"""Age in years at which a group begins; each of the three has a third of the people."""


def list_synthfaces(root: Path | str, *, seed: int | None = None) -> Listing:
    """List the rendered images of a folder with their true subject and expression.

    Args:
        root: Folder that `synthfaces.render_dataset` wrote.
        seed: Seed with which it was rendered, for the attributes of its people; None for no attributes.

    Raises:
        DataError: its `truth.parquet` is missing, damaged or lacks a column, or an image has changed since it
            was rendered.
    """
    root = Path(root)
    check_rendered(root, ["image"])
    rows = read_parquet(root / TRUTH).select(list(COLUMNS)).to_pylist()
    attributes = {} if seed is None else _attributes(seed, {row["subject"] for row in rows})
    return Listing(tuple(ImageRecord(**row, attributes=attributes.get(row["subject"], ())) for row in rows))


def _attributes(seed: int, subjects: Collection[str]) -> dict[str, Attributes]:
    """What the renderer draws of each person: gender and age shape the head, the skin and the hair."""
    # The Snakefile reads the card of this module, and must not import the renderer.
    from bauta.datasets.synthfaces.identity import sample_identity  # noqa: PLC0415

    found: dict[str, Attributes] = {}
    for subject in subjects:
        person = sample_identity(seed, int(subject[1:]))
        age = "young" if person.age < MIDDLE_AGED else "middle-aged" if person.age < OLD else "old"
        found[subject] = (
            ("age", age),
            ("gender", "male" if person.masculinity > 0.5 else "female"),
            ("glasses", "no" if person.glasses is None else "yes"),
        )
    return found


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
