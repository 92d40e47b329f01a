"""Faces for the fit of an anonymizer, without the landmarks of those that will fail."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from bauta.anonymize.witness import Bounds, misplaced
from bauta.contract import CropContract
from bauta.protocols import FaceBatch, Faces


@dataclass(frozen=True)
class PlacedFaces:
    """Faces whose landmarks are NaN where they are not those of the face in the crop.

    The runner fails such a face whatever a backend makes of it. A group of k people that counted on it would
    lose one of them.

    Attributes:
        faces: The faces.
        contract: Geometry of the crops.
        bounds: Bounds that landmarks must satisfy.
    """

    faces: Faces
    contract: CropContract
    bounds: Bounds

    def __len__(self) -> int:
        return len(self.faces)

    def __iter__(self) -> Iterator[FaceBatch]:
        return self._placed(self.faces)

    def of(self, face_ids: Collection[str]) -> Iterator[FaceBatch]:
        """Iterate over the faces with these ids."""
        return self._placed(self.faces.of(face_ids))

    def _placed(self, batches: Iterable[FaceBatch]) -> Iterator[FaceBatch]:
        for batch in batches:
            if batch.landmarks is None:
                yield batch
                continue
            landmarks = batch.landmarks.copy()
            for points in landmarks:
                if misplaced(points, self.contract, self.bounds):
                    points[:] = np.nan
            yield replace(batch, landmarks=landmarks)
