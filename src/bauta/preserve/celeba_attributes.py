"""The 40 attributes of CelebA by any network that a user has: an ONNX graph with 40 logits."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.face_view import FaceView, check_crops
from bauta.inference.gpu_memory import Halving
from bauta.inference.inputs import IMAGENET_MEAN, IMAGENET_STD, standardise
from bauta.inference.onnx_session import open_session
from bauta.models.store import ModelStore
from bauta.preserve.presence import FacePresence
from bauta.preserve.quantities import CELEBA_ATTRIBUTES, pack
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARD = Card(
    name="celeba_attributes",
    kind="estimator",
    implementation="bauta.preserve.celeba_attributes:CelebAAttributes",
    about="The 40 attributes of CelebA, by a network of your own.",
    files=("celeba_attributes",),
    gpu=True,
    source="Liu et al., ICCV 2015",
)

MODEL = "celeba_attributes"
BATCH = 16

ALIGNED = (-28.6, -33.8, 140.2, 132.4)
"""The middle 178×178 pixels of CelebA's aligned images, in pixels of the ArcFace crop.

Five points of an aligned image (eyes at 69, 111 and 108, 111, nose at 88, 136, corners of the mouth at 72,
152 and 105, 152) were fitted to the ArcFace template by a similarity.
"""


class CelebAAttributes:
    """A graph from (N, 3, S, S) to the logits (N, 40) of CelebA's attributes, in their order there.

    Its input are the middle 178×178 pixels of CelebA's aligned images, RGB, scaled to S×S and standardised
    with ImageNet's mean and standard deviation. It is asked where dlib's detector finds a face in the crop,
    as such a network answers for anything.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the graph.

    Raises:
        ModelError: the file is missing, is no ONNX graph, or has other inputs and outputs.
    """

    quantities = ("celeba_attributes",)

    def __init__(self, contract: CropContract, models: ModelStore) -> None:
        self._contract = contract
        self._path = models.path(MODEL)
        self._session = open_session(self._path)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        side = _side(inputs[0].shape) if len(inputs) == 1 else None
        columns = outputs[0].shape[1] if len(outputs[0].shape) == 2 else None
        if side is None or columns != len(CELEBA_ATTRIBUTES):
            raise ModelError(
                f"{self._path}: expected a graph from (N, 3, S, S) with a fixed S to (N, 40), got "
                f"{[one.shape for one in inputs]} to {outputs[0].shape}: export the network so"
            )
        self._input = inputs[0].name
        fixed = inputs[0].shape[0]
        self._fixed = isinstance(fixed, int)
        self._batch = fixed if isinstance(fixed, int) else BATCH
        self._view = FaceView(side, side, ALIGNED)
        self._presence = FacePresence(contract)

    def estimate(self, crops: Images) -> Floats:
        """Estimate probabilities in uint8 (N, size, size, 3) RGB crops: float32 (N, 40), NaN if no face.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
            ModelError: the graph's answers are not finite, or are probabilities in place of logits.
        """
        check_crops(crops, self._contract)
        found = np.full((len(crops), len(CELEBA_ATTRIBUTES)), np.nan, dtype=np.float32)
        shown = np.flatnonzero(self._presence.of(crops))
        run = Halving(self._logits)
        for start in range(0, len(shown), self._batch):
            rows = shown[start : start + self._batch]
            found[rows] = run(crops[rows])
        logits = found[shown]
        if not np.isfinite(logits).all():
            raise ModelError(f"{self._path}: the answers are not finite; get the file again")
        if len(logits) and logits.min() >= 0 and logits.max() <= 1:
            raise ModelError(
                f"{self._path}: expected logits, got answers from {logits.min():.3f} to {logits.max():.3f}, "
                "which look like probabilities; export the network without its last sigmoid"
            )
        return pack(self.quantities, {MODEL: expit(found.astype(np.float64))})

    def _logits(self, crops: Images) -> Floats:
        views = standardise(self._view.render(crops, self._contract), IMAGENET_MEAN, IMAGENET_STD)
        if self._fixed and len(views) < self._batch:
            views = np.concatenate([views, np.repeat(views[-1:], self._batch - len(views), axis=0)])
        answers: Floats = self._session.run(None, {self._input: views})[0]
        return answers[: len(crops)]


def _side(shape: Sequence[int | str | None]) -> int | None:
    """S of the input shape (N, 3, S, S); None of any other one, and of one without fixed sides."""
    if len(shape) != 4 or shape[1] != 3 or shape[2] != shape[3]:
        return None
    return shape[2] if isinstance(shape[2], int) else None
