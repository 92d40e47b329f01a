"""Splits: who trains, who calibrates, who is scored; and which images of a person are enrolled."""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

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


def draw_split(manifest: pa.Table, *, train: float, dev: float, enrol: float, seed: int) -> pa.Table:
    """Put every subject into one partition and every image of a scored subject into one role.

    Args:
        manifest: Table with image_id, subject and expression.
        train: Share of the subjects whose images train something.
        dev: Share of the subjects that calibrate.
        enrol: Share of a subject's images that are enrolled; the others are probes. Of a single image
            nothing is left to probe with, it is enrolled.
        seed: Everything is drawn from it.

    Returns:
        One row an image: image_id, subject, expression, partition, role. Images without a subject are in
        the partition test and have no role.

    Raises:
        DataError: there is no subject to score.
    """
    subjects = manifest["subject"].to_pylist()
    people = sorted({subject for subject in subjects if subject is not None})
    partitions = _partition_of(people, train, dev, np.random.default_rng([seed, 0]))
    if people and "test" not in partitions.values():
        raise DataError(
            f"splits: {len(people)} subjects leave nobody to score; lower train or dev, or add people"
        )
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
    return pa.table(
        {
            "image_id": manifest["image_id"],
            "subject": manifest["subject"],
            "expression": manifest["expression"],
            "partition": [partitions.get(subject, "test") for subject in subjects],
            "role": roles,
        },
        schema=SPLIT,
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


def write_split(
    manifest: Path | str, out: Path | str, *, train: float, dev: float, enrol: float, seed: int
) -> pa.Table:
    """Draw the split of a manifest file and write it."""
    table = draw_split(pq.read_table(manifest), train=train, dev=dev, enrol=enrol, seed=seed)
    write_table(table, Path(out), SPLIT)
    return table
