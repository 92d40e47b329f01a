"""What the avatar's book makes of training faces, and of the expressions that the teacher reads in them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.cgan.settings import GENERATOR_TEACHER
from bauta.contract import CropContract
from bauta.express.card import WEIGHTS
from bauta.models.store import ModelStore
from bauta.protocols import Floats, Images
from bauta.train.export import predict_logits


@dataclass(frozen=True)
class NobodyOfBook:
    """Landmarks and drawings of nobody, as the trained generator is given them.

    Attributes:
        book: The avatar's book.
        teacher: The weights of the teacher that reads expressions.
        contract: Geometry of the crops.
    """

    book: AvatarBook
    teacher: Path
    contract: CropContract

    @classmethod
    def load(cls, models: ModelStore, contract: CropContract) -> Self:
        """Load the book and the teacher that come with bauta.

        Raises:
            ModelError: a file is missing or is not the expected one.
        """
        teacher = models.path(GENERATOR_TEACHER).parent / WEIGHTS
        return cls(AvatarBook.read(models.path("avatar")), teacher, contract)

    def expressions(self, views: NDArray[np.uint8]) -> NDArray[np.intp]:
        """The expressions (N,) that the teacher reads in its views uint8 (N, V, V)."""
        if not len(views):
            return np.zeros(0, dtype=np.intp)
        return predict_logits(self.teacher, views).argmax(axis=1)

    def landmarks(self, expressions: NDArray[np.intp], landmarks: Floats) -> Floats:
        """Landmarks float32 (N, 68, 2) of nobody in crop pixels."""
        return self.book.nobodys(expressions, landmarks, self.contract)

    def drawings(self, expressions: NDArray[np.intp], landmarks: Floats, size: int) -> Images:
        """Drawings uint8 (N, size, size, 3) of them; each takes 40 ms."""
        return self.book.drawings(expressions, landmarks, CropContract(size, self.contract.margin))
