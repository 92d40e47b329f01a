"""Splits: which people are used for training, calibration and scoring, and which images are enrolled."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bauta.datasets import PARTS
from bauta.errors import DataError
from bauta.io.tables import MANIFEST, read_table, write_table

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
"""Partition of official test images that are not scored, of a subject's images beyond the maximum, and of
copies of images that are scored."""


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
    fewest_per_subject: int | None = None,
) -> pa.Table:
    """Assign each image to a partition, disjoint in subjects, and each image of a known subject to a role.

    Copies of one photograph share a role, and none is used for training or calibration if another is scored.

    Args:
        manifest: Table with image_id, subject, expression, photograph and, for the official split,
            official_split.
        train: Share of the subjects used for training; ignored with `official`.
        dev: Share of the subjects used for calibration; with `official`, the share of the official training
            part (of its subjects if it has any, otherwise of its images) that moves to dev.
        enrol: Share of a subject's images that are enrolled; the others are probes. A single image is
            enrolled and leaves no probe.
        seed: Seed of all random choices.
        official: Whether the dataset's official split is used.
        score: Official part that becomes the partition test. If it is dev, the images of the official test
            part are in the partition unused: they are not used for anything. With "nothing", the official dev
            part stays dev, the test part is unused, and the partition test is empty.
        scored_per_subject: Maximal number of scored images per subject, drawn from the seed; the others are
            in the partition unused, without a role. If None, all are scored.
        fewest_per_subject: Subjects with fewer images are in the partition train, whatever its share, and the
            shares are those of the others. If None, all are drawn alike. Ignored with `official`.

    Returns:
        One row per image: image_id, subject, expression, partition, role. Without `official`, images without
        a subject are in the partition test; images without a subject have no role.

    Raises:
        DataError: no subject remains to be scored; or, with `official`, an image is in no official part, a
            subject is in two, or no image remains to be scored.
    """
    subjects = manifest["subject"].to_pylist()
    photographs = manifest["photograph"].to_pylist()
    people = sorted({subject for subject in subjects if subject is not None})
    if official:
        partitions = _follow(manifest, dev, score, seed)
    else:
        images = Counter(subjects)
        able = [person for person in people if images[person] >= (fewest_per_subject or 0)]
        drawn = dict.fromkeys(people, "train")
        drawn |= _partition_of(able, train, dev, np.random.default_rng([seed, 0]))
        if people and "test" not in drawn.values():
            raise DataError(
                f"splits: {len(able)} subjects leave none to score; lower train or dev, or add people"
            )
        partitions = [drawn.get(subject, "test") for subject in subjects]
    partitions = _without_copies(partitions, photographs)
    left_out = _beyond(subjects, partitions, people, scored_per_subject, seed)
    kept = [None if row in left_out else subject for row, subject in enumerate(subjects)]
    return pa.table(
        {
            "image_id": manifest["image_id"],
            "subject": manifest["subject"],
            "expression": manifest["expression"],
            "partition": [UNUSED if row in left_out else part for row, part in enumerate(partitions)],
            "role": _roles(kept, photographs, people, enrol, seed),
        },
        schema=SPLIT,
    )


def _beyond(
    subjects: list[str | None], partitions: list[str], people: list[str], most: int | None, seed: int
) -> set[int]:
    """Rows of each person's scored images beyond the first `most` in random order."""
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


def _roles(
    subjects: list[str | None], photographs: list[str | None], people: list[str], enrol: float, seed: int
) -> list[str | None]:
    roles: list[str | None] = [None] * len(subjects)
    images_of: dict[str, list[int]] = {person: [] for person in people}
    for row, subject in enumerate(subjects):
        if subject is not None:
            images_of[subject].append(row)
    for number, person in enumerate(people):
        rows = np.random.default_rng([seed, 1, number]).permutation(images_of[person])
        wanted, enrolled = round(enrol * len(rows)), 0
        units = _photographs(rows.tolist(), photographs)
        for position, unit in enumerate(units):
            first, last = position == 0, position == len(units) - 1
            role = "enrol" if first or (enrolled < wanted and not last) else "probe"
            enrolled += len(unit) if role == "enrol" else 0
            for row in unit:
                roles[row] = role
    return roles


def _photographs(rows: list[int], photographs: list[str | None]) -> list[list[int]]:
    """The rows of each photograph, in the order of their first rows."""
    units: dict[_Unit, list[int]] = {}
    for row in rows:
        name = photographs[row]
        units.setdefault(("image", str(row)) if name is None else ("photograph", name), []).append(row)
    return list(units.values())


def _without_copies(partitions: list[str], photographs: list[str | None]) -> list[str]:
    """Partition of each image; a copy of an image in a later part of `PARTS` becomes unused."""
    last: dict[str, int] = {}
    for photograph, partition in zip(photographs, partitions, strict=True):
        if photograph is not None and partition in PARTS:
            last[photograph] = max(last.get(photograph, 0), PARTS.index(partition))
    return [
        UNUSED
        if photograph is not None and partition in PARTS and PARTS.index(partition) < last[photograph]
        else partition
        for photograph, partition in zip(photographs, partitions, strict=True)
    ]


def _follow(manifest: pa.Table, dev: float, score: str, seed: int) -> list[str]:
    """Partition of each image according to the official split."""
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
    # The unit is the person if known, otherwise the image, so that no person is split.
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
    """Draw a share of the units, at least one if the share is above 0."""
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
    """Draw the partition of each person; a share above 0 gets at least one person."""
    shuffled = [people[index] for index in rng.permutation(len(people))]
    trained = max(1, round(train * len(people))) if train > 0 else 0
    calibrated = max(1, round(dev * len(people))) if dev > 0 else 0
    return {
        person: "train" if place < trained else "dev" if place < trained + calibrated else "test"
        for place, person in enumerate(shuffled)
    }


def split_hash(split: pa.Table) -> str:
    """SHA-256 over image, partition and role of each row, in the order of the image ids."""
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
    manifest: Path | str, out: Path | str, made_from: Mapping[str, str] | None = None, **options: Any
) -> pa.Table:
    """Split the images of a manifest file with the options of `draw_split` and write the table."""
    table = draw_split(read_table(manifest, MANIFEST), **options)
    write_table(table, Path(out), SPLIT, made_from)
    return table
