"""Reading an attack's input from the cache: embeddings, labels and pixels of the same faces in one order."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.pixel_features import PIXEL_SIDE, pixel_features
from bauta.attack.threshold import Development
from bauta.contract import Status
from bauta.datasets.face_table import FaceTable
from bauta.store import Store

BATCH = 64


@dataclass(frozen=True)
class Scored:
    """The attacked faces, and the faces of other people on which a threshold is chosen.

    Attributes:
        faces: Faces of the partition test with a known identity.
        development: Faces of the partition dev with a known identity.
    """

    faces: FaceTable
    development: FaceTable

    @classmethod
    def load(cls, alignment: Path | str, split: Path | str) -> Self:
        """Read both from the cache."""
        faces = FaceTable.load(alignment, split).identified()
        return cls(faces.partition("test"), faces.partition("dev"))

    @property
    def labels(self) -> AttackLabels:
        """Subjects and roles of the attacked faces."""
        return labels_of(self.faces)

    def dev(self, originals: Path | str) -> Development | None:
        """The development faces with their embeddings; None if there are none."""
        if len(self.development) == 0:
            return None
        return Development(read_embeddings(originals, self.development.face_ids), labels_of(self.development))


def labels_of(faces: FaceTable) -> AttackLabels:
    """Subjects and roles of faces with a known identity."""
    return AttackLabels(faces.face_ids, np.array(faces.subjects, dtype=str), np.array(faces.roles, dtype=str))


def read_embeddings(path: Path | str, face_ids: tuple[str, ...]) -> Embeddings:
    """Read the embeddings of the given faces, in that order.

    Raises:
        StoreError: the store is incomplete or lacks a face.
    """
    store = Store.open(path)
    rows = store.rows_of(face_ids)
    return Embeddings(store.take("vectors", rows), store.take("status", rows) == Status.OK.code)


def read_pixels(path: Path | str, face_ids: tuple[str, ...]) -> NDArray[np.float32]:
    """Read the pixel features of the given faces, float32 (N, F).

    Raises:
        StoreError: the store is incomplete or lacks a face.
    """
    store = Store.open(path)
    rows = store.rows_of(face_ids)
    pixels = np.empty((len(rows), PIXEL_SIDE**2), dtype=np.float32)
    for start in range(0, len(rows), BATCH):
        part = slice(start, start + BATCH)
        pixels[part] = pixel_features(store.take("images", rows[part]))
    return pixels
