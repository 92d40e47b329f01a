"""Teachers that consist of one ONNX graph from a batch of images to logits."""

from collections.abc import Callable
from pathlib import Path

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.batches import BATCH, predict_in_batches
from bauta.inference.onnx_session import open_session
from bauta.labels import LABEL_SPACES
from bauta.protocols import Floats, Images


class OnnxTeacher:
    """Predicts expressions with ONNX Runtime.

    Depending on the batch, a probability varies by less than 1e-5, because ONNX Runtime may choose other
    kernels for other batch sizes.

    Args:
        contract: Geometry of the crops.
        path: The graph, with one input (N, C, S, S) and one output (N, K + others); N may be fixed.
        space: Name of the label space of its K classes.
        shape: C and S.
        prepare: Maps uint8 (B, H, W, 3) crops to the graph's float32 (B, C, S, S) input.
        others: Number of outputs after the K classes, such as valence and arousal, which are not read.

    Attributes:
        space: Name of the label space.
        classes: Label of each column of `predict`.

    Raises:
        ModelError: the file is not an ONNX graph, or has other inputs and outputs.
    """

    def __init__(
        self,
        contract: CropContract,
        path: Path,
        space: str,
        shape: tuple[int, int],
        prepare: Callable[[Images], Floats],
        *,
        others: int = 0,
    ) -> None:
        self._contract = contract
        self.space = space
        self.classes = LABEL_SPACES[space].classes
        self._session = open_session(path)
        self._prepare = prepare
        self._others = others
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        channels, size = shape
        expected = (channels, size, size)
        columns = len(self.classes) + others
        got, answers = inputs[0].shape, outputs[0].shape
        if len(inputs) != 1 or not _fits(got[1:], expected) or not _fits(answers[1:], (columns,)):
            wanted = f"{len(self.classes)} classes of {space}" + (f" and {others} values" if others else "")
            raise ModelError(
                f"{path}: expected a graph from {(channels, size, size)} to {wanted}, got {got[1:]} to "
                f"{answers[1:]}: is it the file of another teacher?"
            )
        self._input = inputs[0].name
        self._batch = got[0] if isinstance(got[0], int) else BATCH

    def predict(self, crops: Images) -> Floats:
        """Class probabilities float32 (N, K), whose rows sum to 1, of uint8 (N, H, W, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return predict_in_batches(
            crops, self._contract, len(self.classes), self._prepare, self._logits, batch=self._batch
        )

    def _logits(self, given: Floats) -> Floats:
        answers: Floats = self._session.run(None, {self._input: given})[0]
        return answers[:, : answers.shape[1] - self._others]


def _fits(shape: list[int | str | None], expected: tuple[int, ...]) -> bool:
    """Whether a graph's shape is the expected one; a name stands for a side of any length."""
    return len(shape) == len(expected) and all(
        not isinstance(side, int) or side == wanted for side, wanted in zip(shape, expected, strict=True)
    )
