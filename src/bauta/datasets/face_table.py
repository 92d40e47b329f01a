"""The table of a dataset's faces with their subject, expression and part of the split.

Every job of a measurement reads one, so tables are joined without `pyarrow.compute`, whose import would
be a tenth of what such a job needs to start.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bauta.contract import Status
from bauta.datasets.splits import SPLIT, split_hash
from bauta.errors import DataError
from bauta.io.tables import ALIGNMENT, MANIFEST, read_table


@dataclass(frozen=True)
class FaceTable:
    """Labels of faces, one entry per face, in the order of the crops.

    Attributes:
        face_ids: Ids of the rows of the stores.
        subjects: Subject of each face; None if unknown.
        expressions: Labelled expression of each face; None if unlabelled.
        partitions: Partition of each face: train, dev or test.
        roles: Role of each face: enrol or probe; None if the subject is unknown.
        statuses: Status of each crop.
        split_sha256: Hash of the split from which the labels come.
    """

    face_ids: tuple[str, ...]
    subjects: tuple[str | None, ...]
    expressions: tuple[str | None, ...]
    partitions: tuple[str, ...]
    roles: tuple[str | None, ...]
    statuses: tuple[str, ...]
    split_sha256: str

    @classmethod
    def load(cls, alignment: Path | str, split: Path | str) -> Self:
        """Join the faces of an alignment with the split of their images.

        Raises:
            DataError: a face's image is not in the split.
        """
        return cls._of(read_table(Path(alignment), ALIGNMENT), "face_id", alignment, split)

    @classmethod
    def _of(cls, faces: pa.Table, ids: str, source: Path | str, split: Path | str) -> Self:
        rows = read_table(Path(split), SPLIT)
        row_of = {image_id: row for row, image_id in enumerate(rows["image_id"].to_pylist())}
        images = faces["image_id"].to_pylist()
        unknown = [image_id for image_id in images if image_id not in row_of]
        if unknown:
            raise DataError(f"{split} has no image '{unknown[0]}' of {source} ({len(unknown)} missing)")
        positions = [row_of[image_id] for image_id in images]

        def joined(column: str) -> tuple[Any, ...]:
            values = _shared(rows[column])
            return tuple(values[row] for row in positions)

        return cls(
            face_ids=tuple(faces[ids].to_pylist()),
            subjects=joined("subject"),
            expressions=joined("expression"),
            partitions=joined("partition"),
            roles=joined("role"),
            statuses=_shared(faces["status"]),
            split_sha256=split_hash(rows),
        )

    @classmethod
    def of_images(cls, manifest: Path | str, split: Path | str) -> Self:
        """Take the images of a split as if each showed one face, before any face is detected.

        Raises:
            DataError: an image of the manifest is not in the split.
        """
        images = read_table(Path(manifest), MANIFEST)
        return cls._of(images, "image_id", manifest, split)

    def __len__(self) -> int:
        return len(self.face_ids)

    def take(self, rows: NDArray[np.integer]) -> Self:
        """The given faces, in the given order."""

        def pick(values: tuple) -> tuple:
            return tuple(values[row] for row in rows)

        return type(self)(
            face_ids=pick(self.face_ids),
            subjects=pick(self.subjects),
            expressions=pick(self.expressions),
            partitions=pick(self.partitions),
            roles=pick(self.roles),
            statuses=pick(self.statuses),
            split_sha256=self.split_sha256,
        )

    def partition(self, *names: str) -> Self:
        """The faces of the named partitions."""
        return self.take(np.flatnonzero([partition in names for partition in self.partitions]))

    def identified(self) -> Self:
        """The faces with a known subject."""
        return self.take(np.flatnonzero([subject is not None for subject in self.subjects]))

    def labelled(self) -> Self:
        """The faces with an expression label."""
        return self.take(np.flatnonzero([expression is not None for expression in self.expressions]))

    def with_status(self, status: Status) -> Self:
        """The faces with the given status."""
        return self.take(np.flatnonzero([found == status for found in self.statuses]))

    def showcase(self, faces: int = 12) -> Self:
        """Select a few ok faces for a figure, with as many people and expressions as possible."""
        shown: list[int] = []
        people: Counter[str | None] = Counter()
        expressions: Counter[str | None] = Counter()
        left = [row for row, status in enumerate(self.statuses) if status == Status.OK]
        while left and len(shown) < faces:
            row = min(
                left, key=lambda row: (people[self.subjects[row]], expressions[self.expressions[row]], row)
            )
            left.remove(row)
            shown.append(row)
            people[self.subjects[row]] += 1
            expressions[self.expressions[row]] += 1
        return self.take(np.array(shown, dtype=np.int64))


def _shared(column: pa.ChunkedArray) -> tuple[Any, ...]:
    """The values of a column, with equal values shared as one object to save memory."""
    known: dict[str | None, str | None] = {}
    return tuple(known.setdefault(value, value) for value in column.to_pylist())
