"""The input of an attack: embeddings of faces, and their subjects and roles."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bauta.errors import DataError
from bauta.io.row_file import RowFile, Scratch
from bauta.protocols import Floats

ROLES = ("enrol", "probe")
UNIT_TOLERANCE = 1e-3
BLOCK_ROWS = 1024
"""Rows of features that are in memory at once."""


class Rows(Protocol):
    """Vectors float32 (N, D), in memory or on disk."""

    @property
    def shape(self) -> tuple[int, ...]:
        """N and D."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: NDArray[np.integer], /) -> Floats:
        """Read the vectors of R rows, float32 (R, D)."""
        ...


class FaceVectors(Protocol):
    """Unit vectors of N faces, of which some are read at a time; `Embeddings` are in memory."""

    @property
    def vectors(self) -> Rows:
        """The vectors; rows that are not ok are never read."""
        ...

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Whether there is a vector, bool (N,)."""
        ...

    def __len__(self) -> int: ...


@dataclass(frozen=True)
class FaceRows:
    """Unit vectors of N faces, see `FaceVectors`.

    Attributes:
        vectors: float32 (N, D), each row checked by who wrote it; those that are not ok are never read.
        ok: bool (N,).
    """

    vectors: Rows
    ok: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ok)


def on_disk(
    blocks: Iterable[tuple[Floats, NDArray[np.bool_]]], dimensions: int, scratch: Scratch
) -> FaceRows:
    """Write unit vectors of faces to a scratch file.

    Args:
        blocks: Vectors float32 (B, D) of some faces after others, and whether there is one, bool (B,).
        dimensions: D.
        scratch: The file.

    Raises:
        DataError: an ok row is not a finite unit vector.
        DiskError: the temporary folder is full.
    """
    vectors, known = RowFile(scratch, dimensions), [np.zeros(0, dtype=np.bool_)]
    for block, ok in blocks:
        _require_unit(block, ok, first=len(vectors))
        vectors.append(block)
        known.append(ok)
    return FaceRows(vectors, np.concatenate(known))


def blocks_of_rows(rows: NDArray[np.integer]) -> Iterator[slice]:
    """Yield slices of rows whose features are in memory at once."""
    for start in range(0, len(rows), BLOCK_ROWS):
        yield slice(start, start + BLOCK_ROWS)


@dataclass(frozen=True)
class Embeddings:
    """Embeddings of N faces.

    Attributes:
        vectors: float32 (N, D) unit vectors; rows that are not ok are never read.
        ok: bool (N,), False where detection, anonymization or embedding failed.

    Raises:
        DataError: the shapes do not match, or an ok row is not a finite unit vector.
    """

    vectors: NDArray[np.float32]
    ok: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or self.ok.shape != self.vectors.shape[:1]:
            raise DataError(
                f"expected vectors (N, D) and ok (N,), got {self.vectors.shape} and {self.ok.shape}: "
                "read both from one store"
            )
        _require_unit(self.vectors, self.ok)

    def __len__(self) -> int:
        return len(self.ok)


def _require_unit(vectors: Floats, ok: NDArray[np.bool_], first: int = 0) -> None:
    """Refuse ok rows that are not finite unit vectors; the first row has a number."""
    squares = np.einsum("ij,ij->i", vectors, vectors)
    wrong = np.flatnonzero(ok & ~(np.abs(squares - 1) <= 2 * UNIT_TOLERANCE))
    if len(wrong):
        raise DataError(
            f"row {first + wrong[0]}: expected a unit vector, got squared length {squares[wrong[0]]:g} "
            f"({len(wrong)} rows): embed again"
        )


@dataclass(frozen=True)
class AttackLabels:
    """The subjects of N faces, and the side of the attack that each face is on.

    Attributes:
        face_ids: N ids.
        subjects: str (N,).
        roles: str (N,): `enrol` (gallery, or training faces of the adaptive attacker) or `probe`.

    Raises:
        DataError: the lengths differ or a role is unknown.
    """

    face_ids: Sequence[str]
    subjects: NDArray[np.str_]
    roles: NDArray[np.str_]

    def __post_init__(self) -> None:
        if not len(self.face_ids) == len(self.subjects) == len(self.roles):
            raise DataError(
                f"expected one subject and one role per face, got {len(self.face_ids)} faces, "
                f"{len(self.subjects)} subjects and {len(self.roles)} roles"
            )
        unknown = np.flatnonzero(~np.isin(self.roles, ROLES))
        if len(unknown):
            raise DataError(
                f"face '{self.face_ids[unknown[0]]}': expected the role enrol or probe, "
                f"got '{self.roles[unknown[0]]}'"
            )

    def __len__(self) -> int:
        return len(self.face_ids)

    @property
    def enrol(self) -> NDArray[np.bool_]:
        """Faces of the gallery, bool (N,)."""
        return self.roles == "enrol"

    @property
    def probe(self) -> NDArray[np.bool_]:
        """Probe faces, bool (N,)."""
        return self.roles == "probe"


def require_aligned(labels: AttackLabels, *sets: Embeddings) -> None:
    """Refuse embeddings whose number of rows differs from that of the labels.

    Raises:
        DataError: the numbers differ.
    """
    for embeddings in sets:
        if len(embeddings) != len(labels):
            raise DataError(
                f"expected {len(labels)} embeddings, one for each labelled face, got {len(embeddings)}"
            )
