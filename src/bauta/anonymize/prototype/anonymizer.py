"""The control that lets nothing through but which of seven expressions a teacher reads."""

import numpy as np

from bauta.anonymize.prototype.drawings import draw_prototypes
from bauta.anonymize.prototype.settings import PrototypeSetting
from bauta.contract import CropContract, Status
from bauta.errors import DataError
from bauta.protocols import AnonymizedBatch, FaceBatch
from bauta.registry import Card

CARD = Card(
    name="prototype",
    kind="anonymizer",
    implementation="bauta.anonymize.prototype.anonymizer:Prototype",
    about="Control: one of seven rendered faces, chosen by what resnet18_fer2013 reads.",
    sees=("posteriors",),
    settings="bauta.anonymize.prototype.settings:PrototypeSetting",
)


class Prototype:
    """Replaces each crop by the drawing of the expression that a teacher reads in it.

    It shows what an axis of utility is worth: seven pictures keep all that a teacher of seven classes can
    tell, and nothing else of a face.

    Args:
        setting: Names the teacher.
        contract: Geometry of the crops.

    Attributes:
        sees: The teacher's posteriors, and nothing of the face.
    """

    def __init__(self, setting: PrototypeSetting, contract: CropContract) -> None:
        self.sees = setting.sees
        self._drawings = draw_prototypes(contract)

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Return uint8 (N, size, size, 3) drawings; a face that the teacher cannot read gets `failed`.

        Nothing is random, so `seed` has no effect.

        Raises:
            DataError: the batch has no posteriors.
        """
        if batch.posteriors is None:
            raise DataError("prototype: expected a teacher's posteriors, got none; let the runner pass them")
        known = np.asarray(np.isfinite(batch.posteriors).all(axis=1))
        images = np.zeros((len(batch), *self._drawings.shape[1:]), dtype=np.uint8)
        images[known] = self._drawings[batch.posteriors[known].argmax(axis=1)]
        return AnonymizedBatch(
            images=images,
            status=np.where(known, Status.OK.code, Status.FAILED.code).astype(np.uint8),
            mask=np.broadcast_to(known[:, None, None], images.shape[:3]).astype(np.uint8),
        )
