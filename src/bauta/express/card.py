"""The card of a teacher: what its weights are, what they expect and how good they were when trained."""

import hashlib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.view import TeacherView
from bauta.files import write_text

WEIGHTS = "weights.onnx"
CARD = "card.json"


class TeacherQuality(BaseModel):
    """How well the teacher did on the faces that it was calibrated on; fractions in [0, 1].

    Attributes:
        train_macro_f1: Macro-F1 on the training faces, without augmentation.
        dev_accuracy: Accuracy on the development faces, none of whose subjects was trained on.
        dev_macro_f1: Macro-F1 on them.
        dev_ece: Expected calibration error on them, after the temperature was fitted on them.
        dev_confusion: Counts on them, labels × predictions.
        loss_curve: Mean training loss of each epoch.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    train_macro_f1: float
    dev_accuracy: float
    dev_macro_f1: float
    dev_ece: float
    dev_confusion: tuple[tuple[int, ...], ...]
    loss_curve: tuple[float, ...]


class TeacherCard(BaseModel):
    """Everything that is needed to use a teacher's weights, and where they come from.

    Attributes:
        architecture: Name of the network.
        crop_size: Side of the crops that it was trained on.
        crop_margin: Margin of those crops.
        view: The part of the crop that it sees.
        classes: Label of each output.
        temperature: Divides the logits (Guo et al., ICML 2017, section 4.2).
        weights_sha256: SHA-256 of the ONNX file.
        seed: Seed of the initial weights, the batches and the augmentation.
        recipe: Training settings.
        train_counts: Training faces of each class.
        dev_counts: Development faces of each class.
        skipped: Labelled faces that could not be used, because their crop is not ok.
        data_sha256: Hash of ids, labels and pixels of the training and development faces.
        device: What it was trained on.
        threads: CPU threads of the training.
        versions: Versions of the libraries that trained it.
        quality: Measured when trained.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    architecture: Literal["resnet18"]
    crop_size: int
    crop_margin: float
    view: TeacherView
    classes: tuple[str, ...]
    temperature: float = Field(gt=0)
    weights_sha256: str
    seed: int
    recipe: dict[str, Any]
    train_counts: dict[str, int]
    dev_counts: dict[str, int]
    skipped: int
    data_sha256: str
    device: str
    threads: int
    versions: dict[str, str]
    quality: TeacherQuality

    @property
    def contract(self) -> CropContract:
        """Geometry of the crops that the teacher reads."""
        return CropContract(self.crop_size, self.crop_margin)

    def write(self, folder: Path) -> None:
        """Write the card into a teacher's folder."""
        write_text(folder / CARD, self.model_dump_json(indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the card in a teacher's folder and check that the weights beside it are those it is of.

        Raises:
            ModelError: weights or card are missing, the card is malformed, or the hash differs.
        """
        weights, card_file = folder / WEIGHTS, folder / CARD
        for path in (weights, card_file):
            if not path.is_file():
                raise ModelError(f"teacher: {path} does not exist; train the teacher")
        try:
            card = cls.model_validate_json(card_file.read_bytes())
        except ValidationError as error:
            first = error.errors()[0]
            raise ModelError(
                f"teacher: {card_file} is not a teacher's card: "
                f"{'.'.join(map(str, first['loc']))}: {first['msg']}; train the teacher again"
            ) from None
        got = file_sha256(weights)
        if got != card.weights_sha256:
            raise ModelError(
                f"teacher: {weights} has SHA-256 {got[:12]}…, its card expects {card.weights_sha256[:12]}…; "
                "train the teacher again"
            )
        return card


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
