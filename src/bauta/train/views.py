"""The views and labels on which a teacher is trained."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bauta.contract import CropContract, Status
from bauta.datasets.face_table import FaceTable
from bauta.errors import DataError, InfeasibleError
from bauta.express.view import TeacherView
from bauta.labels import EXPRESSIONS
from bauta.store import Store

BATCH = 256


@dataclass(frozen=True)
class LabelledFaces:
    """Faces of one dataset on which a teacher is trained or evaluated.

    Attributes:
        crops: Store with `images` uint8 (N, H, W, 3) RGB and `status`.
        faces: The faces with their subjects and labels.
        votes: Share of the annotators' votes for each of `labels.EXPRESSIONS`, by face; for a face without
            votes, the label is used.
    """

    crops: Store
    faces: FaceTable
    votes: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def share(self, part: float, *, seed: int) -> Self:
        """A random share of the faces; a smaller share is a part of a larger one.

        Args:
            part: 0 for none to 1 for all.
            seed: Seed of the draw.
        """
        number = len(self.faces)
        order = np.random.default_rng(seed).permutation(number)
        return replace(self, faces=self.faces.take(np.sort(order[: round(part * number)])))


@dataclass(frozen=True)
class LabelledViews:
    """Faces as a teacher's input, with their labels.

    Attributes:
        views: uint8 (N, size, size), grey.
        labels: int64 (N,), index in `labels.EXPRESSIONS`.
        distributions: float32 (N, C), share of the votes for each class; None if there are only labels.
        skipped: Number of labelled faces whose crop is not ok.
        sha256: Hash of ids, labels and views.
    """

    views: NDArray[np.uint8]
    labels: NDArray[np.int64]
    skipped: int
    sha256: str
    distributions: NDArray[np.float32] | None = None

    @classmethod
    def load(cls, source: LabelledFaces, view: TeacherView, contract: CropContract) -> Self:
        """Read the labelled faces of a source that have a usable crop.

        Raises:
            DataError: a label is not an expression.
            InfeasibleError: no face remains.
            StoreError: the store lacks a face.
        """
        crops, faces = source.crops, source.faces.labelled()
        for face_id, label in zip(faces.face_ids, faces.expressions, strict=True):
            if label not in EXPRESSIONS:
                raise DataError(
                    f"teacher: unknown label '{label}' of face '{face_id}', "
                    f"expected one of: {', '.join(EXPRESSIONS)}"
                )
        rows = crops.rows_of(faces.face_ids)
        ok = np.flatnonzero(crops.read("status")[rows] == Status.OK.code)
        if len(ok) == 0:
            raise InfeasibleError(
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
        distributions = _distributions(kept.face_ids, labels, source.votes)
        digest = hashlib.sha256("\n".join(kept.face_ids).encode())
        for array in (labels, views) if distributions is None else (labels, views, distributions):
            digest.update(array.tobytes())
        return cls(views, labels, len(faces) - len(ok), digest.hexdigest(), distributions)

    def __len__(self) -> int:
        return len(self.labels)

    def counts(self) -> NDArray[np.int64]:
        """Number of faces of each class, int64 (C,)."""
        return np.bincount(self.labels, minlength=len(EXPRESSIONS))


def pooled(parts: Sequence[LabelledViews]) -> LabelledViews:
    """Pool the faces of several datasets.

    Raises:
        DataError: there are no datasets.
    """
    if not parts:
        raise DataError("teacher: expected at least one training dataset, got none")
    if len(parts) == 1:
        return parts[0]
    distributions = None
    if any(part.distributions is not None for part in parts):
        distributions = np.concatenate(
            [_one_hot(part.labels) if part.distributions is None else part.distributions for part in parts]
        )
    return LabelledViews(
        views=np.concatenate([part.views for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        skipped=sum(part.skipped for part in parts),
        sha256=hashlib.sha256("".join(part.sha256 for part in parts).encode()).hexdigest(),
        distributions=distributions,
    )


def _distributions(
    face_ids: Sequence[str], labels: NDArray[np.int64], votes: Mapping[str, Sequence[float]]
) -> NDArray[np.float32] | None:
    """Shares of the votes (N, C), one-hot labels for faces without votes; None if no face has votes."""
    if not votes:
        return None
    shares = _one_hot(labels)
    for row, face_id in enumerate(face_ids):
        if face_id in votes:
            shares[row] = votes[face_id]
    return shares


def _one_hot(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    return np.eye(len(EXPRESSIONS), dtype=np.float32)[labels]


def check_disjoint(train: LabelledFaces, dev: LabelledFaces) -> None:
    """Refuse a split with a person or a face in both partitions; different datasets show different people.

    Raises:
        DataError: names the first shared person or face.
    """
    if train.crops.path != dev.crops.path:
        return
    shared_names = {
        "subject": {name for name in train.faces.subjects if name is not None} & set(dev.faces.subjects),
        "face": set(train.faces.face_ids) & set(dev.faces.face_ids),
    }
    for kind, names in shared_names.items():
        shared = sorted(names)
        if shared:
            raise DataError(
                f"teacher: {kind} '{shared[0]}' is in both train and dev ({len(shared)} in all); "
                "split by subject"
            )
