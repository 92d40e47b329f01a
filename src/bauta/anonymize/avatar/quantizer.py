"""Conditions of a generator that take one of K values, so that it has no more than K different faces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.avatar.book import AvatarBook
from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.protocols import FaceBatch, Floats, Images


@dataclass(frozen=True)
class Quantizer:
    """Replaces the landmarks of a face by those of its state in the avatar's book.

    Attributes:
        book: The book.
        states: K.
        contract: Geometry of the crops.
    """

    book: AvatarBook
    states: int
    contract: CropContract

    @property
    def landmarks(self) -> Floats:
        """The landmarks of each state, float32 (K, 68, 2) in crop pixels."""
        return self.book.shapes(self.states, self.contract)

    def drawing(self, code: int, size: int | None = None) -> Images:
        """The avatar of a state, uint8 (size, size, 3) RGB, in which other conditions of it are found.

        Args:
            code: The state.
            size: Side in pixels, that of a crop if None.
        """
        contract = CropContract(size or self.contract.size, self.contract.margin)
        return self.book.draw(self.states, code, "average", contract)

    def codes(self, batch: FaceBatch) -> NDArray[np.intp]:
        """The state of each face, intp (N,); -1 if the teacher cannot read it or it has no landmarks.

        Raises:
            DataError: the batch has no posteriors or no landmarks.
        """
        if batch.posteriors is None or batch.landmarks is None:
            raise DataError(
                "quantize: expected landmarks and a teacher's posteriors; let the runner pass them"
            )
        known = np.isfinite(batch.posteriors).all(axis=1) & np.isfinite(batch.landmarks).all(axis=(1, 2))
        codes = np.full(len(batch), -1, dtype=np.intp)
        book = self.book.states[self.states].codes
        codes[known] = book.codes(batch.posteriors[known], batch.landmarks[known])
        return codes
