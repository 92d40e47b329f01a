"""Landmarks of nobody: what a face expresses and how it is held, on everybody's proportions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.avatar.book import AvatarBook
from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.protocols import FaceBatch, Floats, Images


@dataclass(frozen=True)
class Nobody:
    """Replaces the landmarks of a face by those of nobody with its expression and its seven measures.

    Attributes:
        book: The avatar's book, whose measures and mean landmarks are used.
        contract: Geometry of the crops.
    """

    book: AvatarBook
    contract: CropContract

    def landmarks(self, batch: FaceBatch) -> Floats:
        """Landmarks float32 (N, 68, 2) in crop pixels; NaN for a face that cannot be read or has none.

        Raises:
            DataError: the batch has no posteriors or no landmarks.
        """
        expressions, landmarks = self._read(batch)
        return self.book.nobodys(expressions, landmarks, self.contract)

    def drawings(self, batch: FaceBatch, size: int) -> Images:
        """Drawings uint8 (N, size, size, 3) of these landmarks; black for a face without them.

        Raises:
            DataError: the batch has no posteriors or no landmarks.
        """
        return self.book.drawings(*self._read(batch), CropContract(size, self.contract.margin))

    def _read(self, batch: FaceBatch) -> tuple[NDArray[np.intp], Floats]:
        """Expressions (N,) and landmarks (N, 68, 2), NaN for a face that cannot be read."""
        if batch.posteriors is None or batch.landmarks is None:
            raise DataError(
                "the generator: expected landmarks and a teacher's posteriors; let the runner pass them"
            )
        landmarks = batch.landmarks.copy()
        landmarks[~np.isfinite(batch.posteriors).all(axis=1)] = np.nan
        return np.nan_to_num(batch.posteriors).argmax(axis=1), landmarks
