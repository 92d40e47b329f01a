"""Landmarks of nobody: what a face expresses and how it is held, on everybody's proportions."""

from dataclasses import dataclass

import numpy as np

from bauta.anonymize.avatar.book import AvatarBook
from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.protocols import FaceBatch, Floats


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
        if batch.posteriors is None or batch.landmarks is None:
            raise DataError(
                "measures: expected landmarks and a teacher's posteriors; let the runner pass them"
            )
        unread = ~np.isfinite(batch.posteriors).all(axis=1)
        expressions = np.nan_to_num(batch.posteriors).argmax(axis=1)
        found = self.book.nobodys(expressions, batch.landmarks, self.contract)
        found[unread] = np.nan
        return found
