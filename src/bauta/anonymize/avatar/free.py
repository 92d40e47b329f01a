"""The avatar without states: a face of nobody that is held as the face is."""

from typing import Any

import numpy as np

from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.avatar.card import AvatarCard
from bauta.anonymize.avatar.settings import FreeAvatarSetting
from bauta.anonymize.reader import FaceLabels
from bauta.contract import CropContract, Status
from bauta.errors import DataError
from bauta.labels import EXPRESSIONS
from bauta.models.store import ModelStore
from bauta.protocols import AnonymizedBatch, FaceBatch
from bauta.registry import Card

CARD = Card(
    name="avatar_free",
    kind="anonymizer",
    implementation="bauta.anonymize.avatar.free:avatar_free",
    about="A face of nobody that holds eyes, mouth, brows and head as the face does.",
    files=("avatar",),
    sees=("posteriors", "landmarks"),
    settings="bauta.anonymize.avatar.settings:FreeAvatarSetting",
)


class FreeAvatar:
    """Draws each face anew from its expression and seven measures of its landmarks.

    Nothing bounds an attacker here: he may tell apart people who hold their faces differently.

    Args:
        setting: The look.
        book: The averages.
        card: Who was averaged.
        contract: Geometry of the crops.

    Attributes:
        sees: The teacher's posteriors and the landmarks.
        learnt_from: Digests of the people who were averaged.
    """

    def __init__(
        self, setting: FreeAvatarSetting, book: AvatarBook, card: AvatarCard, contract: CropContract
    ) -> None:
        self.sees = setting.sees
        self.contract = contract
        self._look = setting.look
        self._book = book
        self._card = card
        self.learnt_from = frozenset(card.subjects)

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Return uint8 (N, size, size, 3) drawings.

        A face gets `failed` that the teacher cannot read or that has no landmarks. Nothing is random, so
        `seed` has no effect.

        Raises:
            DataError: the batch has no posteriors or no landmarks.
        """
        if batch.posteriors is None or batch.landmarks is None:
            raise DataError(
                "avatar_free: expected landmarks and a teacher's posteriors; let the runner pass them"
            )
        known = np.asarray(np.isfinite(batch.posteriors).all(axis=1))
        known &= np.isfinite(batch.landmarks).all(axis=(1, 2))
        size = self.contract.size
        images = np.zeros((len(batch), size, size, 3), dtype=np.uint8)
        measured = np.nan_to_num(self._book.states[len(EXPRESSIONS)].codes.scaled(batch.landmarks))
        for row in np.flatnonzero(known).tolist():
            expression = int(batch.posteriors[row].argmax())
            images[row] = self._book.draw_freely(expression, measured[row], self._look, self.contract)
        return AnonymizedBatch(
            images=images,
            status=np.where(known, Status.OK.code, Status.FAILED.code).astype(np.uint8),
            mask=np.broadcast_to(known[:, None, None], images.shape[:3]).astype(np.uint8),
        )

    def describe(self, faces: FaceLabels, *, seed: int) -> dict[str, Any]:  # noqa: ARG002
        """Name the book."""
        del faces
        return {"book_sha256": self._card.weights_sha256}


def avatar_free(setting: FreeAvatarSetting, contract: CropContract, models: ModelStore) -> FreeAvatar:
    """Load the book that ships with bauta.

    Raises:
        ModelError: the book is missing or is not the expected one.
    """
    path = models.path("avatar")
    return FreeAvatar(setting, AvatarBook.read(path), AvatarCard.read(path.parent, shipped=True), contract)
