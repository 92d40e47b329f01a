"""The teacher that bauta trains itself, run by ONNX Runtime.

Inference does not need torch: importing it takes ten times as long as importing ONNX Runtime, and a run has
one short inference job for each anonymized set.
"""

from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf
from scipy.special import softmax

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.card import WEIGHTS, TeacherCard
from bauta.protocols import Floats, Images

BATCH = 64


class ResNet18Teacher:
    """A narrow ResNet-18 (He et al., CVPR 2016) on grey views, temperature-scaled.

    The probabilities of a face do not depend on its batch, nor on the number of threads.

    Attributes:
        card: What the weights are.
        classes: Label of each column of `predict`.
    """

    def __init__(self, card: TeacherCard, session: Any) -> None:
        self.card = card
        self.classes = card.classes
        self._session = session

    @classmethod
    def load(cls, path: Path | str, contract: CropContract, *, threads: int = 1) -> Self:
        """Load trained weights and their card.

        Args:
            path: Folder with `weights.onnx` and `card.json`, as `train_teacher` writes it.
            contract: Geometry of the crops that will be read.
            threads: CPU threads for inference.

        Raises:
            ModelError: a file is missing, is not what its card says, or was trained on other crops.
        """
        path = Path(path)
        card = TeacherCard.read(path)
        if card.contract != contract:
            raise ModelError(
                f"teacher: {path} was trained on crops of {card.contract}, "
                f"got {contract}; train the teacher on these crops"
            )
        return cls(card, _open_session(path / WEIGHTS, threads))

    def predict(self, crops: Images) -> Floats:
        """Class probabilities float32 (N, 7), rows sum to 1, of uint8 (N, H, W, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape.
        """
        probabilities = np.empty((len(crops), len(self.classes)), dtype=np.float32)
        for start in range(0, len(crops), BATCH):
            views = self.card.view.render(crops[start : start + BATCH], self.card.contract)
            (logits,) = self._session.run(None, {"views": views[:, None].astype(np.float32) / 255.0})
            probabilities[start : start + BATCH] = softmax(
                logits.astype(np.float64) / self.card.temperature, axis=1
            )
        return probabilities


def _open_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except (Fail, InvalidGraph, InvalidProtobuf) as error:
        raise ModelError(
            f"teacher: {path} is no usable ONNX file ({error}); train the teacher again"
        ) from None
