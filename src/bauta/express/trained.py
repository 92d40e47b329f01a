"""Teachers that the workflow trains on a dataset's own labels, run with ONNX Runtime.

Inference avoids torch: importing it takes ten times as long as importing ONNX Runtime, and a run has one
short inference job for each anonymized set.
"""

from pathlib import Path
from typing import Any, Self

import numpy as np
from scipy.special import softmax

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.card import WEIGHTS, TeacherCard
from bauta.inference.gpu_memory import Halving
from bauta.inference.onnx_session import open_session
from bauta.protocols import Floats, Images
from bauta.registry import Card
from bauta.store.ahead import one_ahead

CARDS = (
    Card(
        name="resnet18",
        kind="teacher",
        implementation="bauta.express.trained:TrainedTeacher",
        about="Trained on the dataset's own labels.",
        gpu=True,
        space="fer2013",
        source="He et al., CVPR 2016",
    ),
    Card(
        name="resnet18_anonymized",
        kind="teacher",
        implementation="bauta.express.trained:TrainedTeacher",
        about="Trained on each anonymized set.",
        gpu=True,
        space="fer2013",
        source="He et al., CVPR 2016",
    ),
    Card(
        name="resnet18_both",
        kind="teacher",
        implementation="bauta.express.trained:TrainedTeacher",
        about="Trained on originals and each anonymized set.",
        gpu=True,
        space="fer2013",
        source="He et al., CVPR 2016",
    ),
)


BATCH = 64


class TrainedTeacher:
    """A network of `train.network` on grey views, temperature-scaled.

    The probabilities of a face do not depend on its batch, nor on the number of threads.

    Attributes:
        card: Description of the weights.
        space: Name of the label space.
        classes: Label of each column of `predict`.
    """

    space = "fer2013"

    def __init__(self, card: TeacherCard, contract: CropContract, session: Any) -> None:
        self.card = card
        self.classes = card.classes
        self._contract = contract
        self._session = session

    @classmethod
    def load(cls, path: Path | str, contract: CropContract, *, threads: int = 1) -> Self:
        """Load trained weights and their card.

        Args:
            path: Folder with `weights.onnx` and `card.json`, as written by `train_teacher`.
            contract: Geometry of the crops that it will see.
            threads: CPU threads for inference.

        Raises:
            ModelError: a file is missing, does not match its card, or was trained on other crops.
        """
        path = Path(path)
        card = TeacherCard.read(path)
        if card.contract != contract:
            raise ModelError(
                f"teacher: {path} was trained on crops of {card.contract}, "
                f"got {contract}; train the teacher on these crops"
            )
        return cls(card, contract, open_session(path / WEIGHTS, threads=threads))

    def predict(self, crops: Images) -> Floats:
        """Class probabilities float32 (N, 7), whose rows sum to 1, of uint8 (N, H, W, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape.
        """
        probabilities = np.empty((len(crops), len(self.classes)), dtype=np.float32)
        logits_of = Halving(lambda views: self._session.run(None, {"views": views})[0])
        starts = range(0, len(crops), BATCH)
        prepared = one_ahead(self._prepare(crops[start : start + BATCH]) for start in starts)
        for start, given in zip(starts, prepared, strict=True):
            logits = logits_of(given)
            probabilities[start : start + BATCH] = softmax(
                logits.astype(np.float64) / self.card.temperature, axis=1
            )
        return probabilities

    def _prepare(self, crops: Images) -> Floats:
        views = self.card.view.render(crops, self._contract)
        return views[:, None].astype(np.float32) / 255.0
