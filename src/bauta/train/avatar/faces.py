"""The faces that books are learnt from."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bauta.contract import Status
from bauta.datasets.face_table import FaceTable
from bauta.errors import InfeasibleError
from bauta.landmarks.to_ibug import to_ibug
from bauta.protocols import Floats, Images
from bauta.store import Store

BATCH = 256


@dataclass(frozen=True)
class AvatarSource:
    """One dataset's share of the faces.

    Attributes:
        crops: Store with `images` and `status`.
        landmarks: Store with `points`.
        faces: The faces to use.
        photographs: Whether these are averaged; small grey faces of other datasets only show which states
            there are.
    """

    crops: Store
    landmarks: Store
    faces: FaceTable
    photographs: bool


@dataclass(frozen=True)
class AvatarFaces:
    """The usable faces of one source, in the order of its table.

    Attributes:
        source: The source.
        rows: Rows of the faces in the store of crops, intp (N,).
        landmarks: float32 (N, 68, 2) iBUG points in crop pixels.
        posteriors: float32 (N, 7) of the teacher, the mean of a face and of its mirror image.
        subjects: Who each face shows; a face of an unknown person counts as another person.
        sha256: Hash of ids, landmarks and posteriors.
    """

    source: AvatarSource
    rows: NDArray[np.intp]
    landmarks: Floats
    posteriors: Floats
    subjects: tuple[str, ...]
    sha256: str

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def load(cls, source: AvatarSource, predict: Callable[[Images], Floats]) -> Self:
        """Read the faces that have a crop and landmarks, and let the teacher read them.

        Args:
            source: The source.
            predict: Maps crops to posteriors (N, 7).

        Raises:
            InfeasibleError: none is left.
            StoreError: a store lacks a face.
        """
        ids = source.faces.face_ids
        rows = source.crops.rows_of(ids)
        points = to_ibug(source.landmarks.take("points", source.landmarks.rows_of(ids)))
        usable = source.crops.take("status", rows) == Status.OK.code
        usable &= np.isfinite(points).all(axis=(1, 2))
        kept = np.flatnonzero(usable)
        if len(kept) == 0:
            raise InfeasibleError("avatar: expected faces with crop and landmarks, got none")
        read = []
        for start in range(0, len(kept), BATCH):
            crops = source.crops.take("images", rows[kept[start : start + BATCH]])
            read.append((predict(crops) + predict(np.ascontiguousarray(crops[:, :, ::-1]))) / 2)
        posteriors = np.concatenate(read).astype(np.float32)
        digest = hashlib.sha256("\n".join(ids[row] for row in kept).encode())
        digest.update(points[kept].tobytes() + posteriors.tobytes())
        subjects = (source.faces.subjects[row] or ids[row] for row in kept.tolist())
        return cls(
            source, rows[kept], points[kept], posteriors, tuple(map(str, subjects)), digest.hexdigest()
        )

    def crops(self, chosen: Sequence[int] | NDArray[np.integer]) -> Iterator[Images]:
        """Read chosen crops one after the other, uint8 (size, size, 3)."""
        for face in chosen:
            yield self.source.crops.take("images", self.rows[[face]])[0]

    def embedded(self, embed: Callable[[Images], Floats]) -> Floats:
        """Embeddings of all faces, float32 (N, D)."""
        parts = [
            embed(self.source.crops.take("images", self.rows[start : start + BATCH]))
            for start in range(0, len(self), BATCH)
        ]
        return np.concatenate(parts)
