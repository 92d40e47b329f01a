"""The avatar: a face of nobody in one of K states, drawn once for each state."""

import hashlib
import hmac
import itertools
import os
import secrets
from typing import Any

import numpy as np

from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.avatar.card import AvatarCard, describe_book
from bauta.anonymize.avatar.rendered import render_state
from bauta.anonymize.avatar.settings import RENDERED, AvatarSetting
from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.reader import FaceLabels
from bauta.contract import CropContract, Status
from bauta.errors import DataError
from bauta.models.store import ModelStore
from bauta.protocols import AnonymizedBatch, FaceBatch, Images
from bauta.registry import Card
from bauta.store import Store
from bauta.store.deduplicate import image_digests, output_digests

CARD = Card(
    name="avatar",
    kind="anonymizer",
    implementation="bauta.anonymize.avatar.anonymizer:avatar",
    about="A face of nobody in one of K states: no attack on single pictures tells more people apart.",
    files=("avatar",),
    sees=("posteriors", "landmarks"),
    settings="bauta.anonymize.avatar.settings:AvatarSetting",
)

SECRET_VARIABLE = "BAUTA_SECRET"  # noqa: S105
"""Environment variable with the secret from which looks are drawn; without it, each job draws its own."""

BOUND_NOTE = (
    "avatar: the bound holds for whoever sees the crops alone, one picture of each person; not for order, "
    "file names or what surrounds the crop"
)


class Avatar:
    """Replaces each crop by the drawing of its state.

    Whoever sees a drawing learns the state and nothing else: with K states, no rule from pictures to people
    is right for more than K of N people who have one picture each.

    Args:
        setting: Number of states and look.
        book: The states and their averages.
        card: Who was averaged.
        contract: Geometry of the crops.
        secret: Draws the looks; unknown to whoever sees the pictures.

    Attributes:
        sees: The teacher's posteriors, and landmarks where there are more than seven states.
        notes: What the bound does not cover.
    """

    notes: tuple[str, ...] = (BOUND_NOTE,)

    def __init__(
        self,
        setting: AvatarSetting,
        book: AvatarBook,
        card: AvatarCard,
        contract: CropContract,
        secret: bytes,
    ) -> None:
        self.sees = setting.sees
        self._card = card
        self.contract = contract
        self._setting = setting
        self._book = book
        self._secret = secret
        self._looks = sorted(book.looks) if setting.look == "drawn" else [setting.look]
        self._drawings: dict[tuple[int, int], Images] = {}

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Return uint8 (N, size, size, 3) drawings; a face that the teacher cannot read gets `failed`.

        A face without landmarks has the mean measures. Looks do not depend on `seed`, which is public.

        Raises:
            DataError: the batch has no posteriors.
        """
        if batch.posteriors is None:
            raise DataError("avatar: expected a teacher's posteriors, got none; let the runner pass them")
        known = np.asarray(np.isfinite(batch.posteriors).all(axis=1))
        size = self.contract.size
        images = np.zeros((len(batch), size, size, 3), dtype=np.uint8)
        rows = np.flatnonzero(known)
        landmarks = None if batch.landmarks is None else batch.landmarks[rows]
        codes = self._book.states[self._setting.states].codes.codes(batch.posteriors[rows], landmarks)
        for row, code in zip(rows.tolist(), codes.tolist(), strict=True):
            images[row] = self._drawing(code, self._look(batch.face_ids[row]))
        return AnonymizedBatch(
            images=images,
            status=np.where(known, Status.OK.code, Status.FAILED.code).astype(np.uint8),
            mask=np.broadcast_to(known[:, None, None], images.shape[:3]).astype(np.uint8),
        )

    def verify(self, anonymized: Store, faces: FaceLabels) -> None:
        """Find every picture among the drawings, bit by bit.

        Raises:
            AnonymizationError: there is another one.
        """
        del faces
        found = output_digests(anonymized, np.arange(len(anonymized)))
        sought = {digest: row for row, digest in enumerate(found) if digest is not None}
        places = itertools.product(range(self._setting.states), range(len(self._looks)))
        for place in itertools.chain(list(self._drawings), places):
            if not sought:
                return
            (digest,) = image_digests(self._drawing(*place)[None])
            sought.pop(digest, None)
        if sought:
            row = min(sought.values())
            raise AnonymizationError(
                f"avatar: expected one of the {self._setting.outputs} drawings for '{anonymized.ids[row]}', "
                f"got another picture ({len(sought)} in all); anonymize again"
            )

    def describe(self, faces: FaceLabels, *, seed: int) -> dict[str, Any]:  # noqa: ARG002
        """Name the book, and count the people who were averaged in it."""
        return describe_book(self._card, faces)

    def _look(self, face_id: str) -> int:
        """Which look a face gets; ids are public, so that nothing but the secret may decide it."""
        if len(self._looks) == 1:
            return 0
        digest = hmac.new(self._secret, face_id.encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:8]) % len(self._looks)

    def _drawing(self, code: int, look: int) -> Images:
        place = (code, look)
        if place not in self._drawings:
            name = self._looks[look]
            states = self._setting.states
            self._drawings[place] = (
                render_state(self._book.states[states].codes, code, self.contract)
                if name == RENDERED
                else self._book.draw(states, code, name, self.contract)
            )
        return self._drawings[place]


def avatar(setting: AvatarSetting, contract: CropContract, models: ModelStore) -> Avatar:
    """Load the book that ships with bauta.

    Raises:
        ModelError: the book is missing or is not the expected one.
    """
    secret = os.environ.get(SECRET_VARIABLE, "").encode() or secrets.token_bytes(32)
    path = models.path("avatar")
    card = AvatarCard.read(path.parent, shipped=True)
    return Avatar(setting, AvatarBook.read(path), card, contract, secret)
