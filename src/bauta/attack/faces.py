"""The input of an attack: embeddings of faces, and their subjects and roles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.errors import DataError

ROLES = ("enrol", "probe")
UNIT_TOLERANCE = 1e-3


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
        squares = np.einsum("ij,ij->i", self.vectors, self.vectors)
        wrong = np.flatnonzero(self.ok & ~(np.abs(squares - 1) <= 2 * UNIT_TOLERANCE))
        if len(wrong):
            raise DataError(
                f"row {wrong[0]}: expected a unit vector, got squared length {squares[wrong[0]]:g} "
                f"({len(wrong)} rows): embed again"
            )

    def __len__(self) -> int:
        return len(self.ok)


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
