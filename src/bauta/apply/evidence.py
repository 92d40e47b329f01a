"""A second look at what was written: is a released face still recognized as its original?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.anonymize.witness import zones_of
from bauta.apply.editor import FaceFinder, FoundFace
from bauta.contract import CropContract
from bauta.errors import ConfigError, DataError
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images, Recognizer
from bauta.recognize import RECOGNIZERS

THRESHOLDS: Mapping[str, float] = {"dlib_resnet": 0.924, "mobilefacenet": 0.337}
"""Cosine from which on two faces count as one person: one in 1,000 pairs of different people reaches it.

Of the first two photographs of 150 people of LFW, drawn at random, that is 44,700 pairs; of the 150 pairs of
one person, 0.95 and 0.97 reach it.
"""

FLAT = 4.0
"""Standard deviation of grey levels in the zone of the face below which a crop shows nothing to recognize."""


class Compared(StrEnum):
    """Whether a released face was compared with its original."""

    YES = "yes"
    NOTHING_LEFT = "nothing left"
    """No face is found in the released picture, and its place there shows nothing to compare."""
    NO = "no"
    """The original cannot be aligned or shows nothing, or a model failed: nothing is known of this face."""


@dataclass(frozen=True)
class Evidence:
    """Compares released faces with their originals.

    Attributes:
        finder: Finds the faces of the released picture.
        recognizer: Compares them.
        threshold: Cosine from which on a face is recognized.
        contract: Geometry of the crops.
    """

    finder: FaceFinder
    recognizer: Recognizer
    threshold: float
    contract: CropContract

    @classmethod
    def open(
        cls, recognizer: str, finder: FaceFinder, *, threshold: float | None, models: ModelStore
    ) -> Self:
        """Load a recognizer.

        Raises:
            UnknownNameError: it is unknown.
            ConfigError: no threshold is known for it and none is given.
            ModelError: a file is missing or is not the expected one.
        """
        card = RECOGNIZERS[recognizer]
        limit = THRESHOLDS.get(card.name) if threshold is None else threshold
        if limit is None:
            raise ConfigError(
                f"verify: no threshold is known for {recognizer}: give --threshold, or use "
                f"{' or '.join(THRESHOLDS)}"
            )
        contract = CropContract()
        return cls(finder, RECOGNIZERS.load(recognizer)(contract, models), limit, contract)

    def compare(
        self, before: Images, faces: Sequence[FoundFace], after: Images
    ) -> list[tuple[Compared, float | None]]:
        """Whether each face was compared with its original, and the largest cosine, None if it was not.

        An attacker knows neither where a face was nor whether it still looks like one, or he knows both: the
        released picture is searched for faces, and looked at in the original's place.

        Args:
            before: The original, uint8 (H, W, 3) RGB.
            faces: Its faces.
            after: The released picture of the same size, as it was written.
        """
        originals = self._embed(before, faces)
        places = self._embed(after, faces)
        found = [one for one in self._embed(after, self.finder.find(after)) if one is not None]
        compared: list[tuple[Compared, float | None]] = []
        for original, place in zip(originals, places, strict=True):
            released = [*found, *([] if place is None else [place])]
            if original is None:
                compared.append((Compared.NO, None))
            elif not released:
                compared.append((Compared.NOTHING_LEFT, None))
            else:
                compared.append((Compared.YES, max(float(original @ one) for one in released)))
        return compared

    def _embed(self, image: Images, faces: Sequence[FoundFace]) -> list[Floats | None]:
        crops: dict[int, Images] = {}
        zone = zones_of(self.contract).face
        for row, face in enumerate(faces):
            try:
                matrix = fit_similarity(face.points, self.contract.template())
            except DataError:
                continue
            crop = warp_crop(image, matrix, self.contract.size)
            if crop[zone].std() >= FLAT:
                crops[row] = crop
        vectors: list[Floats | None] = [None] * len(faces)
        if crops:
            embedded = self.recognizer.embed(np.stack(list(crops.values())))
            for row, vector in zip(crops, embedded, strict=True):
                vectors[row] = vector
        return vectors
