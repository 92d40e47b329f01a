"""k-Same whose groups share one generated face, so that no face is a blend of several."""

import logging
from typing import Any

import numpy as np

from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.avatar.card import AvatarCard
from bauta.anonymize.cgan.anonymizer import cgan
from bauta.anonymize.cgan.settings import CganSetting
from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.generator_card import subject_digest
from bauta.anonymize.ksame.cells import Cell, cells_of, group_cells
from bauta.anonymize.ksame.classes import ReadClasses
from bauta.anonymize.ksame.shapes import ShapeSum, mean_shape
from bauta.anonymize.ksame_generated.artists import Artist, CompositeArtist, GeneratorArtist
from bauta.anonymize.ksame_generated.settings import KSameGeneratedSetting
from bauta.anonymize.reader import FaceLabels
from bauta.anonymize.region import has_landmarks
from bauta.anonymize.scratch import ImageScratch
from bauta.anonymize.verify import verify_ksame
from bauta.contract import CropContract, Status
from bauta.errors import DataError
from bauta.models.store import ModelStore
from bauta.protocols import AnonymizedBatch, FaceBatch, Faces
from bauta.registry import Card
from bauta.store import Store

log = logging.getLogger(__name__)

CARD = Card(
    name="ksame_generated",
    kind="anonymizer",
    implementation="bauta.anonymize.ksame_generated.anonymizer:ksame_generated",
    about="A face for each group of at least k subjects, drawn by cgan or avatar from their mean landmarks.",
    files=("cgan", "avatar"),
    sees=("landmarks", "subjects", "posteriors"),
    gpu=True,
    settings="bauta.anonymize.ksame_generated.settings:KSameGeneratedSetting",
    source="after Meden, Emeršič, Štruc and Peer, Entropy 20(1):60, 2018, https://doi.org/10.3390/e20010060",
)


class KSameGenerated:
    """k-Same with a generator.

    Source: the idea is that of Meden, Emeršič, Štruc & Peer, "k-Same-Net: k-anonymity with generative deep
    neural networks for face deidentification", Entropy 20(1):60, 2018. Their generator blends some
    identities of its training set, which are assigned to the groups; this one has no identities, and draws
    an expression that is held as the landmarks are which it is given.

    The partition is that of `KSame`. People are compared by the mean landmarks of their images in the aligned
    crop, by Euclidean distance. A group's face is drawn once, from the mean of
    its people's means, and replaces the whole crop of all their images, so the bound of `KSame` holds: the
    subject of an image cannot be identified with a probability above 1/k. No pixel is seen, neither for the
    partition nor for the face. Faces are drawn from less than people are compared by, seven measures of the
    mean landmarks and the group's expression, so that two groups may share a face, which more people share
    then.

    With `select` the set is split by expression first, with the limits of `ksame_select`.

    Args:
        setting: k and whether to split by expression.
        contract: Geometry of the crops.
        artist: Draws the faces, and sees nothing but a group's mean landmarks and expression.

    Attributes:
        sees: Landmarks and subjects, and a teacher's posteriors if the set is split.
        notes: None; the promise holds for the whole crop.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, setting: KSameGeneratedSetting, contract: CropContract, artist: Artist) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees
        self._artist = artist
        self._classes = ReadClasses(setting.k) if setting.select else None
        self._group_of: dict[Cell, int] = {}
        self._drawn = ImageScratch((contract.size, contract.size, 3))

    def fit(self, faces: Faces, *, seed: int) -> None:
        """Group the subjects and draw a face for each group; faces without usable landmarks are left out.

        Raises:
            InfeasibleError: there are fewer than k subjects.
            DataError: a field that it sees is missing.
        """
        if self._classes is not None:
            self._classes.fit(faces, lambda batch: has_landmarks(batch, self.contract))
        shapes: dict[Cell, ShapeSum] = {}
        for batch in faces:
            for row, cell in enumerate(self._cells(batch)):
                if cell is not None and batch.landmarks is not None:
                    shapes.setdefault(cell, ShapeSum()).add(batch.landmarks[row])
        groups = group_cells(
            shapes,
            lambda cells: np.stack([shapes[cell].mean.ravel() for cell in cells]),
            self.setting.k,
            seed,
        )
        self._group_of = {cell: number for number, group in enumerate(groups) for cell in group}
        self._drawn = ImageScratch((self.contract.size, self.contract.size, 3))
        for number, group in enumerate(groups):
            shape = mean_shape([shapes[cell] for cell in group])
            self._drawn.append(self._artist.draw(shape, group[0].expression, number))

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Give each face its group's: uint8 (N, size, size, 3); the seed only affects `fit`.

        A face without usable landmarks gets `no_face`; one whose subject or expression is unknown, or was not
        there in `fit`, gets `failed`.

        Raises:
            AnonymizationError: `fit` has not been called.
            DataError: a field that the backend sees is missing.
        """
        if not self._group_of:
            raise AnonymizationError("k-Same: expected fit() on the whole set before anonymize()")
        size = self.contract.size
        images = np.zeros((len(batch), size, size, 3), dtype=np.uint8)
        found = has_landmarks(batch, self.contract)
        status = np.where(found, Status.FAILED.code, Status.NO_FACE.code).astype(np.uint8)
        for row, cell in enumerate(self._cells(batch)):
            if cell in self._group_of:
                images[row] = self._drawn[self._group_of[cell]]
                status[row] = Status.OK.code
            else:
                log.warning("face '%s' belongs to no group: failed", batch.face_ids[row])
        ok = status == Status.OK.code
        mask = np.broadcast_to(ok[:, np.newaxis, np.newaxis], images.shape[:3]).astype(np.uint8)
        return AnonymizedBatch(images=images, status=status, mask=mask)

    def describe(self, faces: FaceLabels, *, seed: int) -> dict[str, Any]:  # noqa: ARG002
        """Describe what drew the faces and count the people whom it was learnt from."""
        people = {subject for subject in faces.subjects if subject is not None}
        known = sum(subject_digest(subject) in self._artist.subjects for subject in people)
        about: dict[str, Any] = dict(self._artist.about)
        if known:
            about["notes"] = [
                f"ksame_generated: {known} of {len(people)} people have names of people whom the faces were "
                "learnt from; 1/k bounds them as well, but what is drawn is proven on others only"
            ]
        return about

    def verify(self, anonymized: Store, faces: FaceLabels) -> None:
        """Prove from the stored pixels that at least k subjects share each output, of each expression seen.

        Raises:
            AnonymizationError: an output is shared by fewer.
        """
        expressions = None if self._classes is None else self._classes.stored(faces)
        verify_ksame(anonymized, faces.subjects, expressions, k=self.setting.k).require()

    def _cells(self, batch: FaceBatch) -> list[Cell | None]:
        """The cell of each face, None also if it has no usable landmarks."""
        if batch.landmarks is None:
            raise DataError("ksame_generated sees landmarks, got none; let the runner restrict it to `sees`")
        found = has_landmarks(batch, self.contract)
        cells = cells_of(batch, self._classes)
        return [cell if usable else None for cell, usable in zip(cells, found, strict=True)]


def ksame_generated(
    setting: KSameGeneratedSetting, contract: CropContract, models: ModelStore
) -> KSameGenerated:
    """Load what ships with bauta to draw faces.

    Raises:
        ModelError: its file is missing, is not the expected one, or was learnt on other crops.
    """
    artist: Artist
    if setting.faces == "generated":
        artist = GeneratorArtist(cgan(CganSetting(), contract, models))
    else:
        path = models.path("avatar")
        book, card = AvatarBook.read(path), AvatarCard.read(path.parent, shipped=True)
        looks = tuple(sorted(book.looks)) if setting.look == "in_turn" else (setting.look,)
        artist = CompositeArtist(book, card, looks, contract)
    return KSameGenerated(setting, contract, artist)
