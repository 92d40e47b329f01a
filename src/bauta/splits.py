"""Splits: who trains, who calibrates, who is scored; and which images of a person are enrolled."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bauta.datasets import PARTS
from bauta.errors import DataError
from bauta.tables import write_table

SPLIT = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("subject", pa.string()),
        pa.field("expression", pa.string()),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("role", pa.string()),
    ]
)


_Unit = tuple[str, str]

UNUSED = "unused"
"""Partition of the official test images where they are not scored, and of what a subject has too many of."""


def draw_split(
    manifest: pa.Table,
    *,
    train: float,
    dev: float,
    enrol: float,
    seed: int,
    official: bool = False,
    score: str = "test",
    scored_per_subject: int | None = None,
) -> pa.Table:
    """Put every image into one partition, every subject into one only, and every image of theirs into a role.

    Args:
        manifest: Table with image_id, subject, expression and, for the official split, official_split.
        train: Share of the subjects whose images train something; of no use with `official`.
        dev: Share of the subjects that calibrate; with `official`, the share of the official training part
            (of its subjects where it has any, otherwise of its images) that moves to dev.
        enrol: Share of a subject's images that are enrolled; the others are probes. Of a single image
            nothing is left to probe with, it is enrolled.
        seed: Everything is drawn from it.
        official: Whether the dataset's own split is used.
        score: Official part that becomes the partition test. If that is dev, the images of the official test
            part are in the partition unused: they train, calibrate and score nothing. With "nothing", the
            official dev part stays what it is, the test part is unused, and nobody is in the partition test.
        scored_per_subject: So many images of a subject are scored at most, drawn from the seed; the others
            are in the partition unused, without a role. All are scored where None.

    Returns:
        One row an image: image_id, subject, expression, partition, role. Without `official`, images without
        a subject are in the partition test; images without a subject have no role.

    Raises:
        DataError: there is no subject to score; or, with `official`, an image is in no official part, a
            subject is in two, or there is no image to score.
    """
    subjects = manifest["subject"].to_pylist()
    people = sorted({subject for subject in subjects if subject is not None})
    if official:
        partitions = _follow(manifest, dev, score, seed)
    else:
        drawn = _partition_of(people, train, dev, np.random.default_rng([seed, 0]))
        if people and "test" not in drawn.values():
            raise DataError(
                f"splits: {len(people)} subjects leave nobody to score; lower train or dev, or add people"
            )
        partitions = [drawn.get(subject, "test") for subject in subjects]
    left_out = _beyond(subjects, partitions, people, scored_per_subject, seed)
    kept = [None if row in left_out else subject for row, subject in enumerate(subjects)]
    return pa.table(
        {
            "image_id": manifest["image_id"],
            "subject": manifest["subject"],
            "expression": manifest["expression"],
            "partition": [UNUSED if row in left_out else part for row, part in enumerate(partitions)],
            "role": _roles(kept, people, enrol, seed),
        },
        schema=SPLIT,
    )


def _beyond(
    subjects: list[str | None], partitions: list[str], people: list[str], most: int | None, seed: int
) -> set[int]:
    """Rows of the scored images of each person beyond the first `most` in a drawn order."""
    if most is None:
        return set()
    scored: dict[str, list[int]] = {person: [] for person in people}
    for row, (subject, partition) in enumerate(zip(subjects, partitions, strict=True)):
        if subject is not None and partition == "test":
            scored[subject].append(row)
    return {
        int(row)
        for number, person in enumerate(people)
        for row in np.random.default_rng([seed, 3, number]).permutation(scored[person])[most:]
    }


def _roles(subjects: list[str | None], people: list[str], enrol: float, seed: int) -> list[str | None]:
    roles: list[str | None] = [None] * len(subjects)
    images_of: dict[str, list[int]] = {person: [] for person in people}
    for row, subject in enumerate(subjects):
        if subject is not None:
            images_of[subject].append(row)
    for number, person in enumerate(people):
        rows = np.random.default_rng([seed, 1, number]).permutation(images_of[person])
        enrolled = max(1, min(len(rows) - 1, round(enrol * len(rows))))
        for position, row in enumerate(rows):
            roles[row] = "enrol" if position < enrolled else "probe"
    return roles


def _follow(manifest: pa.Table, dev: float, score: str, seed: int) -> list[str]:
    """Partition of each image by the official split."""
    ids = manifest["image_id"].to_pylist()
    parts = manifest["official_split"].to_pylist()
    for image_id, part in zip(ids, parts, strict=True):
        if part not in PARTS:
            raise DataError(
                f"splits: '{image_id}' is in no part of the official split ({parts.count(part)} images have "
                f"'{part}'); leave official out"
            )
    becomes = {"train": "train", "dev": "dev", "test": "test"}
    if score == "dev":
        becomes |= {"dev": "test", "test": UNUSED}
    if score == "nothing":
        becomes |= {"test": UNUSED}
    partitions = [becomes[part] for part in parts]
    # a person where one is known, else the image itself, so that a person cannot be cut in two
    subjects = manifest["subject"].to_pylist()
    units = [
        ("image", image_id) if subject is None else ("subject", subject)
        for image_id, subject in zip(ids, subjects, strict=True)
    ]
    moved = _share(sorted({u for u, p in zip(units, partitions, strict=True) if p == "train"}), dev, seed)
    partitions = [
        "dev" if partition == "train" and unit in moved else partition
        for unit, partition in zip(units, partitions, strict=True)
    ]
    _require_disjoint(units, partitions)
    if score != "nothing" and "test" not in partitions:
        raise DataError(f"splits: no image is in the official part '{score}', so there is nothing to score")
    return partitions


def _share(units: list[_Unit], share: float, seed: int) -> set[_Unit]:
    """A share of some units, at least one if the share is above 0."""
    count = max(1, round(share * len(units))) if share > 0 else 0
    return {units[index] for index in np.random.default_rng([seed, 2]).permutation(len(units))[:count]}


def _require_disjoint(units: list[_Unit], partitions: list[str]) -> None:
    found: dict[_Unit, str] = {}
    for unit, partition in zip(units, partitions, strict=True):
        if partition != UNUSED and found.setdefault(unit, partition) != partition:
            raise DataError(
                f"splits: the official split has {unit[0]} '{unit[1]}' in {found[unit]} and in {partition}; "
                "leave official out to draw a split that is disjoint in subjects"
            )


def _partition_of(people: list[str], train: float, dev: float, rng: np.random.Generator) -> dict[str, str]:
    """Partition of each person; a share above 0 gets at least one person."""
    shuffled = [people[index] for index in rng.permutation(len(people))]
    trained = max(1, round(train * len(people))) if train > 0 else 0
    calibrated = max(1, round(dev * len(people))) if dev > 0 else 0
    return {
        person: "train" if place < trained else "dev" if place < trained + calibrated else "test"
        for place, person in enumerate(shuffled)
    }


def split_hash(split: pa.Table) -> str:
    """SHA-256 over image, partition and role of every row, in the order of the image ids."""
    rows = sorted(
        zip(
            split["image_id"].to_pylist(),
            split["partition"].to_pylist(),
            split["role"].to_pylist(),
            strict=True,
        ),
        key=lambda row: row[0],
    )
    return hashlib.sha256("\n".join(f"{i}\t{p}\t{r}" for i, p, r in rows).encode()).hexdigest()


def write_split(manifest: Path | str, out: Path | str, **options: Any) -> pa.Table:
    """Split a manifest file as `draw_split` does with the options and write the table."""
    table = draw_split(pq.read_table(manifest), **options)
    write_table(table, Path(out), SPLIT)
    return table
