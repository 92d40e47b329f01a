"""The avatar: a face of nobody in one of K states, drawn once for each state."""

import hashlib
import hmac
import itertools
import os
import secrets
from typing import Any

import numpy as np

from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.avatar.card import AvatarCard
from bauta.anonymize.avatar.rendered import render_state
from bauta.anonymize.avatar.settings import RENDERED, AvatarSetting
from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.reader import FaceLabels
from bauta.contract import CropContract, Status
from bauta.errors import ConfigError, DataError
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

SHORTEST = 16
"""Bytes of the shortest secret."""

BOUND_NOTE = (
    "avatar: the bound holds for whoever sees the crops alone, one picture of each person; not for order, "
    "file names or what surrounds the crop"
)


class Avatar:
    """Replaces each crop by the drawing of its state.

    Whoever sees a drawing learns the state and nothing else: with K states, no rule from pictures to people
    is right for more than K of N people who have one picture each, and those whose face failed. Looks drawn
    at random leave it so on the average as long as their secret is kept; to whoever knows it, or compares a
    picture with itself, there are as many pictures as states times looks.

    Args:
        setting: Number of states and look.
        book: The states and their averages.
        card: Who was averaged.
        contract: Geometry of the crops.
        secret: Draws the looks; unknown to whoever sees the pictures.

    Attributes:
        sees: The teacher's posteriors, and landmarks where there are more than seven states.
        notes: What the bound does not cover.
        learnt_from: Digests of the people who were averaged.
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
        self.learnt_from = frozenset(card.subjects)
        self.contract = contract
        self._setting = setting
        self._book = book
        self._secret = secret
        self._looks = sorted(book.looks) if setting.look == "drawn" else [setting.look]
        self._drawings: dict[tuple[int, int], Images] = {}

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Return uint8 (N, size, size, 3) drawings.

        A face gets `failed` that the teacher cannot read, or, with more than seven states, that has no
        landmarks. Looks do not depend on `seed`, which is public.

        Raises:
            DataError: the batch has no posteriors.
        """
        if batch.posteriors is None:
            raise DataError("avatar: expected a teacher's posteriors, got none; let the runner pass them")
        known = np.asarray(np.isfinite(batch.posteriors).all(axis=1))
        if batch.landmarks is not None:
            known &= np.isfinite(batch.landmarks).all(axis=(1, 2))
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
            drawing = self._drawings.get(place)
            (digest,) = image_digests((self._draw(*place) if drawing is None else drawing)[None])
            sought.pop(digest, None)
        if sought:
            row = min(sought.values())
            raise AnonymizationError(
                f"avatar: expected one of the {self._setting.outputs} drawings for '{anonymized.ids[row]}', "
                f"got another picture ({len(sought)} in all); anonymize again"
            )

    def describe(self, faces: FaceLabels, *, seed: int) -> dict[str, Any]:  # noqa: ARG002
        """Name the book."""
        del faces
        return {"book_sha256": self._card.weights_sha256}

    def _look(self, face_id: str) -> int:
        """Which look a face gets; ids are public, so that nothing but the secret may decide it."""
        if len(self._looks) == 1:
            return 0
        what = f"{self._setting.states} {face_id}".encode()
        digest = hmac.new(self._secret, what, hashlib.sha256).digest()
        return int.from_bytes(digest[:8]) % len(self._looks)

    def _drawing(self, code: int, look: int) -> Images:
        if (code, look) not in self._drawings:
            self._drawings[code, look] = self._draw(code, look)
        return self._drawings[code, look]

    def _draw(self, code: int, look: int) -> Images:
        states, name = self._setting.states, self._looks[look]
        if name == RENDERED:
            return render_state(self._book.states[states].codes, code, self.contract)
        return self._book.draw(states, code, name, self.contract)


def avatar(setting: AvatarSetting, contract: CropContract, models: ModelStore) -> Avatar:
    """Load the book that ships with bauta.

    Raises:
        ModelError: the book is missing or is not the expected one.
        ConfigError: the secret in the environment is too short.
    """
    secret = os.environb.get(SECRET_VARIABLE.encode(), b"")
    if 0 < len(secret) < SHORTEST:
        raise ConfigError(
            f"{SECRET_VARIABLE}: expected at least {SHORTEST} bytes, as ids are public and a short secret is "
            f"found by trying, got {len(secret)}; take those of `openssl rand -hex 16`"
        )
    secret = secret or secrets.token_bytes(2 * SHORTEST)
    path = models.path("avatar")
    card = AvatarCard.read(path.parent, shipped=True)
    return Avatar(setting, AvatarBook.read(path), card, contract, secret)
