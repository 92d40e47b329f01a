"""The views and labels that a teacher is trained on."""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bauta.contract import CropContract, Status
from bauta.errors import DataError
from bauta.express.view import TeacherView
from bauta.faces import FaceTable
from bauta.labels import EXPRESSIONS
from bauta.store import Store

BATCH = 256


@dataclass(frozen=True)
class LabelledViews:
    """Faces as a teacher sees them.

    Attributes:
        views: uint8 (N, size, size), grey.
        labels: int64 (N,), index in `labels.EXPRESSIONS`.
        distributions: float32 (N, C), share of the votes for each class, None where there are only labels.
        skipped: Labelled faces whose crop is not ok.
        sha256: Hash of ids, labels and views.
    """

    views: NDArray[np.uint8]
    labels: NDArray[np.int64]
    skipped: int
    sha256: str
    distributions: NDArray[np.float32] | None = None

    @classmethod
    def load(cls, crops: Store, faces: FaceTable, view: TeacherView, contract: CropContract) -> Self:
        """Read the labelled faces of a table, those with a usable crop.

        Raises:
            DataError: a label is no expression, or no face is left.
            StoreError: the store lacks a face.
        """
        faces = faces.labelled()
        for face_id, label in zip(faces.face_ids, faces.expressions, strict=True):
            if label not in EXPRESSIONS:
                raise DataError(
                    f"teacher: unknown label '{label}' of face '{face_id}', "
                    f"expected one of: {', '.join(EXPRESSIONS)}"
                )
        rows = crops.rows_of(faces.face_ids)
        ok = np.flatnonzero(crops.read("status")[rows] == Status.OK.code)
        if len(ok) == 0:
            raise DataError(
                f"teacher: none of {len(faces)} labelled faces has a usable crop; check the detector"
            )
        kept = faces.take(ok)
        labels = np.array([EXPRESSIONS.index(str(label)) for label in kept.expressions], dtype=np.int64)
        views = np.concatenate(
            [
                view.render(crops.take("images", rows[ok[start : start + BATCH]]), contract)
                for start in range(0, len(ok), BATCH)
            ]
        )
        digest = hashlib.sha256("\n".join(kept.face_ids).encode())
        digest.update(labels.tobytes())
        digest.update(views.tobytes())
        return cls(views, labels, len(faces) - len(ok), digest.hexdigest())

    def __len__(self) -> int:
        return len(self.labels)

    def counts(self) -> NDArray[np.int64]:
        """Faces of each class, int64 (C,)."""
        return np.bincount(self.labels, minlength=len(EXPRESSIONS))


def check_disjoint(train: FaceTable, dev: FaceTable) -> None:
    """Refuse a split with a person or a face on both sides.

    Raises:
        DataError: naming the first of them.
    """
    shared_names = {
        "subject": {subject for subject in train.subjects if subject is not None} & set(dev.subjects),
        "face": set(train.face_ids) & set(dev.face_ids),
    }
    for kind, names in shared_names.items():
        shared = sorted(names)
        if shared:
            raise DataError(
                f"teacher: {kind} '{shared[0]}' is both in train and in dev ({len(shared)} are); "
                "split by subject"
            )
